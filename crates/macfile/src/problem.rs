//! What is wrong with a macfile, and where.

use strsim::levenshtein;

/// One thing that is wrong with a macfile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}line {line}, column {column}: {message}{}", .file.as_ref().map(|file| format!("parent {file}, ")).unwrap_or_default(), .hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default())]
pub struct Problem {
    /// The parent that it is in; none is the macfile itself.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong, and what was expected.
    pub message: String,
    /// What was probably meant.
    pub hint: Option<String>,
}

/// `did you mean "role"?` for the word nearest to `word`, if one is near.
pub(crate) fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<String> {
    words
        .into_iter()
        .map(|candidate| (levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 4)
        .min()
        .map(|(_, candidate)| format!("did you mean \"{candidate}\"?"))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_word_is_offered_and_a_far_one_is_not() {
        assert_eq!(
            nearest("rolle", ["role", "ready"]).unwrap(),
            "did you mean \"role\"?"
        );
        assert_eq!(nearest("bananas", ["role", "ready"]), None);
    }
}
