//! From the YAML tree to the plan: which keys there are, and what they mean.

mod infrastructures;
mod keys;
mod references;
mod roles;

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};

use crate::document::Node;
use crate::{Action, Plan, Problem, Template};
use keys::Section;
use references::Names;
use roles::Role;

/// A compiled pattern may take this much; a macfile is a stranger's text.
const PATTERN_BYTES: usize = 1 << 20; // 1 MiB

/// Compiles the pattern of `text.regex(…)`; letters match both cases.
pub(crate) fn pattern(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(PATTERN_BYTES)
        .build()
}

/// Everything that steps are made of, while problems are gathered.
struct Reader<'n> {
    problems: Vec<Problem>,
    names: Names<'n>,
    roles: BTreeMap<String, Role<'n>>,
    resources: BTreeMap<String, ResourceText<'n>>,
    actions: BTreeMap<String, Section<'n>>,
}

struct ResourceText<'n> {
    create: &'n Node,
    destroy: Option<&'n Node>,
}

/// Reads a whole macfile.
pub(crate) fn plan(root: &Node) -> Result<Plan, Vec<Problem>> {
    let mut problems = Vec::new();
    let Some(root) = root_section(root, &mut problems) else {
        return Err(problems);
    };
    let word = |key| root.word(key).unwrap_or_default().to_owned();
    let (name, version, description) = (word("name"), word("version"), word("description"));
    let mut reader = Reader::new(&root, problems);
    let steps = reader.steps(&root);
    let actions = reader.plan_actions();
    let mut problems = reader.problems;
    if !problems.is_empty() {
        problems.truncate(MOST_PROBLEMS);
        return Err(problems);
    }
    let plan = Plan {
        name,
        version,
        description,
        steps,
        actions,
    };
    match waits_for_itself(&plan) {
        None => Ok(plan),
        Some(key) => {
            let node = reader.names.node_of(&key).unwrap_or(root.node);
            let message = format!("{key} waits for a step that waits for it, or stands below it");
            Err(vec![node.problem(message, None)])
        }
    }
}

/// What is wrong with the name and the version of a macfile from which something new is to be made.
pub(crate) fn names(root: &Node) -> Vec<Problem> {
    let all = ["name", "version"].into_iter().filter_map(|key| {
        let node = crate::lint::get(root, key)?;
        let why = unnamable(node.text().unwrap_or_default())?;
        Some(node.problem(format!("\"{key}\" {why}"), None))
    });
    all.collect()
}

/// Why a text is no name or version: it is shown in a line, and is a segment of paths, from which
/// clients take `.` and `..` away, encoded or not.
fn unnamable(text: &str) -> Option<&'static str> {
    match text.trim() {
        "" => Some("must not be empty"),
        "." | ".." => Some("must not be \".\" or \"..\", which no path leads to"),
        _ if text.chars().any(char::is_control) => Some("must be one line of text"),
        _ => None,
    }
}

/// Nobody reads more.
const MOST_PROBLEMS: usize = 100;

/// The key of a step that could never begin, as steps wait for each other in a circle.
fn waits_for_itself(plan: &Plan) -> Option<String> {
    let mut needs = plan.needs();
    let mut done = vec![false; needs.len()];
    loop {
        let before = done.iter().filter(|done| **done).count();
        for place in 0..needs.len() {
            if !done[place] && needs[place].iter().all(|needed| done[*needed]) {
                done[place] = true;
                needs[place].clear();
            }
        }
        if done.iter().filter(|done| **done).count() == before {
            let first = done.iter().position(|done| !done)?;
            return plan.steps.get(first).map(|step| step.key.clone());
        }
    }
}

fn root_section<'n>(root: &'n Node, problems: &mut Vec<Problem>) -> Option<Section<'n>> {
    let section = Section::of("the macfile", root, problems)?;
    section.check(
        &["mac", "version", "name", "description", "infrastructures"],
        &["roles", "resources", "actions", "defaults"],
        problems,
    );
    Some(section)
}

impl<'n> Reader<'n> {
    fn new(root: &Section<'n>, mut problems: Vec<Problem>) -> Self {
        let roles = roles::read(root, &mut problems);
        let resources = resources(root, &mut problems);
        let actions = actions(root, &mut problems);
        let infrastructures = root.sections("infrastructures", &mut problems);
        let places = infrastructures
            .iter()
            .enumerate()
            .map(|(place, (key, _))| (key.clone(), place))
            .collect();
        let names = Names {
            roles: roles.keys().cloned().collect(),
            actions: actions.keys().cloned().collect(),
            infrastructures,
            places,
        };
        Self {
            problems,
            names,
            roles,
            resources,
            actions,
        }
    }

    /// A template of `node`'s text, with the parameters of its own step.
    fn template(&mut self, node: &'n Node, step: Option<&Section<'n>>) -> Template {
        match node.text() {
            Some(text) => self.names.template(text, node, step, &mut self.problems),
            None => {
                self.problems.push(node.problem("text was expected", None));
                Template::plain("")
            }
        }
    }

    fn plan_actions(&mut self) -> BTreeMap<String, Action> {
        let commands: Vec<(String, bool, &'n Node)> = self
            .actions
            .iter()
            .filter_map(|(name, section)| {
                let bash = section.get("bash").map(|node| (name.clone(), true, node));
                bash.or_else(|| section.get("ssh").map(|node| (name.clone(), false, node)))
            })
            .collect();
        commands
            .into_iter()
            .map(|(name, is_bash, node)| {
                let template = self.template(node, None);
                (
                    name,
                    if is_bash {
                        Action::Bash(template)
                    } else {
                        Action::Ssh(template)
                    },
                )
            })
            .collect()
    }
}

fn resources<'n>(
    root: &Section<'n>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, ResourceText<'n>> {
    let mut resources = BTreeMap::new();
    for (name, section) in root.sections("resources", problems) {
        section.check(&["create bash"], &["destroy bash"], problems);
        if let Some(create) = section.get("create bash") {
            let destroy = section.get("destroy bash");
            resources.insert(name, ResourceText { create, destroy });
        }
    }
    resources
}

fn actions<'n>(root: &Section<'n>, problems: &mut Vec<Problem>) -> BTreeMap<String, Section<'n>> {
    let sections = root.sections("actions", problems);
    for (name, section) in &sections {
        section.check(&[], &["bash", "ssh"], problems);
        if section.get("bash").is_some() == section.get("ssh").is_some() {
            let message = format!("the action \"{name}\" needs either \"bash\" or \"ssh\"");
            problems.push(section.node.problem(message, None));
        }
    }
    sections.into_iter().collect()
}
