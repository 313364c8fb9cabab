//! What references mean: which names exist, and what is known already while reading.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::keys::Section;
use crate::document::Node;
use crate::problem::nearest;
use crate::template::{Meaning, Written};
use crate::{Fact, Pick, Problem, Reference, Template};

/// `infrastructure.NAME.KEY`, with what stands before it.
static KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?P<before>^|[^A-Za-z0-9_./-])",
        r"infrastructure\.(?P<name>[A-Za-z0-9_-]+)\.(?P<key>[A-Za-z0-9_-]+)\b",
    ))
    .expect("the pattern is a constant")
});
/// Keys whose text refers to keys, and so on; it also ends those that refer to each other.
const DEEPEST_KEYS: usize = 8;
/// A command that keys blow up beyond this is nobody's.
const LONGEST_TEXT_BYTES: usize = 256 << 10;

/// The names that references may use.
pub(super) struct Names<'n> {
    pub roles: BTreeSet<String>,
    pub actions: BTreeSet<String>,
    pub infrastructures: Vec<(String, Section<'n>)>,
    /// Where each key of `infrastructures` is.
    pub places: HashMap<String, usize>,
}

/// Why a reference means nothing: what is wrong, and what was probably meant.
type Refusal = (String, Option<String>);

impl<'n> Names<'n> {
    /// Where a key of `infrastructures` is written.
    pub fn node_of(&self, key: &str) -> Option<&'n Node> {
        self.infrastructure(key).map(|section| section.node)
    }

    pub fn is_role_or_step(&self, name: &str) -> bool {
        self.roles.contains(name) || self.infrastructure(name).is_some()
    }

    fn infrastructure(&self, key: &str) -> Option<&Section<'n>> {
        let place = self.places.get(key)?;
        self.infrastructures.get(*place).map(|(_, section)| section)
    }

    /// Cuts a text at its references; `step` is the step whose parameters it may use.
    pub fn template(
        &self,
        text: &str,
        node: &Node,
        step: Option<&Section<'n>>,
        problems: &mut Vec<Problem>,
    ) -> Template {
        let text = self.with_parameters(text, node, step, problems);
        let text = self.with_keys(text);
        if let Some((of, fact)) = bare_fact(&text).filter(|(of, _)| self.is_role_or_step(of)) {
            let reference = Reference::Fact {
                of: of.to_owned(),
                fact,
            };
            return Template::of(vec![crate::template::Piece::Reference(reference)]);
        }
        Template::cut(&text, |written| {
            let whole = written.whole.to_owned();
            self.meaning(written).unwrap_or_else(|(message, hint)| {
                problems.push(node.problem(format!("{whole}: {message}"), hint));
                Meaning::Now(whole)
            })
        })
    }

    /// The text with `infrastructure.NAME.KEY` replaced by that key's text, whose own references
    /// are then read like any other.
    fn with_keys(&self, mut text: String) -> String {
        for _ in 0..DEEPEST_KEYS {
            if !text.contains("infrastructure.") {
                break;
            }
            let replaced = KEY.replace_all(&text, |found: &Captures<'_>| {
                let value = self
                    .infrastructure(&found["name"])
                    .and_then(|s| s.word(&found["key"]));
                match value {
                    Some(value) => format!("{}{value}", &found["before"]),
                    None => found[0].to_owned(),
                }
            });
            if replaced == text || replaced.len() > LONGEST_TEXT_BYTES {
                break;
            }
            text = replaced.into_owned();
        }
        text
    }

    /// The text with `infrastructure.param.NAME` replaced by the step's own parameters.
    fn with_parameters(
        &self,
        text: &str,
        node: &Node,
        step: Option<&Section<'n>>,
        problems: &mut Vec<Problem>,
    ) -> String {
        let Some(params) = step.and_then(|step| step.get("params")) else {
            return text.to_owned();
        };
        let Some(params) = Section::of("\"params\"", params, problems) else {
            return text.to_owned();
        };
        let mut names: Vec<&str> = params.keys().collect();
        // The longest first, so that `param.id` does not cut `param.id_long`.
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        names
            .into_iter()
            .fold(text.to_owned(), |text, name| match params.word(name) {
                Some(value) => text.replace(&format!("infrastructure.param.{name}"), value),
                None => {
                    problems.push(node.problem(format!("the parameter {name} must be text"), None));
                    text
                }
            })
    }

    fn meaning(&self, written: Written<'_>) -> Result<Meaning, Refusal> {
        match written.kind {
            "role" => self.of_role(&written).map(Meaning::Later),
            "infrastructure" => self.of_infrastructure(&written),
            "resource" => {
                self.step_must_exist(written.name)?;
                let step = written.name.to_owned();
                Ok(Meaning::Later(Reference::Output {
                    step,
                    pick: pick(&written)?,
                }))
            }
            _ => {
                self.action_must_exist(written.name)?;
                let action = written.name.to_owned();
                Ok(Meaning::Later(Reference::ActionOutput {
                    action,
                    pick: pick(&written)?,
                }))
            }
        }
    }

    fn of_role(&self, written: &Written<'_>) -> Result<Reference, Refusal> {
        let (name, rest) = (written.name, written.rest.unwrap_or("text"));
        if !self.is_role_or_step(name) {
            let hint = nearest(name, self.roles.iter().map(String::as_str));
            return Err((format!("there is no role \"{name}\""), hint));
        }
        if let Some(fact) = fact(rest) {
            return Ok(Reference::Fact {
                of: name.to_owned(),
                fact,
            });
        }
        self.action_must_exist(rest)?;
        Ok(Reference::Action {
            role: name.to_owned(),
            action: rest.to_owned(),
        })
    }

    fn of_infrastructure(&self, written: &Written<'_>) -> Result<Meaning, Refusal> {
        let (name, rest) = (written.name, written.rest.unwrap_or("text"));
        if name == "param" {
            return Err((
                format!("this step has no parameter \"{rest}\" under \"params\""),
                None,
            ));
        }
        self.step_must_exist(name)?;
        match self
            .infrastructure(name)
            .and_then(|section| section.word(rest))
        {
            Some(value) => Ok(Meaning::Now(value.to_owned())),
            None => self.of_role(written).map(Meaning::Later),
        }
    }

    fn step_must_exist(&self, name: &str) -> Result<(), Refusal> {
        if self.infrastructure(name).is_some() {
            return Ok(());
        }
        let hint = nearest(
            name,
            self.infrastructures.iter().map(|(key, _)| key.as_str()),
        );
        Err((format!("there is no infrastructure \"{name}\""), hint))
    }

    fn action_must_exist(&self, name: &str) -> Result<(), Refusal> {
        if self.actions.contains(name) {
            return Ok(());
        }
        let hint = nearest(name, self.actions.iter().map(String::as_str));
        Err((format!("there is no action \"{name}\""), hint))
    }
}

