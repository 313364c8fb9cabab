//! A file's text with the places of its lines.

use std::ops::Range;

use crate::complaint::{Complaint, Place};

/// A file's text, with line ends of one kind.
pub(crate) struct Source {
    /// The file, by its path in the folder.
    pub file: String,
    /// The text, without a byte order mark and with `\n` alone at the ends of lines.
    pub text: String,
    /// Where lines start in it.
    starts: Vec<usize>,
}

impl Source {
    pub fn new(file: &str, text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self {
            file: file.to_owned(),
            text,
            starts,
        }
    }

    /// The number of the line, from 0, that the byte at `offset` is in.
    pub fn line_at(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset) - 1
    }

    pub fn place(&self, offset: usize) -> Place {
        let line = self.line_at(offset);
        let before = self.text.get(self.starts[line]..offset);
        (line + 1, before.unwrap_or_default().chars().count() + 1)
    }

    pub fn error(&self, offset: usize, message: impl Into<String>) -> Complaint {
        Complaint::error(&self.file, self.place(offset), message)
    }

    pub fn warning(&self, offset: usize, message: impl Into<String>) -> Complaint {
        Complaint::warning(&self.file, self.place(offset), message)
    }

    /// The lines from `from` to the end, each without its end, with where it is.
    pub fn lines(&self, from: usize) -> impl Iterator<Item = (Range<usize>, &str)> {
        let first = self.line_at(from);
        (first..self.starts.len()).map(|line| {
            let start = self.starts[line];
            let next = self.starts.get(line + 1);
            let end = next.map_or(self.text.len(), |next| next - 1);
            (start..end, &self.text[start..end])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Source;

    #[test]
    fn places_count_characters_from_one_whatever_the_line_ends() {
        let source = Source::new("a.md", "\u{feff}é\r\nüb\rc");
        assert_eq!(source.text, "é\nüb\nc");
        for (offset, place) in [
            (0, (1, 1)),
            (3, (2, 1)),
            (5, (2, 2)),
            (7, (3, 1)),
            (8, (3, 2)),
        ] {
            assert_eq!(source.place(offset), place, "{offset}");
        }
    }
}
