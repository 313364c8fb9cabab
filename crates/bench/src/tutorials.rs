//! The first lesson, by somebody who was never here.

use serde::Deserialize;

use crate::{
    Built,
    figure::{Table, Target},
    script,
    server::Server,
};

/// The script beside the one that loads the overview.
const SCRIPT: &str = "first-lesson.js";

/// What the script prints.
#[derive(Debug, Deserialize)]
struct FirstLesson {
    /// From the landing page's address to the first prompt, with an empty cache and a new account.
    prompt_ms: f64,
    /// From a click on a command to its end, as the page shows it: the median of twenty.
    click_ms: f64,
}

/// Measures both, in a sandbox as people have it.
pub async fn measure(server: &Server, built: &Built, table: &mut Table) -> anyhow::Result<()> {
    let lesson: FirstLesson = script::run(SCRIPT, server, built).await?;
    for (what, target, figure, beside) in [
        (
            "tutorials: landing page to the first prompt",
            2000.0,
            lesson.prompt_ms,
            "a new account, an empty cache, one click between",
        ),
        (
            "tutorials: click on a command to its end",
            50.0,
            lesson.click_ms,
            "whoami, so it starts sooner",
        ),
    ] {
        table.add(what, Target::Below(target), figure, "ms", beside);
    }
    Ok(())
}
