//! Roles: kinds of servers, and how each is set up.

use std::collections::BTreeMap;

use super::keys::Section;
use crate::Problem;
use crate::document::{Node, Value};

/// A kind of server.
pub(super) struct Role<'n> {
    pub user_data: String,
    pub configuration: Option<String>,
    pub environment: Vec<(String, &'n Node)>,
}

pub(super) fn read<'n>(
    root: &Section<'n>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, Role<'n>> {
    let mut roles = BTreeMap::new();
    for (name, section) in root.sections("roles", problems) {
        section.check(&["instance create"], &[], problems);
        let Some(create) = section.get("instance create").and_then(|node| {
            Section::of(
                format!("\"instance create\" of the role \"{name}\""),
                node,
                problems,
            )
        }) else {
            continue;
        };
        roles.insert(name, role(&create, problems));
    }
    roles
}

fn role<'n>(create: &Section<'n>, problems: &mut Vec<Problem>) -> Role<'n> {
    let setups = ["bootstrap bash", "configuration"];
    let others = ["branch", "hd", "lifespan", "environment"];
    create.check(
        &[],
        &[setups, [others[0], others[1]], [others[2], others[3]]].concat(),
        problems,
    );
    let [bash, configuration] = setups.map(|key| create.word(key));
    if bash.is_some() == configuration.is_some() {
        let message = format!(
            "{} needs either \"bootstrap bash\" or \"configuration\"",
            create.title
        );
        problems.push(create.node.problem(message, None));
    }
    Role {
        user_data: bash.unwrap_or_default().to_owned(),
        configuration: configuration.map(str::to_owned),
        environment: environment(create, problems),
    }
}

/// `environment`: a list of `- KEY: value`.
pub(super) fn environment<'n>(
    section: &Section<'n>,
    problems: &mut Vec<Problem>,
) -> Vec<(String, &'n Node)> {
    let Some(node) = section.get("environment") else {
        return Vec::new();
    };
    let Value::List(items) = &node.value else {
        problems.push(node.problem("\"environment\" must be a list of \"- KEY: value\"", None));
        return Vec::new();
    };
    let mut variables = Vec::new();
    for item in items {
        match &item.value {
            Value::Map(members) => variables.extend(
                members
                    .iter()
                    .filter_map(|(key, value)| Some((key.text()?.to_owned(), value))),
            ),
            Value::Text(_) | Value::List(_) => {
                problems.push(item.problem("\"- KEY: value\" was expected", None));
            }
        }
    }
    variables
}
