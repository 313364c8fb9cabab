//! From blue to green behind a load balancer that is visited all the while.

use std::time::Duration;

use tokio::{sync::watch, time::sleep};

use super::{account::Account, ec2::Instance, elb::Balancer};
use crate::{
    figure::{Table, Target, number},
    load::Seen,
};

/// The pages of the instances in turn.
const COLOURS: [&str; 2] = ["blue", "green"];
/// How often the one takes over from the other.
const MOVES: usize = 8;
/// How many visitors come each second.
const PER_SECOND: u32 = 1000;
/// How long visitors come before and between moves.
const PAUSE: Duration = Duration::from_secs(1);

/// Measures failures while each takes over from the other.
pub async fn measure(account: &Account, table: &mut Table) -> anyhow::Result<()> {
    let balancer = account.balancer("colours").await?;
    let blue = launched(account, 0).await?;
    balancer.register(&blue).await?;
    let (end, ended) = watch::channel(false);
    let load = tokio::spawn(balancer.visitors()?.steady(PER_SECOND, ended));
    let moved = there_and_back(account, &balancer, blue).await;
    end.send(true)?;
    let seen = load.await?;
    account.terminate(&[moved?]).await?;
    report(&seen, table);
    Ok(())
}

/// Registers the other colour, and takes out and terminates the one that was there; returns the
/// last that came.
async fn there_and_back(
    account: &Account,
    balancer: &Balancer<'_>,
    mut live: Instance,
) -> anyhow::Result<Instance> {
    for at in 1..=MOVES {
        let next = launched(account, at).await?;
        sleep(PAUSE).await;
        balancer.register(&next).await?;
        balancer.deregister(&live).await?;
        account.terminate(&[live]).await?;
        live = next;
    }
    sleep(PAUSE).await;
    Ok(live)
}

async fn launched(account: &Account, at: usize) -> anyhow::Result<Instance> {
    let colour = COLOURS[at % COLOURS.len()];
    let mut instances = account.launch(colour, 1).await?;
    Ok(instances.remove(0))
}

fn report(seen: &Seen, table: &mut Table) {
    for failure in seen.failures.iter().take(3) {
        eprintln!("a visit failed: {failure}");
    }
    let pages = seen.pages.iter();
    let pages: Vec<String> = pages
        .map(|(page, count)| format!("{count} {page}"))
        .collect();
    let beside = format!(
        "of {} requests, {PER_SECOND}/s, in {MOVES} moves: {}; p99: {} ms",
        seen.answers.count() + seen.failures.len(),
        pages.join(", "),
        number(seen.answers.ms(99)),
    );
    let (what, none) = ("emulator: blue to green, failed", Target::Exactly(0.0));
    table.add(what, none, seen.failures.len() as f64, "", &beside);
}
