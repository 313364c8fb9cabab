//! What differs between two texts, line by line.

use similar::{ChangeTag, TextDiff};

/// How many lines are shown around what differs.
const AROUND: usize = 2;

/// A line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// It is in both.
    Kept(String),
    /// It is in the second alone.
    Added(String),
    /// It is in the first alone.
    Removed(String),
}

/// What differs between two texts, with the lines around.
pub fn difference(before: &str, after: &str) -> Vec<Line> {
    let difference = TextDiff::from_lines(before, after);
    let groups = difference.grouped_ops(AROUND);
    let changes = groups.iter().flatten();
    let changes = changes.flat_map(|op| difference.iter_changes(op));
    changes
        .map(|change| {
            let text = change.value().trim_end_matches('\n').to_owned();
            match change.tag() {
                ChangeTag::Equal => Line::Kept(text),
                ChangeTag::Insert => Line::Added(text),
                ChangeTag::Delete => Line::Removed(text),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Line, difference};

    #[test]
    fn what_differs_is_shown_with_two_lines_around() {
        let before = "1\n2\n3\n4\nold\n5\n6\n7\n";
        let shown = difference(before, &before.replace("old", "new"));
        assert_eq!(
            shown,
            [
                Line::Kept("3".into()),
                Line::Kept("4".into()),
                Line::Removed("old".into()),
                Line::Added("new".into()),
                Line::Kept("5".into()),
                Line::Kept("6".into()),
            ]
        );
        assert_eq!(difference("", "a\n"), [Line::Added("a".into())]);
        assert_eq!(difference("a\n", "a\n"), []);
    }
}
