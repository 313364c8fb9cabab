//! Sections: maps with keys that must, may or must not be there.

use crate::Problem;
use crate::document::{Node, Value};
use crate::problem::nearest;

/// A map with the words that say which one it is.
#[derive(Debug, Clone)]
pub(super) struct Section<'n> {
    pub title: String,
    pub node: &'n Node,
    members: &'n [(Node, Node)],
}

impl<'n> Section<'n> {
    /// The map at `node`; anything else is a problem.
    pub fn of(
        title: impl Into<String>,
        node: &'n Node,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let title = title.into();
        match &node.value {
            Value::Map(members) => Some(Self {
                title,
                node,
                members,
            }),
            Value::Text(_) | Value::List(_) => {
                problems.push(node.problem(format!("{title} must have keys and values"), None));
                None
            }
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.members
            .iter()
            .find(|(name, _)| name.text() == Some(key))
            .map(|(_, value)| value)
    }

    /// The text of a key.
    pub fn word(&self, key: &str) -> Option<&'n str> {
        self.get(key).and_then(Node::text)
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &'n str> {
        self.members.iter().filter_map(|(key, _)| key.text())
    }

    /// The maps under the map of a key, in order; none when the key is not there.
    pub fn sections(&self, key: &str, problems: &mut Vec<Problem>) -> Vec<(String, Section<'n>)> {
        let Some(section) = self
            .get(key)
            .and_then(|node| Section::of(format!("\"{key}\""), node, problems))
        else {
            return Vec::new();
        };
        section
            .members
            .iter()
            .filter_map(|(name, node)| {
                let name = name.text()?.to_owned();
                let inner = Section::of(format!("\"{name}\" under \"{key}\""), node, problems)?;
                Some((name, inner))
            })
            .collect()
    }

    /// Reports keys that are not there and keys that nobody knows.
    pub fn check(&self, required: &[&str], optional: &[&str], problems: &mut Vec<Problem>) {
        for key in required.iter().filter(|key| self.get(key).is_none()) {
            problems.push(
                self.node
                    .problem(format!("{} needs \"{key}\"", self.title), None),
            );
        }
        for (key, _) in self.members {
            let name = key.text().unwrap_or_default();
            if required.contains(&name) || optional.contains(&name) {
                continue;
            }
            let all: Vec<&str> = required.iter().chain(optional).copied().collect();
            let hint = nearest(name, all.iter().copied())
                .unwrap_or_else(|| format!("it may have {}", all.join(", ")));
            problems.push(key.problem(format!("{} has no \"{name}\"", self.title), Some(hint)));
        }
    }
}
