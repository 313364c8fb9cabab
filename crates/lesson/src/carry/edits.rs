//! Changes to a text that leave the rest of it as its author wrote it.

use std::ops::Range;

/// Changes to a text, by where they are in it.
#[derive(Debug, Default)]
pub(super) struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    /// Puts other text in a place.
    pub fn put(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.0.push((range, text.into()));
    }

    /// A stretch of the text with all changes; of two that overlap the first one counts.
    pub fn apply(mut self, text: &str, within: Range<usize>) -> String {
        self.0.sort_by_key(|(range, _)| (range.start, range.end));
        let (mut changed, mut at) = (String::new(), within.start);
        for (range, new) in self.0 {
            if range.start < at || range.end > within.end {
                continue;
            }
            changed.push_str(&text[at..range.start]);
            changed.push_str(&new);
            at = range.end;
        }
        changed.push_str(&text[at..within.end]);
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::Edits;

    #[test]
    fn changes_are_made_in_their_order_and_not_twice_in_a_place() {
        let mut edits = Edits::default();
        edits.put(6..7, "G");
        edits.put(2..4, "-");
        edits.put(3..5, "no");
        edits.put(1..1, "+");
        edits.put(7..9, "outside");
        assert_eq!(edits.apply("abcdefghi", 1..8), "+b-efGh");
    }
}
