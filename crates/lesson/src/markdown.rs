//! Where in a text headings, code and definitions are.

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag};

use crate::source::Source;

/// A heading that begins a step.
#[derive(Debug)]
pub(crate) struct Heading {
    pub range: Range<usize>,
    pub title: String,
    pub id: Option<String>,
}

/// What is seen of a text before it is cut.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// Where the text begins.
    pub from: usize,
    pub headings: Vec<Heading>,
    /// Code and comments, in which nothing is a directive.
    pub opaque: Vec<Range<usize>>,
    /// What `[…]` link to, by what is written in them.
    pub references: BTreeMap<String, String>,
}

/// What authors write beside plain Markdown.
pub(crate) fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH
}

impl Survey {
    pub fn new(source: &Source, from: usize) -> Self {
        let text = &source.text[from..];
        let parser = Parser::new_ext(text, options());
        let references = parser.reference_definitions().iter();
        let references = references.map(|(label, it)| (label.to_lowercase(), it.dest.to_string()));
        let mut survey = Self {
            from,
            references: references.collect(),
            ..Self::default()
        };
        let mut depth = 0_usize;
        for (event, range) in parser.into_offset_iter() {
            let range = range.start + from..range.end + from;
            survey.see(&event, range, depth, source);
            match event {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                _ => {}
            }
        }
        for heading in &mut survey.headings {
            heading.take_id();
        }
        survey
    }

    /// Of the same text without steps: its headings are text.
    pub fn without_steps(self) -> Self {
        Self {
            headings: Vec::new(),
            ..self
        }
    }

    fn see(&mut self, event: &Event<'_>, range: Range<usize>, depth: usize, source: &Source) {
        match event {
            Event::Start(Tag::Heading { level, .. })
                if depth == 0 && *level == HeadingLevel::H2 =>
            {
                let (title, id) = (String::new(), None);
                self.headings.push(Heading { range, title, id });
            }
            Event::Start(Tag::CodeBlock(_)) => self.opaque.push(range),
            Event::Start(Tag::HtmlBlock) if source.text[range.clone()].starts_with("<!--") => {
                self.opaque.push(range);
            }
            Event::Text(text) | Event::Code(text) => self.add_to_title(text, &range),
            Event::SoftBreak | Event::HardBreak => self.add_to_title(" ", &range),
            _ => {}
        }
    }

    fn add_to_title(&mut self, text: &str, range: &Range<usize>) {
        let last = self.headings.last_mut();
        if let Some(heading) = last.filter(|it| range.start < it.range.end) {
            heading.title.push_str(text);
        }
    }
}

impl Heading {
    /// Takes `{#id}` off the end of the title.
    fn take_id(&mut self) {
        let cut = self
            .title
            .trim_end()
            .strip_suffix('}')
            .and_then(|it| it.rsplit_once("{#"));
        if let Some((title, id)) = cut {
            self.id = Some(id.trim().to_owned());
            self.title = title.to_owned();
        }
        self.title = self.title.trim().to_owned();
    }
}
