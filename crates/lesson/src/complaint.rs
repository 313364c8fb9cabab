//! What is wrong with a tutorial, or probably not meant, and where.

use std::fmt;

use strsim::levenshtein;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It keeps the tutorial from being what its author wants.
    Error,
    /// It is probably not meant.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One thing that is wrong with a tutorial, or probably not meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}:{line}:{column}: {severity}: {message}{}", .hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default())]
pub struct Complaint {
    /// The file, by its path in the folder.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, and what was expected.
    pub message: String,
    /// What was probably meant.
    pub hint: Option<String>,
}

/// A line and a column, both from 1.
pub type Place = (usize, usize);

impl Complaint {
    pub(crate) fn error(file: &str, place: Place, message: impl Into<String>) -> Self {
        Self::new(file, place, Severity::Error, message.into())
    }

    pub(crate) fn warning(file: &str, place: Place, message: impl Into<String>) -> Self {
        Self::new(file, place, Severity::Warning, message.into())
    }

    pub(crate) fn new(file: &str, at: Place, severity: Severity, message: String) -> Self {
        Self {
            file: file.to_owned(),
            line: at.0,
            column: at.1,
            severity,
            message,
            hint: None,
        }
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<Option<String>>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// `did you mean "role"?` for the word nearest to `word`, if one is near.
pub(crate) fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<String> {
    /// Nobody mistypes a longer word, and comparing takes the product of the lengths.
    const LONGEST: usize = 64;
    if word.len() > LONGEST {
        return None;
    }
    words
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 4)
        // people seldom mistype the first letter
        .min_by_key(|(distance, candidate)| (*distance, candidate.get(..1) != word.get(..1)))
        .map(|(_, candidate)| format!("did you mean \"{candidate}\"?"))
}
