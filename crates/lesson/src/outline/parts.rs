//! What a text is cut into.

use std::ops::Range;

use crate::attributes::Attributes;

/// What a block directive is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Task,
    Hint,
    Solution,
    Note,
    Quiz,
    Edit,
    Form,
}

impl Name {
    pub const ALL: [Self; 7] = [
        Self::Task,
        Self::Hint,
        Self::Solution,
        Self::Note,
        Self::Quiz,
        Self::Edit,
        Self::Form,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Hint => "hint",
            Self::Solution => "solution",
            Self::Note => "note",
            Self::Quiz => "quiz",
            Self::Edit => "edit",
            Self::Form => "form",
        }
    }
}

/// A block directive with what is in it.
#[derive(Debug)]
pub(crate) struct Directive {
    pub name: Name,
    pub attributes: Attributes,
    /// Where it begins.
    pub at: usize,
    /// All that is between its first and its last line.
    pub body: Range<usize>,
    pub parts: Vec<Part>,
}

/// A part of a step.
#[derive(Debug)]
pub(crate) enum Part {
    Text(Range<usize>),
    Directive(Directive),
}

/// A step as it is written.
#[derive(Debug, Default)]
pub(crate) struct Section {
    /// What its heading says; none is what has no heading.
    pub title: Option<String>,
    /// The id that its heading gives.
    pub id: Option<String>,
    /// Where it begins.
    pub at: usize,
    pub parts: Vec<Part>,
}
