//! Terminals: from the click to the prompt, and from a key to its echo.

use std::time::{Duration, Instant};

use crate::{
    figure::{Table, Target, number},
    guest::Guest,
    server::Server,
    shell::{Bare, Shell},
    spread::Spread,
};

/// How many terminals are opened.
const OPENED: usize = 20;
/// How many keys are typed; each of another look than the one before.
const KEYS: usize = 300;

/// Measures both, and the same on a bare PTY.
pub async fn measure(server: &Server, table: &mut Table) -> anyhow::Result<()> {
    let guest = Guest::new(server).await?;
    // the first one makes the home, and starts what is started once
    let first = timed(server, &guest).await?;
    let mut opened = Vec::new();
    for _ in 0..OPENED {
        opened.push(timed(server, &guest).await?);
    }
    let (ours, bare) = (Spread::of(opened), Spread::of(bare_prompts()?));
    table.add(
        "terminals: click to prompt, p50",
        Target::Below(300.0),
        ours.ms(50),
        "ms",
        &format!("bare PTY: {} ms", number(bare.ms(50))),
    );
    table.add(
        "terminals: the account's first",
        Target::None,
        ms(first),
        "ms",
        "",
    );
    echoes(server, &guest, table).await
}

async fn echoes(server: &Server, guest: &Guest, table: &mut Table) -> anyhow::Result<()> {
    let (mut shell, mut bare) = (Shell::open(server, guest).await?, Bare::open()?);
    let (mut ours, mut direct) = (Vec::new(), Vec::new());
    for number in 0..KEYS {
        let key = ["a", "b"][number % 2];
        ours.push(shell.echo(key).await?);
        direct.push(tokio::task::block_in_place(|| bare.echo(key))?);
    }
    shell.end(guest).await?;
    let (ours, direct) = (Spread::of(ours), Spread::of(direct));
    for percent in [50, 99] {
        let what = format!("terminals: key to echo, p{percent}");
        let beside = format!("bare PTY: {} ms", number(direct.ms(percent)));
        table.add(&what, Target::None, ours.ms(percent), "ms", &beside);
    }
    Ok(())
}

async fn timed(server: &Server, guest: &Guest) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let shell = Shell::open(server, guest).await?;
    let took = begun.elapsed();
    shell.end(guest).await?;
    Ok(took)
}

fn bare_prompts() -> anyhow::Result<Vec<Duration>> {
    let prompt = |_| {
        let begun = Instant::now();
        Bare::open().map(|_| begun.elapsed())
    };
    tokio::task::block_in_place(|| (0..OPENED).map(prompt).collect())
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
