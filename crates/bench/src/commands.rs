//! How long `mac` takes to say something.

use std::{process::Stdio, time::Instant};

use anyhow::ensure;
use tokio::process::Command;

use crate::{
    Built,
    figure::{Table, Target},
    guest::Guest,
    server::Server,
};

/// How often each is run; the median counts.
const RUNS: usize = 21;

/// Measures a command that asks nobody, and the lists.
pub async fn measure(server: &Server, built: &Built, table: &mut Table) -> anyhow::Result<()> {
    let guest = Guest::new(server).await?;
    let mac = built.program.with_file_name("mac");
    let version = median(&mac, &["--version"], server, &guest).await?;
    let quick = Target::Below(10.0);
    table.add("mac --version", quick, version, "ms", "");
    let lists = [
        "infrastructure",
        "instance",
        "resource",
        "configuration",
        "provider",
        "app",
        "deployment",
        "terminal",
    ];
    let mut slowest = (0.0, "");
    for list in lists {
        let took = median(&mac, &[list, "list"], server, &guest).await?;
        if took > slowest.0 {
            slowest = (took, list);
        }
    }
    let (took, list) = slowest;
    let beside = format!("of 8: {list}");
    table.add(
        "mac: the slowest list",
        Target::Below(50.0),
        took,
        "ms",
        &beside,
    );
    Ok(())
}

/// Milliseconds.
async fn median(
    mac: &std::path::Path,
    words: &[&str],
    server: &Server,
    guest: &Guest,
) -> anyhow::Result<f64> {
    let mut taken = Vec::new();
    for _ in 0..RUNS {
        let begun = Instant::now();
        let output = Command::new(mac)
            .args(words)
            .env("MAC_BASE_URL", server.url("/"))
            .env("MAC_APIKEY", guest.client.token().unwrap_or_default())
            .stdin(Stdio::null())
            .output()
            .await?;
        taken.push(begun.elapsed().as_secs_f64() * 1000.0);
        ensure!(output.status.success(), "mac {words:?} has failed");
    }
    taken.sort_by(f64::total_cmp);
    Ok(taken[RUNS / 2])
}