/// `app.PUBLIC_IP` as a whole value, without `role.` before it.
fn bare_fact(text: &str) -> Option<(&str, Fact)> {
    let (of, rest) = text.trim().split_once('.')?;
    fact(rest).map(|fact| (of, fact))
}

fn fact(text: &str) -> Option<Fact> {
    match text {
        "PUBLIC_IP" => Some(Fact::PublicIp),
        "PRIVATE_IP" => Some(Fact::PrivateIp),
        _ => text
            .strip_prefix("FACT.")
            .map(|name| Fact::Named(name.to_lowercase())),
    }
}

fn pick(written: &Written<'_>) -> Result<Pick, Refusal> {
    if let Some(pattern) = written.pattern {
        super::pattern(pattern).map_err(|_| ("the pattern cannot be read".to_owned(), None))?;
        return Ok(Pick::Regex {
            pattern: pattern.to_owned(),
            index: written.index,
        });
    }
    let rest = written.rest.unwrap_or_default();
    match rest.split_once('.') {
        None if rest == "text" => Ok(Pick::Text),
        Some(("json", path)) => Ok(Pick::Json(path.split('.').map(str::to_owned).collect())),
        _ => Err((
            "json.PATH, text or text.regex(PATTERN) was expected".to_owned(),
            None,
        )),
    }
}
