//! A text cut into steps, and these into what is written and what is said of it.

mod parts;

use std::ops::Range;

use crate::attributes::{self, Attributes};
use crate::complaint::{Complaint, nearest};
use crate::markdown::Survey;
use crate::source::Source;

pub(crate) use parts::{Directive, Name, Part, Section};

/// Nobody nests hints deeper than this; it bounds recursion.
const DEEPEST: usize = 4;

/// Cuts what a survey saw into sections, of which the first may have no heading.
pub(crate) fn outline(source: &Source, survey: &Survey) -> (Vec<Section>, Vec<Complaint>) {
    let mut outliner = Outliner::new(source, survey.from);
    let mut headings = survey.headings.iter().peekable();
    let mut opaque = survey.opaque.iter().peekable();
    for (range, line) in source.lines(survey.from) {
        if let Some(heading) = headings.next_if(|it| it.range.start < range.end) {
            outliner.begin(heading.title.clone(), heading.id.clone(), &heading.range);
        }
        while opaque.next_if(|it| it.end <= range.start).is_some() {}
        let is_opaque = opaque.peek().is_some_and(|it| it.start < range.end);
        if !is_opaque && range.start >= outliner.text_from {
            outliner.line(range, line);
        }
    }
    outliner.end_section(source.text.len());
    (outliner.sections, outliner.complaints)
}

struct Outliner<'s> {
    source: &'s Source,
    sections: Vec<Section>,
    /// The directives that are open, the outermost first.
    open: Vec<Directive>,
    /// How many are open that are too deep to be read.
    too_deep: usize,
    /// Where the text begins that belongs to no part yet.
    text_from: usize,
    complaints: Vec<Complaint>,
}

impl<'s> Outliner<'s> {
    fn new(source: &'s Source, from: usize) -> Self {
        let preface = Section {
            at: from,
            ..Section::default()
        };
        Self {
            source,
            sections: vec![preface],
            open: Vec::new(),
            too_deep: 0,
            text_from: from,
            complaints: Vec::new(),
        }
    }

    fn begin(&mut self, title: String, id: Option<String>, range: &Range<usize>) {
        self.end_section(range.start);
        self.text_from = range.end;
        self.sections.push(Section {
            title: Some(title),
            id,
            at: range.start,
            parts: Vec::new(),
        });
    }

    fn end_section(&mut self, end: usize) {
        self.flush(end);
        self.too_deep = 0;
        while let Some(directive) = self.open.pop() {
            let message = format!("::{} is never closed", directive.name.word());
            let hint = Some("close it with :: on a line of its own".to_owned());
            let complaint = self.source.error(directive.at, message);
            self.complaints.push(complaint.with_hint(hint));
            self.close(directive, end);
        }
    }

    /// Makes a part of the text up to `end`.
    fn flush(&mut self, end: usize) {
        let range = self.text_from..end.max(self.text_from);
        if !self.source.text[range.clone()].trim().is_empty() {
            self.push(Part::Text(range));
        }
    }

    fn push(&mut self, part: Part) {
        match (self.open.last_mut(), self.sections.last_mut()) {
            (Some(directive), _) => directive.parts.push(part),
            (None, Some(section)) => section.parts.push(part),
            (None, None) => {}
        }
    }

    fn close(&mut self, mut directive: Directive, end: usize) {
        directive.body.end = end.max(directive.body.start);
        self.push(Part::Directive(directive));
    }

    fn line(&mut self, range: Range<usize>, line: &str) {
        let Some(said) = line.trim().strip_prefix("::") else {
            return;
        };
        if said.is_empty() {
            self.end_directive(range);
            return;
        }
        let end = said.find(|letter: char| !letter.is_ascii_lowercase());
        let (word, rest) = said.split_at(end.unwrap_or(said.len()));
        match Name::ALL.into_iter().find(|name| name.word() == word) {
            Some(name) => self.begin_directive(name, rest, range),
            // this one is a part of a text
            None if word == "spotlight" || word.is_empty() => {}
            None => self.unknown(word, range.start),
        }
    }

