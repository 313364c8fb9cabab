//! What keeping a journal costs: many commands that do nothing, against the original client's
//! loop and against a bare shell.

use std::{
    fmt::Write as _,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::ensure;
use tempfile::TempDir;
use tokio::process::Command;

use crate::{
    Built,
    figure::{Table, Target, number},
    guest::Guest,
    server::Server,
};

/// How many commands.
const COMMANDS: usize = 200;
/// How often each is done; the median counts.
const RUNS: usize = 3;

/// Measures all three in turn.
pub async fn measure(server: &Server, built: &Built, table: &mut Table) -> anyhow::Result<()> {
    let guest = Guest::new(server).await?;
    let home = tempfile::tempdir()?;
    let ours = built.program.with_file_name("mac");
    let original = built.toolbox.join("original/bin/mac");
    let (mut in_order, mut at_once, mut by_it) = (vec![], vec![], vec![]);
    let (mut bare, mut kept) = (vec![], vec![]);
    let words = ["-q", "infrastructure", "macfile", "the.macfile"];
    let on_server = [words.as_slice(), &["--run", "server"]].concat();
    let parallel = [on_server.as_slice(), &["--parallel"]].concat();
    for run in 0..RUNS {
        let write = |name: &str| std::fs::write(home.path().join("the.macfile"), nothings(name));
        let (base, api) = (server.url("/"), server.url("/api/v1/"));
        write(&format!("order-{run}"))?;
        in_order.push(timed(&ours, &on_server, &base, &guest, &home).await?);
        kept.push(on_the_server(&guest, &format!("order-{run}")).await?);
        write(&format!("once-{run}"))?;
        at_once.push(timed(&ours, &parallel, &base, &guest, &home).await?);
        write(&format!("its-{run}"))?;
        by_it.push(timed(&original, &words, &api, &guest, &home).await?);
        bare.push(bare_shell().await?);
    }
    let [in_order, at_once, by_it] = [in_order, at_once, by_it].map(median);
    let [bare, kept] = [bare, kept].map(median);
    let beside = format!("original's loop: {} s", number(by_it));
    table.add(
        "macfile: 200 nothings in order",
        Target::None,
        in_order,
        "s",
        &beside,
    );
    let fifth = Target::Below(by_it / 5.0);
    table.add(
        "macfile: 200 nothings --parallel",
        fifth,
        at_once,
        "s",
        &beside,
    );
    let each = |seconds: f64| seconds * 1000.0 / 200.0;
    let beside = format!("bare bash -c true: {} ms", number(each(bare)));
    let on_top = each(kept - bare);
    table.add(
        "macfile: journal for each step",
        Target::Below(5.0),
        on_top,
        "ms",
        &beside,
    );
    Ok(())
}

fn nothings(name: &str) -> String {
    let mut text = format!(
        "mac: 1.0.8\nname: {name}\nversion: '1'\ndescription: d\nresources:\n  nothing:\n    \
         create bash: \"true\"\ninfrastructures:\n"
    );
    for at in 0..COMMANDS {
        // a text that grows has no failure
        let _ = writeln!(text, "  step_{at}:\n    resource: nothing");
    }
    text
}

async fn timed(
    program: &Path,
    words: &[&str],
    base: &str,
    guest: &Guest,
    home: &TempDir,
) -> anyhow::Result<Duration> {
    let account = client::accounts::current(&guest.client).await?;
    let begun = Instant::now();
    let output = Command::new(program)
        .args(words)
        .current_dir(home.path())
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", "/usr/bin:/bin")
        .env("MAC_BASE_URL", base)
        .env("MAC_USER", account.name)
        .env("MAC_APIKEY", guest.client.token().unwrap_or_default())
        .stdin(Stdio::null())
        .output()
        .await?;
    let took = begun.elapsed();
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{} {words:?}: {said}",
        program.display()
    );
    Ok(took)
}

/// The same commands, each in a shell of its own, with nothing kept.
async fn bare_shell() -> anyhow::Result<Duration> {
    let begun = Instant::now();
    for _ in 0..COMMANDS {
        let output = Command::new("/bin/bash")
            .args(["-c", "true"])
            .output()
            .await?;
        ensure!(output.status.success(), "true has failed");
    }
    Ok(begun.elapsed())
}

/// How long the server's own part took.
async fn on_the_server(guest: &Guest, name: &str) -> anyhow::Result<Duration> {
    let history = client::deployments::list(&guest.client).await?.items;
    let made = history.into_iter().find(|one| one.application == name);
    let made = made.ok_or_else(|| anyhow::anyhow!("{name} is not in the history"))?;
    let end = made.finished_at.unwrap_or(made.created_at);
    let took = end.unix_ms() - made.created_at.unix_ms();
    Ok(Duration::from_millis(took.unsigned_abs()))
}

fn median(mut all: Vec<Duration>) -> f64 {
    all.sort_unstable();
    all[RUNS / 2].as_secs_f64()
}
