//! From asking for a terminal to the first byte of its prompt.
//!
//! What is timed begins before the shell is started: at the request that opens the terminal, or
//! at the word to the host. Connecting, upgrading and attaching are in it, as on a page; other web
//! terminals start the shell when the socket opens, so this is all of what they take for that. The
//! same bash reads the same home's file on both ways; the bare PTY's reads none.

use std::time::{Duration, Instant};

use tokio::{task::block_in_place, time::sleep};

use super::{
    bare::Bare,
    client::Place,
    ground::{Ground, Way},
    line::Line,
    page::{Page, SMALL_BUFFER},
};
use crate::{
    figure::{Table, Target, number},
    spread::Spread,
};

/// How many terminals are opened each way.
const OPENED: usize = 30;
/// How many before those that count.
const WARM_UP: usize = 3;
/// How long after each: what a sandbox leaves is cleared away after it has ended.
const REST: Duration = Duration::from_millis(100);
/// What the server may add, in milliseconds.
const ON_TOP_MS: f64 = 2.0;

/// Measures in turn a bare PTY, the host, and the server; `most_ms` is the host's target.
pub async fn measure(
    ground: &Ground<'_>,
    kind: &str,
    most_ms: f64,
    table: &mut Table,
) -> anyhow::Result<()> {
    let mut times = [(); 3].map(|()| Vec::new());
    for round in 0..WARM_UP + OPENED {
        for (way, times) in [Way::Bare, Way::Direct, Way::Served].iter().zip(&mut times) {
            let took = first_byte(ground, *way).await?;
            if round >= WARM_UP {
                times.push(took);
            }
        }
    }
    let [bare, direct, served] = times.map(Spread::of);
    let beside = |spread: &Spread| {
        let [p95, bare] = [spread.ms(95), bare.ms(50)].map(number);
        format!("p95: {p95} ms; bare PTY: {bare} ms")
    };
    table.add(
        &format!("terminals: first byte of a prompt, {kind}, direct, p50"),
        Target::AtMost(most_ms),
        direct.ms(50),
        "ms",
        &beside(&direct),
    );
    table.add(
        &format!("terminals: first byte of a prompt, {kind}, served, p50"),
        Target::AtMost(direct.ms(50) + ON_TOP_MS),
        served.ms(50),
        "ms",
        &beside(&served),
    );
    Ok(())
}

async fn first_byte(ground: &Ground<'_>, way: Way) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let opened = ground.open(way).await?;
    let read = block_in_place(|| {
        let mut line: Box<dyn Line> = match ground.place(&opened) {
            Place::Bare => Box::new(Bare::open()?),
            Place::Page(address) => Box::new(Page::open(&address, SMALL_BUFFER)?),
        };
        line.read()?;
        anyhow::Ok(begun.elapsed())
    });
    ground.end(opened).await?;
    sleep(REST).await;
    read
}
