//! From a launch to the first page.

use std::time::{Duration, Instant};

use super::{account::Account, nginx::Bare};
use crate::{
    figure::{Table, Target, number},
    spread::Spread,
};

/// How many instances are launched, one after the other; an account may have 20.
const LAUNCHES: usize = 15;
/// What a launch may take that moto has answered, in milliseconds.
const QUICK: f64 = 150.0;

/// Measures launches, and the same server bare, in turn.
pub async fn measure(account: &Account, table: &mut Table) -> anyhow::Result<()> {
    let (mut all, mut launched, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..LAUNCHES {
        let instances = account.launch("launched", 1).await?;
        let begun = Instant::now();
        account.until_it_answers(&instances[0]).await?;
        launched.push(begun.elapsed());
        all.extend(instances);
        bare.push(timed_bare().await?);
    }
    account.terminate(&all).await?;
    let (launched, bare) = (Spread::of(launched), Spread::of(bare));
    let beside = format!(
        "the same nginx bare: {} ms; the slowest of {}: {} ms",
        number(bare.ms(50)),
        launched.count(),
        number(launched.ms(100)),
    );
    let p50 = launched.ms(50);
    let what = "emulator: launch answered to page, p50";
    table.add(what, Target::Below(QUICK), p50, "ms", &beside);
    Ok(())
}

async fn timed_bare() -> anyhow::Result<Duration> {
    let begun = Instant::now();
    Bare::start("bare").await?;
    Ok(begun.elapsed())
}
