//! Output that must end: when a viewer stops, and when Ctrl-C is pressed.

use std::time::Duration;

use anyhow::bail;

use super::{
    client::{Job, Place, Stop},
    ground::{Ground, Way},
    jobs::FLOOD,
};
use crate::{
    figure::{Table, Target, number},
    spread::Spread,
};

/// How often a viewer stops; the most that came counts.
const STOPS: usize = 3;
/// How often Ctrl-C is pressed; the median counts.
const INTERRUPTS: usize = 5;
/// What a page may have to draw before it shows what follows.
const MOST_KIB: f64 = 512.0;

/// Measures both, at the host and through the server.
pub async fn measure(ground: &Ground<'_>, table: &mut Table) -> anyhow::Result<()> {
    for (way, name) in [(Way::Direct, "direct"), (Way::Served, "served")] {
        stops(ground, way, name, table).await?;
    }
    // its lines are so short that a PTY hands out less than is read, and nothing waits
    interrupted(ground, "`yes`", "yes", table).await?;
    interrupted(ground, "long lines", FLOOD, table).await
}

async fn interrupted(
    ground: &Ground<'_>,
    what: &str,
    program: &str,
    table: &mut Table,
) -> anyhow::Result<()> {
    let bare = interrupts(ground, Way::Bare, program).await?;
    for (way, name) in [(Way::Direct, "direct"), (Way::Served, "served")] {
        let ours = interrupts(ground, way, program).await?;
        let beside = format!(
            "worst: {} ms; bare PTY: {} ms",
            number(ours.ms(100)),
            number(bare.ms(50))
        );
        table.add(
            &format!("terminals: Ctrl-C to prompt under {what}, {name}"),
            Target::Below(250.0),
            ours.ms(50),
            "ms",
            &beside,
        );
    }
    Ok(())
}

/// A viewer that only stops acknowledging says how much the host sends; one that does not even
/// read, what is under way besides.
async fn stops(ground: &Ground<'_>, way: Way, name: &str, table: &mut Table) -> anyhow::Result<()> {
    let (mut reads_on, mut stops_reading) = (0_u64, 0_u64);
    for _ in 0..STOPS {
        reads_on = reads_on.max(stopped(ground, way, Stop::Acknowledging).await?);
        stops_reading = stops_reading.max(stopped(ground, way, Stop::Reading).await?);
    }
    let [reads_on, stops_reading] = [reads_on, stops_reading].map(|bytes| bytes as f64 / 1024.0);
    let beside = format!(
        "when it reads on: {} KiB; when it does not: {} KiB",
        number(reads_on),
        number(stops_reading)
    );
    table.add(
        &format!("terminals: output after a viewer stops, {name}"),
        Target::AtMost(MOST_KIB),
        reads_on.max(stops_reading),
        "KiB",
        &beside,
    );
    Ok(())
}

async fn stopped(ground: &Ground<'_>, way: Way, stop: Stop) -> anyhow::Result<u64> {
    let opened = ground.open(way).await?;
    let Place::Page(address) = ground.place(&opened) else {
        bail!("a bare PTY has no viewer");
    };
    let came = super::client::run(&Job::Stop { address, stop }).await;
    ground.end(opened).await?;
    came
}

/// A reader reads 20 MB each second, which is what a page draws.
async fn interrupts(ground: &Ground<'_>, way: Way, program: &str) -> anyhow::Result<Spread> {
    let job = |place| Job::Interrupt {
        place,
        program: program.to_owned(),
        bytes_per_second: 20e6,
        times: INTERRUPTS,
    };
    Ok(Spread::of(ground.run::<Vec<Duration>>(way, job).await?))
}
