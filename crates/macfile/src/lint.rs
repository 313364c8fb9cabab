//! What is allowed in a macfile, and is probably not meant.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Node, Value};
use crate::{Hook, Problem};

/// What is wrong with a macfile, and what is probably not meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lint {
    /// What keeps it from being carried out.
    pub problems: Vec<Problem>,
    /// What doesn't.
    pub warnings: Vec<Problem>,
}

/// Looks a macfile over, with the texts of its parents by the names that it gives them.
pub fn lint(
    text: &str,
    parameters: &BTreeMap<String, String>,
    parents: &BTreeMap<String, String>,
) -> Lint {
    let whole = match crate::whole(text, parameters, parents) {
        Ok(whole) => whole,
        Err(problems) => {
            return Lint {
                problems,
                warnings: Vec::new(),
            };
        }
    };
    let mut problems = crate::read::names(&whole);
    problems.extend(crate::read::plan(&whole).err().unwrap_or_default());
    let mut warnings = unused(&whole);
    warnings.extend(resources_that_stay(&whole));
    warnings.extend(version_as_number(&whole));
    Lint { problems, warnings }
}

fn members<'n>(root: &'n Node, key: &str) -> &'n [(Node, Node)] {
    match get(root, key).map(|node| &node.value) {
        Some(Value::Map(members)) => members,
        _ => &[],
    }
}

pub(crate) fn get<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let Value::Map(members) = &node.value else {
        return None;
    };
    members
        .iter()
        .find(|(name, _)| name.text() == Some(key))
        .map(|(_, value)| value)
}

/// Roles, resources and actions of the macfile itself that nothing uses.
fn unused(root: &Node) -> Vec<Problem> {
    let steps = members(root, "infrastructures");
    let named: BTreeSet<(&str, &str)> = steps
        .iter()
        .flat_map(|(_, step)| {
            ["role", "resource", "action"]
                .into_iter()
                .filter_map(|kind| Some((kind, get(step, kind)?.text()?)))
        })
        .collect();
    let mut words = BTreeSet::new();
    for section in ["infrastructures", "resources", "actions", "roles"] {
        if let Some(node) = get(root, section) {
            gather(node, &mut words);
        }
    }
    let mut warnings = Vec::new();
    for (section, kind) in [
        ("roles", "role"),
        ("resources", "resource"),
        ("actions", "action"),
    ] {
        for (name, _) in members(root, section) {
            let word = name.text().unwrap_or_default();
            let is_hook = kind == "action" && Hook::ALL.iter().any(|hook| hook.name() == word);
            let is_used =
                named.contains(&(kind, word)) || (kind == "action" && words.contains(word));
            if !is_used && !is_hook && name.file.is_none() {
                let message = format!("the {kind} \"{word}\" is never used");
                warnings.push(name.problem(message, None));
            }
        }
    }
    warnings
}

/// The words of every text: the names of actions are parts of references.
fn gather(node: &Node, words: &mut BTreeSet<String>) {
    match &node.value {
        Value::Text(text) => {
            let cut = |letter: char| !(letter.is_alphanumeric() || matches!(letter, '_' | '-'));
            words.extend(text.split(cut).map(str::to_owned));
        }
        Value::List(items) => items.iter().for_each(|item| gather(item, words)),
        Value::Map(members) => members.iter().for_each(|(_, value)| gather(value, words)),
    }
}

fn resources_that_stay(root: &Node) -> Vec<Problem> {
    let stays = |(name, resource): &(Node, Node)| {
        let is_ours = name.file.is_none() && get(resource, "destroy bash").is_none();
        let word = name.text().unwrap_or_default();
        let message =
            format!("the resource \"{word}\" has no \"destroy bash\": what it makes stays");
        is_ours.then(|| name.problem(message, None))
    };
    members(root, "resources")
        .iter()
        .filter_map(stays)
        .collect()
}

/// The original client reads `1.10` as 1.1, and calls the version so.
fn version_as_number(root: &Node) -> Option<Problem> {
    let node = get(root, "version")?;
    let text = node.text()?;
    let number: f64 = text.parse().ok()?;
    let differs = number.to_string() != text && format!("{number:?}") != text;
    differs.then(|| {
        let message = format!("mac 1.0.8 reads this version as {number}");
        node.problem(message, Some(format!("write '{text}', in quotes")))
    })
}
