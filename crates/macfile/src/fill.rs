//! Filling templates from what is known by now.

use std::collections::BTreeMap;

use crate::template::Piece;
use crate::{Fact, Pick, Reference, Template};

/// What is known by now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// What each step's create command printed, by the step's key.
    pub outputs: BTreeMap<String, String>,
    /// What each action's command printed, by the action's name.
    pub actions: BTreeMap<String, String>,
    /// The instances that exist.
    pub instances: Vec<InstanceFacts>,
}

/// What is known of an instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstanceFacts {
    /// The role that it plays.
    pub role: String,
    /// The key of the step that made it.
    pub step: String,
    /// Its public address.
    pub public_address: Option<String>,
    /// Its private address.
    pub private_address: Option<String>,
    /// Other facts, by their names in lower case.
    pub facts: BTreeMap<String, String>,
}

/// Why a template cannot be filled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// The thing has not happened yet.
    #[error("{0} is not known yet")]
    NotYet(Reference),
    /// The thing has happened, and its output does not have the part.
    #[error("the output does not have {reference}: {reason}")]
    NoSuchPart {
        /// What was asked for.
        reference: Reference,
        /// What there was instead.
        reason: String,
    },
}

impl Template {
    /// The text with every reference replaced by what it stands for.
    pub fn fill(&self, known: &Known) -> Result<String, FillError> {
        let mut filled = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Reference(reference) => filled.push_str(&known.value(reference)?),
            }
        }
        Ok(filled)
    }
}

impl Known {
    fn value(&self, reference: &Reference) -> Result<String, FillError> {
        let not_yet = || FillError::NotYet(reference.clone());
        match reference {
            Reference::Action { action, .. } => Ok(self
                .actions
                .get(action)
                .ok_or_else(not_yet)?
                .trim()
                .to_owned()),
            Reference::ActionOutput { action, pick } => part(
                self.actions.get(action).ok_or_else(not_yet)?,
                pick,
                reference,
            ),
            Reference::Output { step, pick } => {
                part(self.outputs.get(step).ok_or_else(not_yet)?, pick, reference)
            }
            Reference::Fact { of, fact } => self.fact(of, fact).ok_or_else(not_yet),
        }
    }

    /// The fact of every instance, with spaces between; none while an instance lacks it.
    fn fact(&self, of: &str, fact: &Fact) -> Option<String> {
        let values: Option<Vec<&str>> = self
            .instances
            .iter()
            .filter(|instance| instance.role == of || instance.step == of)
            .map(|instance| instance.fact(fact))
            .collect();
        values
            .filter(|values| !values.is_empty())
            .map(|values| values.join(" "))
    }
}

impl InstanceFacts {
    fn fact(&self, fact: &Fact) -> Option<&str> {
        match fact {
            Fact::PublicIp => self.public_address.as_deref(),
            Fact::PrivateIp => self.private_address.as_deref(),
            Fact::Named(name) => self.facts.get(name).map(String::as_str),
        }
    }
}

fn part(output: &str, pick: &Pick, reference: &Reference) -> Result<String, FillError> {
    let output = output.trim();
    let found = match pick {
        Pick::Text => Ok(output.to_owned()),
        Pick::Json(path) => json_part(output, path),
        Pick::Regex { pattern, index } => regex_part(output, pattern, *index),
    };
    found.map_err(|reason| FillError::NoSuchPart {
        reference: reference.clone(),
        reason,
    })
}

fn json_part(output: &str, path: &[String]) -> Result<String, String> {
    let mut value: serde_json::Value =
        serde_json::from_str(output).map_err(|error| format!("it is not JSON: {error}"))?;
    for key in path {
        let place = match &mut value {
            serde_json::Value::Array(items) => key
                .parse()
                .ok()
                .and_then(|place: usize| items.get_mut(place)),
            serde_json::Value::Object(members) => members.get_mut(key),
            _ => None,
        };
        value = place
            .ok_or_else(|| format!("there is no \"{key}\""))?
            .take();
    }
    Ok(match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    })
}

fn regex_part(output: &str, pattern: &str, index: usize) -> Result<String, String> {
    let regex = crate::read::pattern(pattern).map_err(|error| error.to_string())?;
    let found = regex
        .captures_iter(output)
        .nth(index)
        .ok_or_else(|| format!("match {index} of the pattern is not there"))?;
    let whole = found.get(1).or_else(|| found.get(0));
    Ok(whole
        .map(|text| text.as_str().to_owned())
        .unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{json_part, regex_part};

    #[test]
    fn json_is_followed_by_keys_and_places() {
        let output = r#"{"Images":[{"Id":"ami-1","Size":8}]}"#;
        let path = |path: &str| path.split('.').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(json_part(output, &path("Images.0.Id")).unwrap(), "ami-1");
        assert_eq!(json_part(output, &path("Images.0.Size")).unwrap(), "8");
        assert_eq!(
            json_part(output, &path("Images.1.Id")).unwrap_err(),
            "there is no \"1\""
        );
    }

    #[test]
    fn a_pattern_gives_its_first_group_of_the_match_asked_for() {
        assert_eq!(regex_part("id=A id=B", "ID=([a-z])", 1).unwrap(), "B");
        assert_eq!(regex_part("id=A", "id=.", 0).unwrap(), "id=A");
        assert!(regex_part("id=A", "id=.", 1).is_err());
    }
}
