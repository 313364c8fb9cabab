//! What is wrong with a macfile, and where.

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
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 4)
        .min()
        .map(|(_, candidate)| format!("did you mean \"{candidate}\"?"))
}

/// How many characters must be put in, taken out or replaced (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, left) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, right) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
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
