//! From asking for a terminal, and from opening its socket, to the first byte of its prompt.
//!
//! The first begins before the shell is started: at the request that opens the terminal, or at the
//! word to the host; a page waits for both, and connecting, upgrading and attaching are in it. It has
//! no target: other web terminals start the shell only when the page connects, so it is all of what they
//! take for the second, and a request more. The second begins when the page connects, and the targets
//! are its. The same bash reads the same home's file on both ways; the bare PTY's reads none.

use std::time::Duration;

use super::{
    asking::Round,
    client::{Client, Job},
    ground::Ground,
};
use crate::{
    figure::{Table, Target, number},
    spread::Spread,
};

/// How many terminals are opened each way.
const OPENED: usize = 30;
/// How many before those that count.
const WARM_UP: usize = 3;
/// What the server may add, in milliseconds.
const ON_TOP_MS: f64 = 2.0;

/// Measures in turn a bare PTY, the host, and the server; `most_ms` is the host's target.
pub async fn measure(
    ground: &Ground<'_>,
    kind: &str,
    most_ms: f64,
    table: &mut Table,
) -> anyhow::Result<()> {
    let mut asked = [(); 3].map(|()| Vec::new());
    let mut opened = [(); 3].map(|()| Vec::new());
    let mut client = Client::start(&Job::Ask {
        doors: ground.doors(),
        rounds: WARM_UP + OPENED,
    })
    .await?;
    for round in 0..WARM_UP + OPENED {
        let took: Round = client.said().await?;
        if round >= WARM_UP {
            for (way, took) in took.into_iter().enumerate() {
                asked[way].push(took.asked);
                opened[way].push(took.opened);
            }
        }
    }
    client.end::<()>().await?;
    add(kind, "asked for", None, asked, table);
    add(kind, "socket opened", Some(most_ms), opened, table);
    Ok(())
}

fn add(kind: &str, since: &str, most_ms: Option<f64>, took: [Vec<Duration>; 3], table: &mut Table) {
    let [bare, direct, served] = took.map(Spread::of);
    let beside = |spread: &Spread| {
        let [p95, bare] = [spread.ms(95), bare.ms(50)].map(number);
        format!("p95: {p95} ms; bare PTY: {bare} ms")
    };
    let served_ms = most_ms.map(|_| direct.ms(50) + ON_TOP_MS);
    for (way, most_ms, spread) in [("direct", most_ms, direct), ("served", served_ms, served)] {
        table.add(
            &format!("terminals: {since} to first byte of a prompt, {kind}, {way}, p50"),
            most_ms.map_or(Target::None, Target::AtMost),
            spread.ms(50),
            "ms",
            &beside(&spread),
        );
    }
}
