//! The overview's first load, by a browser with an empty cache.

use anyhow::{Context, ensure};
use serde::Deserialize;
use tokio::process::Command;

use crate::{
    Built,
    figure::{Table, Target},
    server::Server,
};

/// What the script prints.
#[derive(Debug, Deserialize)]
struct FirstLoad {
    /// All bytes that came, headers included.
    bytes: f64,
    /// How many requests there were.
    requests: f64,
    /// Until the overview's heading was seen.
    shown_ms: f64,
}

/// Measures what comes over the wire, and how long it takes.
pub async fn measure(server: &Server, built: &Built, table: &mut Table) -> anyhow::Result<()> {
    let output = Command::new("node")
        .arg(&built.first_load)
        .arg(format!("http://localhost:{}/", server.address.port()))
        .output()
        .await
        .context("start node")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "the browser could not load the page: {said}"
    );
    let load: FirstLoad = serde_json::from_slice(&output.stdout)?;
    let requests = format!("{} requests", load.requests);
    table.add(
        "page: first load of the overview",
        Target::Below(600.0),
        load.bytes / 1000.0,
        "kB",
        &requests,
    );
    let here = "no network between";
    table.add(
        "page: until the overview is seen",
        Target::None,
        load.shown_ms,
        "ms",
        here,
    );
    Ok(())
}
