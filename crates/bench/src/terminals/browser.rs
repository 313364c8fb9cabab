//! Much output in a real browser, which draws it, and how soon a flood is interrupted there.

use serde::Deserialize;

use crate::{
    Built,
    figure::{Table, Target},
    script,
    server::Server,
};

/// The script beside the one that loads the overview.
const SCRIPT: &str = "terminal-flood.js";

/// What the script prints.
#[derive(Debug, Deserialize)]
struct Flood {
    /// How fast 100 MB of text were written and drawn.
    megabytes_per_second: f64,
    /// From Ctrl-C to the prompt, while lines come without end: the median of five.
    interrupted_ms: f64,
}

/// Measures both, in a sandbox as people have it.
pub async fn measure(server: &Server, built: &Built, table: &mut Table) -> anyhow::Result<()> {
    let flood: Flood = script::run(SCRIPT, server, built).await?;
    let (speed, interrupted) = (flood.megabytes_per_second, flood.interrupted_ms);
    let here = "xterm.js without a graphics card";
    for (what, figure, unit) in [
        ("terminals: 100 MB of text in a browser", speed, "MB/s"),
        (
            "terminals: Ctrl-C to prompt in a browser",
            interrupted,
            "ms",
        ),
    ] {
        table.add(what, Target::None, figure, unit, here);
    }
    Ok(())
}
