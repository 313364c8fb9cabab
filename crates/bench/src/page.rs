//! The overview's first load, by a browser with an empty cache.

use serde::Deserialize;

use crate::{
    Built,
    figure::{Table, Target},
    script,
    server::Server,
};

/// The script.
const SCRIPT: &str = "first-load.js";

/// What the script prints.
#[derive(Debug, Deserialize)]
struct FirstLoad {
    /// All bytes that came, headers included.
    bytes: f64,
    /// How many requests there were.
    requests: f64,
    /// Until the overview's heading was seen.
    shown_ms: f64,
}

/// Measures what comes over the wire, and how long it takes.
pub async fn measure(server: &Server, built: &Built, table: &mut Table) -> anyhow::Result<()> {
    let load: FirstLoad = script::run(SCRIPT, server, built).await?;
    let requests = format!("{} requests", load.requests);
    table.add(
        "page: first load of the overview",
        Target::Below(600.0),
        load.bytes / 1000.0,
        "kB",
        &requests,
    );
    let here = "no network between";
    table.add(
        "page: until the overview is seen",
        Target::None,
        load.shown_ms,
        "ms",
        here,
    );
    Ok(())
}
