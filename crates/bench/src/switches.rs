//! Moving an application's address under a steady load.

use std::time::Instant;

use shared::DeploymentKind;
use tokio::{
    sync::watch,
    time::{Duration, sleep},
};

use crate::{
    figure::{Table, Target, number},
    guest::Guest,
    load::{Seen, Visitors},
    sample::sample,
    server::Server,
    shell::Shell,
    spread::Spread,
};

/// The versions that the address moves between.
pub const VERSIONS: [&str; 2] = ["7-jre8", "8-jre8"];
/// How many visitors come each second.
const PER_SECOND: u32 = 500;
/// How often the address moves there and back.
const ROUNDS: usize = 10;
/// How long visitors come before and between moves.
const PAUSE: Duration = Duration::from_millis(400);

/// Measures failures and answers while the address moves, and answers while it does not.
pub async fn measure(server: &Server, table: &mut Table) -> anyhow::Result<()> {
    let guest = Guest::new(server).await?;
    let visitors = prepare(server, &guest).await?;
    let (end, ended) = watch::channel(false);
    let load = tokio::spawn(visitors.clone().steady(PER_SECOND, ended));
    let moves = there_and_back(&guest).await;
    end.send(true)?;
    let moving = load.await?;
    let moves = moves?;
    let still = still(visitors).await?;
    report(&moving, &still, &moves, table);
    Ok(())
}

/// Makes both versions, and returns visitors of the application's address.
pub async fn prepare(server: &Server, guest: &Guest) -> anyhow::Result<Visitors> {
    let mut shell = Shell::open(server, guest).await?;
    for version in VERSIONS {
        shell.run(&sample(version)).await?;
    }
    shell.end(guest).await?;
    let address = guest.application().await?.application.address;
    let host = address.trim_start_matches("http://").trim_end_matches('/');
    let visitors = Visitors::of_host(&server.url("/"), host);
    visitors.visit().await.map_err(anyhow::Error::msg)?;
    Ok(visitors)
}

async fn there_and_back(guest: &Guest) -> anyhow::Result<Spread> {
    let [old, new] = VERSIONS;
    let mut moves = Vec::new();
    sleep(PAUSE).await;
    for _ in 0..ROUNDS {
        for (kind, from, to) in [
            (DeploymentKind::Promote, old, new),
            (DeploymentKind::RollBack, new, old),
        ] {
            let begun = Instant::now();
            guest.switch(kind, from, to).await?;
            moves.push(begun.elapsed());
            sleep(PAUSE).await;
        }
    }
    Ok(Spread::of(moves))
}

/// The same visitors as long, of an address that stays where it is.
async fn still(visitors: Visitors) -> anyhow::Result<Seen> {
    let (end, ended) = watch::channel(false);
    let load = tokio::spawn(visitors.steady(PER_SECOND, ended));
    sleep(PAUSE * u32::try_from(ROUNDS * 2)?).await;
    end.send(true)?;
    Ok(load.await?)
}

fn report(moving: &Seen, still: &Seen, moves: &Spread, table: &mut Table) {
    for failure in moving.failures.iter().take(3) {
        eprintln!("a visit failed: {failure}");
    }
    let failed = moving.failures.len();
    let visits = moving.answers.count() + failed;
    let beside = format!(
        "of {visits} visits, {PER_SECOND}/s, in {} moves",
        ROUNDS * 2
    );
    table.add(
        "switches: failed visits",
        Target::Exactly(0.0),
        failed as f64,
        "",
        &beside,
    );
    for percent in [50, 99] {
        let what = format!("switches: answer, p{percent}");
        let beside = format!("without moves: {} ms", number(still.answers.ms(percent)));
        table.add(
            &what,
            Target::None,
            moving.answers.ms(percent),
            "ms",
            &beside,
        );
    }
    table.add(
        "switches: click to moved, p50",
        Target::None,
        moves.ms(50),
        "ms",
        "",
    );
}
