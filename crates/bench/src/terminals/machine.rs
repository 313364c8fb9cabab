//! Whether anything else runs: two programs that wake each other are several times faster on one
//! processor than on two, and that is where they are when another program has the second.

use std::{fs, time::Duration};

use anyhow::Context as _;
use tokio::time::sleep;

use crate::figure::{Table, Target};

/// How long it is watched.
const WATCHED: Duration = Duration::from_secs(2);

/// Measures how busy the machine is before anything is measured on it.
pub async fn measure(table: &mut Table) -> anyhow::Result<()> {
    let before = ticks()?;
    sleep(WATCHED).await;
    let after = ticks()?;
    let [idle, all] = [0, 1].map(|at| after[at] - before[at]);
    table.add(
        "terminals: the machine, busy before all this",
        Target::None,
        (1.0 - idle / all.max(1.0)) * 100.0,
        "%",
        "on a busy one no figure below is what it is on a quiet one",
    );
    Ok(())
}

/// For how many ticks the processors have idled, and for how many they have been there.
fn ticks() -> anyhow::Result<[f64; 2]> {
    let stat = fs::read_to_string("/proc/stat")?;
    let all = stat
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("cpu "));
    let fields = all.context("/proc/stat has no processors")?;
    let fields: Vec<f64> = fields
        .split_whitespace()
        .filter_map(|field| field.parse().ok())
        .collect();
    // idle, and idle while a disk works; the last two are counted in the first two (proc(5))
    let idle = fields.iter().skip(3).take(2).sum();
    Ok([idle, fields.iter().take(8).sum()])
}
