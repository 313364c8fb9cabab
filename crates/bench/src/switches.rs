//! Moving an application's address under a steady load.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use shared::DeploymentKind;
use tokio::{
    sync::watch,
    time::{Duration, sleep},
};

use crate::{
    figure::{Table, Target, number},
    guest::Guest,
    load::{Seen, Visit, Visitors},
    sample::sample,
    server::Server,
    shell::Shell,
    spread::Spread,
};

/// The versions that the address moves between.
pub const VERSIONS: [&str; 2] = ["7-jre8", "8-jre8"];
/// How many visitors come each second.
const PER_SECOND: u32 = 1000;
/// How often the address moves there and back.
const ROUNDS: usize = 50;
/// How long visitors come before and between moves.
const PAUSE: Duration = Duration::from_millis(200);

/// What the database cuts off.
const MILLISECOND: Duration = Duration::from_millis(1);

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

/// A move that is over.
#[derive(Debug, Clone, Copy)]
struct Move {
    /// Where from.
    from: &'static str,
    /// How long it took, from the click.
    took: Duration,
    /// When it was written that the other version is live.
    written: Instant,
}

/// The instant of a moment on the wall's clock, of which the database has milliseconds.
fn instant(unix_ms: i64) -> Instant {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let then = Duration::from_millis(unix_ms.max(0).unsigned_abs());
    Instant::now() - now.saturating_sub(then)
}

async fn there_and_back(guest: &Guest) -> anyhow::Result<Vec<Move>> {
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
            let took = begun.elapsed();
            let written = guest.application().await?.application.updated_at;
            moves.push(Move {
                from,
                took,
                written: instant(written.unix_ms()),
            });
            sleep(PAUSE).await;
        }
    }
    Ok(moves)
}

/// How long after it was written each move the last page of the version before came; and how many such
/// pages were asked for after that.
fn late(moves: &[Move], visits: &[Visit]) -> (Spread, usize) {
    let mut asked_late = 0;
    let last = moves.iter().map(|one| {
        let until = one.written + PAUSE;
        let of_old = visits.iter().filter(|visit| {
            (one.written..until).contains(&visit.came) && visit.page.contains(one.from)
        });
        let (mut last, begin) = (Duration::ZERO, one.written + MILLISECOND);
        for visit in of_old {
            last = last.max(visit.came - one.written);
            asked_late += usize::from(visit.asked > begin);
        }
        last
    });
    let last = Spread::of(last.collect());
    (last, asked_late)
}

/// The same visitors as long, of an address that stays where it is.
async fn still(visitors: Visitors) -> anyhow::Result<Seen> {
    let (end, ended) = watch::channel(false);
    let load = tokio::spawn(visitors.steady(PER_SECOND, ended));
    sleep(PAUSE * u32::try_from(ROUNDS * 2)?).await;
    end.send(true)?;
    Ok(load.await?)
}

fn report(moving: &Seen, still: &Seen, moves: &[Move], table: &mut Table) {
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
    let strange = moving.pages.keys().filter(|page| {
        let versions = VERSIONS.iter().filter(|version| page.contains(**version));
        versions.count() != 1
    });
    let what = "switches: answered by both, or neither";
    table.add(what, Target::Exactly(0.0), strange.count() as f64, "", "");
    let (last, asked_late) = late(moves, &moving.visits);
    let what = "switches: asked after it was written, old page";
    table.add(what, Target::Exactly(0.0), asked_late as f64, "", "");
    for kind in [0, 1] {
        let what = ["promoted", "rolled back"][kind];
        let those: Vec<Move> = moves.iter().skip(kind).step_by(2).copied().collect();
        let (last, _) = late(&those, &moving.visits);
        let what = format!("switches: {what}, written to last old page, p99");
        let beside = format!("p50: {} ms", number(last.ms(50)));
        table.add(&what, Target::Below(50.0), last.ms(99), "ms", &beside);
    }
    let took = Spread::of(moves.iter().map(|one| one.took).collect());
    let beside = format!("written to last old page: {} ms", number(last.ms(50)));
    let what = "switches: click to moved, p50";
    table.add(what, Target::None, took.ms(50), "ms", &beside);
}
