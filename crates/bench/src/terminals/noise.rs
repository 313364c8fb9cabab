//! From a key to its echo while another account's sandbox does its worst.

use std::time::Duration;

use client::terminals;
use shared::OpenTerminal;

use super::{
    client::{Client, Job, Place, Read},
    ground::{self, Ground, Way},
    line::SIZE,
};
use crate::{
    figure::{Table, Target, number},
    guest::Guest,
    server::Server,
    spread::Spread,
};

/// How many keys.
const KEYS: usize = 2000;
/// The most that one in a hundred may exceed, in milliseconds.
const MOST_MS: f64 = 50.0;

/// Measures alone, and beside a fork bomb, programs that take all memory, and a flood, all in one
/// sandbox.
pub async fn measure(
    server: &Server,
    ground: &Ground<'_>,
    table: &mut Table,
) -> anyhow::Result<()> {
    let health = client::health(&ground.guest.client).await?;
    let alone = echoes(ground).await?;
    let noisy = Guest::new(server).await?;
    let (cols, rows) = SIZE;
    let opened = terminals::open(&noisy.client, &OpenTerminal::sized(cols, rows)).await?;
    let place = Place::Page(ground::browser(server, &noisy).at(opened.id));
    let mut noise = Client::start(&Job::Noise { place }).await?;
    noise.said::<()>().await?;
    let beside = echoes(ground).await;
    let read: Read = noise.end().await?;
    terminals::end(&noisy.client, opened.id).await?;
    let beside = beside?;
    let limits = format!(
        "alone: {} ms; level {:?}; the flood's reader: {} MB/s; longest: {} ms",
        number(alone.ms(99)),
        health.isolation.level,
        number(read.megabytes_per_second()),
        number(beside.ms(100)),
    );
    table.add(
        "terminals: echo, p99, with a fork bomb, a memory hog and a flood in another sandbox",
        Target::Below(MOST_MS),
        beside.ms(99),
        "ms",
        &limits,
    );
    Ok(())
}

async fn echoes(ground: &Ground<'_>) -> anyhow::Result<Spread> {
    let keys = KEYS;
    let echo = |place| Job::Echo { place, keys };
    let times: Vec<Duration> = ground.run(Way::Served, echo).await?;
    Ok(Spread::of(times))
}
