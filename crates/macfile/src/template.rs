//! Text with references to what other steps made.

use std::sync::LazyLock;

use regex::Regex;

/// Finds what may be a reference: a first word, a name, and what is asked of it.
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?:^|[^A-Za-z0-9_./-])(?P<whole>(?P<kind>role|infrastructure|resource|action)",
        r"\.(?P<name>[A-Za-z0-9_-]+)",
        r"\.(?:text\.regex\((?P<pattern>(?:[^()\\\n]|\\.|\((?:[^()\\\n]|\\.)*\))*)\)(?:\[(?P<index>[0-9]{1,4})\])?",
        r"|(?P<rest>[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)))",
    ))
    .expect("the pattern is a constant")
});

/// Text with references, as read from the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub(crate) pieces: Vec<Piece>,
    references: Vec<Reference>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    Reference(Reference),
}

/// Something that is known only once other steps have run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// `role.NAME.ACTION` or `infrastructure.NAME.ACTION`: run that action, use what it prints.
    Action {
        /// The role, or the infrastructure, that is spoken of.
        role: String,
        /// The action's name.
        action: String,
    },
    /// `action.ACTION.json.a.0.b` or `action.ACTION.text.regex(…)`: a part of what it prints.
    ActionOutput {
        /// The action's name.
        action: String,
        /// Which part.
        pick: Pick,
    },
    /// `role.NAME.PUBLIC_IP`, `.PRIVATE_IP` or `.FACT.x`.
    Fact {
        /// The role or the infrastructure whose instances are asked.
        of: String,
        /// What is asked.
        fact: Fact,
    },
    /// `resource.KEY.…`: a part of what a step's create command printed.
    Output {
        /// The step's key under `infrastructures`.
        step: String,
        /// Which part.
        pick: Pick,
    },
}

/// Which part of a command's output.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pick {
    /// All of it, trimmed.
    Text,
    /// What lies at this path of keys and places in JSON.
    Json(Vec<String>),
    /// What a pattern finds: its first group, or all of the match.
    Regex {
        /// The pattern; letters match both cases.
        pattern: String,
        /// Which match, from 0.
        index: usize,
    },
}

/// What an instance can be asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// Its public address.
    PublicIp,
    /// Its private address.
    PrivateIp,
    /// Another fact, by its name in lower case.
    Named(String),
}

/// A reference as written, before anybody has looked at whether its names exist.
pub(crate) struct Written<'t> {
    pub kind: &'t str,
    pub name: &'t str,
    /// `None` when `text.regex(…)` is asked for.
    pub rest: Option<&'t str>,
    pub pattern: Option<&'t str>,
    pub index: usize,
    pub whole: &'t str,
}

/// What a written reference turns out to be.
pub(crate) enum Meaning {
    Later(Reference),
    Now(String),
}

impl Template {
    /// Text without references.
    pub(crate) fn plain(text: &str) -> Self {
        Self {
            pieces: vec![Piece::Text(text.to_owned())],
            references: Vec::new(),
        }
    }

    /// Cuts `text` at its references, and asks `resolve` what each means.
    pub(crate) fn cut(text: &str, mut resolve: impl FnMut(Written<'_>) -> Meaning) -> Self {
        let mut pieces = Vec::new();
        let mut done = 0;
        for found in REFERENCE.captures_iter(text) {
            let (Some(whole), Some(kind), Some(name)) =
                (found.name("whole"), found.name("kind"), found.name("name"))
            else {
                continue;
            };
            pieces.push(Piece::Text(text[done..whole.start()].to_owned()));
            done = whole.end();
            pieces.push(
                match resolve(Written {
                    kind: kind.as_str(),
                    name: name.as_str(),
                    rest: found.name("rest").map(|rest| rest.as_str()),
                    pattern: found.name("pattern").map(|pattern| pattern.as_str()),
                    index: found
                        .name("index")
                        .and_then(|i| i.as_str().parse().ok())
                        .unwrap_or(0),
                    whole: whole.as_str(),
                }) {
                    Meaning::Later(reference) => Piece::Reference(reference),
                    Meaning::Now(text) => Piece::Text(text),
                },
            );
        }
        pieces.push(Piece::Text(text[done..].to_owned()));
        Self::of(pieces)
    }

    pub(crate) fn of(pieces: Vec<Piece>) -> Self {
        let mut references = Vec::new();
        for piece in &pieces {
            if let Piece::Reference(reference) = piece
                && !references.contains(reference)
            {
                references.push(reference.clone());
            }
        }
        Self { pieces, references }
    }

    /// What must be known before the text can be filled, without repetition.
    pub fn references(&self) -> &[Reference] {
        &self.references
    }
}

/// The text with its references as they may be written.
impl std::fmt::Display for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(text),
            Piece::Reference(reference) => reference.fmt(f),
        })
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Action { role, action } => write!(f, "role.{role}.{action}"),
            Self::ActionOutput { action, pick } => write!(f, "action.{action}.{pick}"),
            Self::Fact { of, fact } => write!(f, "role.{of}.{fact}"),
            Self::Output { step, pick } => write!(f, "resource.{step}.{pick}"),
        }
    }
}

impl std::fmt::Display for Pick {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text => f.write_str("text"),
            Self::Json(path) => write!(f, "json.{}", path.join(".")),
            Self::Regex { pattern, index } => write!(f, "text.regex({pattern})[{index}]"),
        }
    }
}

impl std::fmt::Display for Fact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::PublicIp => f.write_str("PUBLIC_IP"),
            Self::PrivateIp => f.write_str("PRIVATE_IP"),
            Self::Named(name) => write!(f, "FACT.{name}"),
        }
    }
}
