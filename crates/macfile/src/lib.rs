//! The macfile language: text and parameters in, a [`Plan`] or a list of [`Problem`]s out.
//!
//! Nothing here runs a command, reads a clock or opens a file. Scalars keep their source text, so
//! `version: 1.10` stays `1.10`, and steps keep the order in which they are written.
//!
//! ```
//! let text = "
//! mac: 1.0.8
//! name: demo
//! version: '{VERSION}'
//! description: one bucket
//! infrastructures:
//!   bucket_01:
//!     resource: bucket
//! resources:
//!   bucket:
//!     create bash: aws s3 mb s3://demo-{VERSION}
//! ";
//! let parameters = [("VERSION".to_owned(), "1.10".to_owned())].into();
//! let plan = macfile::parse(text, &parameters).expect("the text is right");
//! assert_eq!(plan.version, "1.10");
//! assert_eq!(plan.steps[0].key, "bucket_01");
//! ```

mod describe;
mod document;
mod fill;
mod format;
mod inherit;
mod lint;
mod order;
mod parameters;
mod plan;
mod problem;
mod read;
mod template;

use std::collections::{BTreeMap, BTreeSet};

pub use fill::{FillError, InstanceFacts, Known};
pub use format::format;
pub use inherit::Parent;
pub use lint::{Lint, lint};
pub use plan::{Action, ActionRun, Disk, Hook, Instances, Plan, Resource, Step, Work, data_change};
pub use problem::Problem;
pub use template::{Fact, Pick, Reference, Template};

/// A JSON Schema (draft 2020-12) of the language, for editors.
pub const SCHEMA: &str = include_str!("../macfile.schema.json");

/// Reads a macfile without parents, whose `{NAME}` places are filled from `parameters`.
pub fn parse(text: &str, parameters: &BTreeMap<String, String>) -> Result<Plan, Vec<Problem>> {
    parse_with(text, parameters, &BTreeMap::new())
}

/// The parents that a macfile names: their texts are what [`parse_with`] needs.
pub fn parents(
    text: &str,
    parameters: &BTreeMap<String, String>,
) -> Result<Vec<Parent>, Vec<Problem>> {
    let filled = parameters::fill(text, None, parameters, &mut BTreeSet::new())?;
    let root = document::load(&filled, None).map_err(|problem| vec![problem])?;
    inherit::parents(&root)
}

/// Reads a macfile with the texts of its parents, by the names that it gives them.
pub fn parse_with(
    text: &str,
    parameters: &BTreeMap<String, String>,
    parents: &BTreeMap<String, String>,
) -> Result<Plan, Vec<Problem>> {
    let whole = whole(text, parameters, parents)?;
    let unnamable = read::names(&whole);
    match read::plan(&whole) {
        Ok(plan) if unnamable.is_empty() => Ok(plan),
        Ok(_) => Err(unnamable),
        Err(problems) => Err(unnamable.into_iter().chain(problems).collect()),
    }
}

/// Reads what something was made from: names that nothing gets any more are let through, as what has
/// them must still be destroyed.
///
/// # Errors
/// What is wrong with it.
pub fn parse_made(
    text: &str,
    parameters: &BTreeMap<String, String>,
    parents: &BTreeMap<String, String>,
) -> Result<Plan, Vec<Problem>> {
    read::plan(&whole(text, parameters, parents)?)
}

/// The macfile as one tree, filled in and with all that it inherits.
fn whole(
    text: &str,
    parameters: &BTreeMap<String, String>,
    parents: &BTreeMap<String, String>,
) -> Result<document::Node, Vec<Problem>> {
    let mut used = BTreeSet::new();
    let mut problems = Vec::new();
    let mut load = |text: &str, file: Option<&str>| {
        let filled = parameters::fill(text, file, parameters, &mut used);
        let loaded = filled
            .and_then(|filled| document::load(&filled, file).map_err(|problem| vec![problem]));
        loaded.map_err(|mut found| problems.append(&mut found)).ok() // kept in `problems`
    };
    let root = load(text, None);
    let mut trees = BTreeMap::new();
    for (name, text) in parents {
        if let Some(tree) = load(text, Some(name)) {
            trees.insert(name.clone(), tree);
        }
    }
    let texts: Vec<&str> = std::iter::once(text)
        .chain(parents.values().map(String::as_str))
        .collect();
    problems.extend(parameters::refused(&texts, parameters, &used));
    match root {
        Some(root) if problems.is_empty() => {
            let named = inherit::parents(&root)?;
            let missing: Vec<Problem> = named.iter().filter_map(|p| missing(p, parents)).collect();
            if missing.is_empty() {
                inherit::resolve(root, &trees)
            } else {
                Err(missing)
            }
        }
        _ => Err(problems),
    }
}

fn missing(parent: &Parent, parents: &BTreeMap<String, String>) -> Option<Problem> {
    (!parents.contains_key(&parent.name)).then(|| Problem {
        file: None,
        line: parent.line,
        column: parent.column,
        message: format!(
            "the parent {} ({}) was not given",
            parent.name, parent.location
        ),
        hint: None,
    })
}
