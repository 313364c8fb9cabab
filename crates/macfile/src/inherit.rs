//! Inheritance: one level of parents, whose `defaults` become infrastructures and whose `actions`
//! and `resources` fill what the macfile itself does not define.
//!
//! Under `infrastructures`, `aws.box:` takes the section `box` of the parent `aws`, with the keys
//! that are written here over its own (maps are merged, everything else is replaced); `aws.*:` takes
//! every section that is not named elsewhere, in the parent's order.

use std::collections::{BTreeMap, BTreeSet};

use crate::Problem;
use crate::document::{Node, Value};
use crate::problem::nearest;

/// A macfile that another one names as its parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// The name that the macfile gives it, for example `aws`.
    pub name: String,
    /// Where it is, as written: a path from the macfile's folder, or a URL.
    pub location: String,
    /// The line on which it is named, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

type Members = Vec<(Node, Node)>;

/// The parents that a macfile names.
pub(crate) fn parents(root: &Node) -> Result<Vec<Parent>, Vec<Problem>> {
    let Some(node) = member(root, "parents") else {
        return Ok(Vec::new());
    };
    let Value::Map(members) = &node.value else {
        let problem = node.problem("\"parents\" must be a map of \"NAME: path or URL\"", None);
        return Err(vec![problem]);
    };
    let parent = |(name, location): &(Node, Node)| {
        let word = name.text().unwrap_or_default();
        match location.text().filter(|text| !text.is_empty()) {
            _ if word.contains('.') => {
                Err(name.problem(format!("the name \"{word}\" has a dot"), None))
            }
            Some(text) => Ok(Parent {
                name: word.to_owned(),
                location: text.to_owned(),
                line: name.line,
                column: name.column,
            }),
            None => Err(location.problem("a path or a URL was expected", None)),
        }
    };
    members
        .iter()
        .map(parent)
        .map(|p| p.map_err(|p| vec![p]))
        .collect()
}

/// The macfile with everything that it takes from its parents.
pub(crate) fn resolve(
    mut root: Node,
    parents: &BTreeMap<String, Node>,
) -> Result<Node, Vec<Problem>> {
    let mut problems = Vec::new();
    for (name, parent) in parents {
        if let Some(node) = member(parent, "parents") {
            let message = format!("\"{name}\" has parents itself; there is one level of them");
            problems.push(node.problem(message, None));
        }
        for key in ["actions", "resources"] {
            fill(&mut root, key, parent);
        }
    }
    if let Some(infrastructures) = member_mut(&mut root, "infrastructures")
        && let Value::Map(members) = &mut infrastructures.value
    {
        let written = std::mem::take(members);
        *members = sections(written, parents, &mut problems);
    }
    if let Value::Map(members) = &mut root.value {
        members.retain(|(key, _)| key.text() != Some("parents"));
    }
    if problems.is_empty() {
        Ok(root)
    } else {
        Err(problems)
    }
}

/// Adds what the parent has under a key and the macfile has not.
fn fill(root: &mut Node, key: &str, parent: &Node) {
    let Some(Value::Map(theirs)) = member(parent, key).map(|node| &node.value) else {
        return;
    };
    if member(root, key).is_none()
        && let Value::Map(members) = &mut root.value
        && let Some((name, node)) = members_of(parent)
            .iter()
            .find(|(k, _)| k.text() == Some(key))
    {
        members.push((name.clone(), node.clone()));
        return;
    }
    let Some(Value::Map(ours)) = member_mut(root, key).map(|node| &mut node.value) else {
        return; // not a map: said when it is read
    };
    let known: BTreeSet<String> = names(ours);
    let missing = theirs
        .iter()
        .filter(|(name, _)| !known.contains(name.text().unwrap_or_default()));
    ours.extend(missing.cloned());
}

fn sections(
    written: Members,
    parents: &BTreeMap<String, Node>,
    problems: &mut Vec<Problem>,
) -> Members {
    let named: BTreeSet<String> = names(&written);
    let mut all = Members::new();
    for (key, value) in written {
        let Some((parent, section)) = key.text().and_then(|text| text.split_once('.')) else {
            all.push((key, value));
            continue;
        };
        let (parent, section) = (parent.to_owned(), section.to_owned());
        let defaults = match defaults(&key, &parent, parents) {
            Ok(defaults) => defaults,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        if section == "*" {
            all.extend(rest(defaults, &parent, &named));
            continue;
        }
        match single(key, value, &section, defaults) {
            Ok(one) => all.push(one),
            Err(problem) => problems.push(problem),
        }
    }
    all
}

/// The sections that a parent offers.
fn defaults<'p>(
    key: &Node,
    parent: &str,
    parents: &'p BTreeMap<String, Node>,
) -> Result<&'p Members, Problem> {
    let Some(root) = parents.get(parent) else {
        let hint = nearest(parent, parents.keys().map(String::as_str));
        return Err(key.problem(format!("there is no parent \"{parent}\""), hint));
    };
    match member(root, "defaults").map(|node| &node.value) {
        Some(Value::Map(members)) => Ok(members),
        _ => Err(key.problem(format!("the parent \"{parent}\" has no \"defaults\""), None)),
    }
}

/// What a wildcard takes: the sections that are not named, with or without the parent's name.
fn rest(defaults: &Members, parent: &str, named: &BTreeSet<String>) -> Members {
    let is_named = |name: &str| named.contains(name) || named.contains(&format!("{parent}.{name}"));
    let free = |(name, _): &&(Node, Node)| !is_named(name.text().unwrap_or_default());
    defaults.iter().filter(free).cloned().collect()
}

/// One section, with what is written here over it.
fn single(
    mut key: Node,
    value: Node,
    section: &str,
    defaults: &Members,
) -> Result<(Node, Node), Problem> {
    let found = defaults
        .iter()
        .find(|(name, _)| name.text() == Some(section));
    let Some((_, base)) = found else {
        let hint = nearest(section, defaults.iter().filter_map(|(name, _)| name.text()));
        return Err(key.problem(format!("the parent has no default \"{section}\""), hint));
    };
    let whole = merge(base.clone(), value);
    key.value = Value::Text(section.to_owned());
    Ok((key, whole))
}

/// Maps are merged, deeply; everything else is replaced, unless nothing is written.
fn merge(base: Node, over: Node) -> Node {
    if matches!(&over.value, Value::Text(text) if is_nothing(text)) {
        return base;
    }
    let (Value::Map(mut below), Value::Map(above)) = (base.value, over.value.clone()) else {
        return over;
    };
    for (key, value) in above {
        let known = below.iter().position(|(name, _)| name.text() == key.text());
        match known {
            Some(place) => {
                let (_, before) = below.swap_remove(place);
                below.push((key, merge(before, value)));
                let last = below.len() - 1;
                below.swap(place, last);
            }
            None => below.push((key, value)),
        }
    }
    Node {
        value: Value::Map(below),
        ..over
    }
}

fn is_nothing(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn members_of(node: &Node) -> &[(Node, Node)] {
    match &node.value {
        Value::Map(members) => members,
        Value::Text(_) | Value::List(_) => &[],
    }
}

fn member<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let found = members_of(node)
        .iter()
        .find(|(name, _)| name.text() == Some(key));
    found.map(|(_, value)| value)
}

fn member_mut<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    let Value::Map(members) = &mut node.value else {
        return None;
    };
    let found = members
        .iter_mut()
        .find(|(name, _)| name.text() == Some(key));
    found.map(|(_, value)| value)
}

fn names(members: &Members) -> BTreeSet<String> {
    members
        .iter()
        .filter_map(|(name, _)| name.text().map(str::to_owned))
        .collect()
}
