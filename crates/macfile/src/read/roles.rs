//! Roles: kinds of servers, and how each is set up.

use std::collections::BTreeMap;

use super::keys::Section;
use crate::document::{Node, Value};
use crate::{Disk, Problem};

/// A kind of server.
pub(super) struct Role<'n> {
    pub user_data: String,
    pub configuration: Option<String>,
    pub environment: Vec<(String, &'n Node)>,
    pub disks: Vec<Disk>,
    pub lifespan_minutes: Option<u32>,
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
        disks: disks(create, problems),
        lifespan_minutes: lifespan(create, problems),
    }
}

/// `lifespan`: minutes.
pub(super) fn lifespan(section: &Section<'_>, problems: &mut Vec<Problem>) -> Option<u32> {
    let node = section.get("lifespan")?;
    let minutes = node.text().and_then(|text| text.parse().ok());
    if !minutes.is_some_and(|minutes| (1..=LONGEST_LIFESPAN).contains(&minutes)) {
        let message = format!("\"lifespan\" must be minutes, from 1 to {LONGEST_LIFESPAN}");
        problems.push(node.problem(message, None));
        return None;
    }
    minutes
}

/// 30 days.
const LONGEST_LIFESPAN: u32 = 60 * 24 * 30;

/// `hd`: a list of `- DEVICE: SIZE[:TYPE[:IOPS]]`, or one such map.
fn disks(create: &Section<'_>, problems: &mut Vec<Problem>) -> Vec<Disk> {
    let Some(node) = create.get("hd") else {
        return Vec::new();
    };
    let maps: Vec<&Node> = match &node.value {
        Value::List(items) => items.iter().collect(),
        Value::Map(_) | Value::Text(_) => vec![node],
    };
    let mut disks = Vec::new();
    for map in maps {
        let Value::Map(members) = &map.value else {
            problems.push(map.problem("\"- DEVICE: SIZE[:TYPE[:IOPS]]\" was expected", None));
            continue;
        };
        for (device, size) in members {
            match disk(
                device.text().unwrap_or_default(),
                size.text().unwrap_or_default(),
            ) {
                Some(disk) => disks.push(disk),
                None => {
                    let message = "SIZE[:TYPE[:IOPS]] was expected, SIZE in gigabytes";
                    problems.push(size.problem(message, None));
                }
            }
        }
    }
    disks
}

fn disk(device: &str, size: &str) -> Option<Disk> {
    let mut parts = size.split(':');
    let size_gb = parts.next()?.trim().parse().ok().filter(|size| *size > 0)?;
    let kind = parts.next().map(str::to_owned);
    let iops = parts.next().map(|iops| iops.parse().ok());
    let is_whole = parts.next().is_none() && iops != Some(None) && !device.is_empty();
    is_whole.then(|| Disk {
        device: device.to_owned(),
        size_gb,
        kind,
        iops: iops.flatten(),
    })
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
