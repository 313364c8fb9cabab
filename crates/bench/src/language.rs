//! The macfile language: reading a large macfile and working out its order.

use std::{collections::BTreeMap, fmt::Write as _, time::Instant};

use anyhow::ensure;

use crate::figure::{Table, Target};

/// How many resources it has.
const RESOURCES: usize = 1000;
/// How often it is read; the median counts.
const RUNS: usize = 9;

/// Measures both together.
pub fn measure(table: &mut Table) -> anyhow::Result<()> {
    let text = large();
    let mut taken = Vec::new();
    for _ in 0..RUNS {
        let begun = Instant::now();
        let plan = macfile::parse(&text, &BTreeMap::new());
        let plan = plan.map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
        let needs = plan.needs();
        taken.push(begun.elapsed().as_secs_f64() * 1000.0);
        ensure!(needs.len() == RESOURCES, "{} steps", needs.len());
    }
    taken.sort_by(f64::total_cmp);
    let beside = format!("{} kB of text", text.len() / 1000);
    table.add(
        "macfile: read 1,000 resources",
        Target::Below(50.0),
        taken[RUNS / 2],
        "ms",
        &beside,
    );
    Ok(())
}

/// Each resource refers to the one before.
fn large() -> String {
    let mut text = "mac: 1\nname: large\nversion: '1'\ndescription: d\nresources:\n".to_owned();
    for at in 0..RESOURCES {
        let before = match at {
            0 => String::new(),
            _ => format!(" --after resource.step_{}.json.Things.0.Id", at - 1),
        };
        // a text that grows has no failure
        let _ = writeln!(
            text,
            "  r{at}:\n    create bash: make --number {at}{before}\n    destroy bash: unmake {at}"
        );
    }
    text.push_str("infrastructures:\n");
    for at in 0..RESOURCES {
        let _ = writeln!(text, "  step_{at}:\n    resource: r{at}");
    }
    text
}