    fn unknown(&mut self, word: &str, at: usize) {
        let known = Name::ALL.map(Name::word).into_iter().chain(["spotlight"]);
        let complaint = self.source.warning(at, format!("there is no ::{word}"));
        self.complaints
            .push(complaint.with_hint(nearest(word, known)));
    }

    fn end_directive(&mut self, range: Range<usize>) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        self.flush(range.start);
        self.text_from = self.after(&range);
        match self.open.pop() {
            Some(directive) => self.close(directive, range.start),
            None => {
                let complaint = self.source.warning(range.start, ":: closes nothing");
                self.complaints.push(complaint);
            }
        }
    }

    fn begin_directive(&mut self, name: Name, rest: &str, range: Range<usize>) {
        if self.open.len() >= DEEPEST && name != Name::Task {
            if self.too_deep == 0 {
                let message = format!("blocks may be {DEEPEST} deep");
                self.complaints
                    .push(self.source.error(range.start, message));
            }
            self.too_deep += 1;
            return;
        }
        self.flush(range.start);
        self.text_from = self.after(&range);
        let directive = Directive {
            name,
            attributes: self.attributes(name, rest, range.start),
            at: range.start,
            body: self.text_from..self.text_from,
            parts: Vec::new(),
        };
        match name {
            Name::Task => self.push(Part::Directive(directive)),
            Name::Hint | Name::Solution | Name::Note | Name::Quiz | Name::Edit | Name::Form => {
                self.open.push(directive);
            }
        }
    }

    fn attributes(&mut self, name: Name, rest: &str, at: usize) -> Attributes {
        let word = name.word();
        let (attributes, message) = match attributes::parse(rest) {
            None => (
                Attributes::default(),
                format!("write {{#name}} or {{key=\"value\"}} behind ::{word}: this can't be read"),
            ),
            Some((attributes, length)) if !is_blank(&rest[length..]) => (
                attributes,
                format!("::{word} stands on a line of its own: the rest of the line is left out"),
            ),
            Some((attributes, _)) => return attributes,
        };
        self.complaints.push(self.source.error(at, message));
        attributes
    }

    /// Where the line after this one begins.
    fn after(&self, range: &Range<usize>) -> usize {
        (range.end + 1).min(self.source.text.len())
    }
}

/// Whether there is nothing but a comment.
fn is_blank(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || (text.starts_with("<!--") && text.ends_with("-->"))
}

#[cfg(test)]
mod tests {
    use super::{Part, Section, Source, Survey, outline};

    fn read(text: &str) -> (Vec<Section>, Vec<String>) {
        let source = Source::new("a.md", text);
        let (sections, complaints) = outline(&source, &Survey::new(&source, 0));
        (
            sections,
            complaints.iter().map(ToString::to_string).collect(),
        )
    }

    #[test]
    fn headings_make_sections_and_code_makes_nothing() {
        let text = "before\n\n## One {#first}\n\n```\n## no\n::hint\n```\n\nTwo `x`\n---\nend";
        let (sections, complaints) = read(text);
        let titles: Vec<_> = sections.iter().map(|it| it.title.as_deref()).collect();
        assert_eq!(titles, [None, Some("One"), Some("Two x")]);
        assert_eq!(sections[1].id.as_deref(), Some("first"));
        assert!(complaints.is_empty(), "{complaints:?}");
    }

    #[test]
    fn blocks_nest_and_close_in_their_order() {
        let (sections, complaints) = read("a\n::hint\nb\n::note\nc\n::\nd\n::\n::task{#x}\ne");
        assert!(complaints.is_empty(), "{complaints:?}");
        let parts = &sections[0].parts;
        assert_eq!(parts.len(), 4);
        let Part::Directive(hint) = &parts[1] else {
            panic!()
        };
        assert_eq!(hint.parts.len(), 3);
    }

    #[test]
    fn what_is_not_closed_is_told_where_it_begins() {
        let (_, complaints) = read("::hint\na\n\n## Next\n::\n::hnit\n");
        assert_eq!(
            complaints,
            [
                "a.md:1:1: error: ::hint is never closed (close it with :: on a line of its own)",
                "a.md:5:1: warning: :: closes nothing",
                "a.md:6:1: warning: there is no ::hnit (did you mean \"hint\"?)",
            ]
        );
    }
}
