//! Steps of a lesson as other platforms read them.

mod code;

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{BrokenLink, CowStr, Event, Parser, Tag, TagEnd};

use super::Format;
use super::edits::Edits;
use super::spelling::plain;
use crate::fence::{self, Tails};
use crate::markdown::{self, Survey};
use crate::outline::{self, Name, Part, Section};
use crate::source::Source;
use crate::{Complaint, attributes, link, steps};

/// A step as it is carried over.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub text: String,
    /// The tasks that it shows.
    pub tasks: Vec<String>,
    /// The images that it shows.
    pub images: Vec<String>,
}

/// The steps of a lesson's source, which begins at `from`; `titles` are those of its tasks, and `above` is
/// how its folder is reached from where the steps are.
pub(super) fn steps(
    source: &Source,
    from: usize,
    format: Format,
    titles: &BTreeMap<String, String>,
    above: &str,
    complaints: &mut Vec<Complaint>,
) -> Vec<Step> {
    let mut blanked = Source::new(&source.file, &source.text);
    let tails = fence::take_tails(&mut blanked, from);
    let survey = Survey::new(&blanked, from);
    let (sections, _) = outline::outline(&blanked, &survey);
    let each = steps::groups(&sections).into_iter().map(|sections| {
        let mut exporter = Exporter {
            source,
            blanked: &blanked,
            tails: &tails,
            survey: &survey,
            format,
            titles,
            above,
            step: Step::default(),
            complaints,
        };
        exporter.sections(sections);
        exporter.step
    });
    each.collect()
}

struct Exporter<'s> {
    source: &'s Source,
    /// The same without directives at the ends of fences.
    blanked: &'s Source,
    tails: &'s Tails,
    survey: &'s Survey,
    format: Format,
    titles: &'s BTreeMap<String, String>,
    above: &'s str,
    step: Step,
    complaints: &'s mut Vec<Complaint>,
}

impl<'s> Exporter<'s> {
    fn sections(&mut self, sections: &[Section]) {
        let parts = sections.iter().flat_map(|it| &it.parts);
        let text: String = parts.map(|part| self.part(part)).collect();
        let defined = self.defined(&text);
        self.step.text = format!("{}\n{defined}", text.trim());
    }

    /// What links of a text lead to, where that is said elsewhere.
    fn defined(&self, text: &str) -> String {
        let text = text.to_lowercase();
        let is_used = |label: &str| {
            text.contains(&format!("[{label}]")) && !text.contains(&format!("[{label}]:"))
        };
        let used = self
            .survey
            .references
            .iter()
            .filter(|(label, _)| is_used(label));
        let lines: String = used
            .map(|(label, address)| format!("\n[{label}]: <{address}>"))
            .collect();
        if lines.is_empty() {
            lines
        } else {
            format!("{lines}\n")
        }
    }

    fn part(&mut self, part: &Part) -> String {
        match part {
            Part::Text(range) => {
                format!("{}\n\n", self.text(range.clone(), false).trim_matches('\n'))
            }
            Part::Directive(directive) => self.block(directive),
        }
    }

    fn inner(&mut self, directive: &outline::Directive) -> String {
        directive.parts.iter().map(|part| self.part(part)).collect()
    }

    fn block(&mut self, directive: &outline::Directive) -> String {
        match directive.name {
            Name::Task => self.task(directive),
            Name::Hint => folded("Hint", &self.inner(directive)),
            Name::Solution => folded("Solution", &self.inner(directive)),
            Name::Note => folded("Note", &self.inner(directive)),
            Name::Quiz => {
                let answer = directive.attributes.get("answer").unwrap_or_default();
                format!("{}{}", self.inner(directive), folded("Answer", answer))
            }
            Name::Form => self.form(directive),
            Name::Edit => {
                let file = plain(directive.attributes.get("file").unwrap_or_default());
                let what = match directive.attributes.get("match") {
                    Some(from) => format!("In {file}, put this in place of “{}”:", plain(from)),
                    None => format!("Put this at the end of {file}:"),
                };
                let text = directive.parts.iter().map(|part| match part {
                    Part::Text(range) => self.text(range.clone(), true),
                    Part::Directive(_) => String::new(),
                });
                format!(
                    "{what}\n\n{}\n\n",
                    text.collect::<String>().trim_matches('\n')
                )
            }
        }
    }

    fn task(&mut self, directive: &outline::Directive) -> String {
        let Some(name) = &directive.attributes.id else {
            return String::new();
        };
        let Some(title) = self.titles.get(name) else {
            return String::new();
        };
        self.step.tasks.push(name.clone());
        format!("**Task:** {}\n\n", plain(title))
    }

    /// A stretch of text; of an edit, code is nothing that is run.
    fn text(&mut self, range: Range<usize>, is_edit: bool) -> String {
        let mut edits = Edits::default();
        let events = self.events(range.clone());
        for (number, (event, at)) in events.iter().enumerate() {
            let rest = || events[number + 1..].iter();
            match event {
                Event::Code(_) => {
                    let next = rest().next();
                    if matches!(next, Some((Event::Text(_), it)) if it.start == at.end) {
                        self.behind(at.end..range.end, &mut edits);
                    }
                }
                Event::Start(Tag::CodeBlock(kind)) => {
                    self.code_block(kind, at, is_edit, &mut edits)
                }
                Event::Start(Tag::Link { dest_url, .. }) if leads_nowhere(dest_url) => {
                    let inner = rest().take_while(|(it, _)| *it != Event::End(TagEnd::Link));
                    let inner: Vec<_> = inner.map(|(_, it)| it.clone()).collect();
                    self.unlink(at, &inner, &mut edits);
                }
                Event::Start(Tag::Image { dest_url, .. }) => {
                    let inner = rest().take_while(|(it, _)| *it != Event::End(TagEnd::Image));
                    let alt = inner.filter_map(|(it, _)| match it {
                        Event::Text(text) | Event::Code(text) => Some(text.to_string()),
                        _ => None,
                    });
                    let alt = alt.collect::<String>();
                    self.image(dest_url, &alt, at, &mut edits);
                }
                Event::Html(_) | Event::InlineHtml(_) => self.html(at, &mut edits),
                Event::Text(_) => self.spotlights(at, &mut edits),
                _ => {}
            }
        }
        edits.apply(&self.source.text, range)
    }

    fn events(&self, range: Range<usize>) -> Vec<(Event<'s>, Range<usize>)> {
        let (survey, start) = (self.survey, range.start);
        let define = |link: BrokenLink<'s>| {
            let address = survey.references.get(&link.reference.to_lowercase())?;
            Some((CowStr::from(address.clone()), CowStr::Borrowed("")))
        };
        let text = &self.blanked.text[range];
        let parser = Parser::new_with_broken_link_callback(text, markdown::options(), Some(define));
        let events = parser.into_offset_iter();
        let placed = events.map(|(event, it)| (event, it.start + start..it.end + start));
        placed.collect()
    }

    /// Leaves a link's words alone.
    fn unlink(&mut self, range: &Range<usize>, inner: &[Range<usize>], edits: &mut Edits) {
        let message = "this link leads nowhere there: its words are left";
        self.complaints
            .push(self.source.warning(range.start, message));
        let (Some(first), Some(last)) = (inner.first(), inner.last()) else {
            return edits.put(range.clone(), "");
        };
        edits.put(range.start..first.start, "");
        let end = inner.iter().map(|it| it.end).max().unwrap_or(last.end);
        // a directive behind code is behind the code still
        edits.put(end..range.end, "");
    }

    fn image(&mut self, address: &str, alt: &str, range: &Range<usize>, edits: &mut Edits) {
        if let Some(path) = link::image(address, &self.source.file) {
            let address = format!("{}{}", self.above, link::encoded(&path));
            edits.put(range.clone(), format!("![{}]({address})", plain(alt)));
            self.step.images.push(path);
        }
    }

    fn html(&mut self, range: &Range<usize>, edits: &mut Edits) {
        let html = &self.source.text[range.clone()];
        for (at, _) in html.match_indices("src=\"") {
            let start = at + "src=\"".len();
            let Some(length) = html[start..].find('"') else {
                return;
            };
            let Some(path) = link::image(&html[start..start + length], &self.source.file) else {
                continue;
            };
            let place = range.start + start..range.start + start + length;
            edits.put(place, format!("{}{}", self.above, link::encoded(&path)));
            self.step.images.push(path);
        }
    }

    /// Leaves out buttons that show where something is.
    fn spotlights(&mut self, range: &Range<usize>, edits: &mut Edits) {
        const SPOTLIGHT: &str = "::spotlight";
        let text = &self.source.text[range.clone()];
        for (at, _) in text.match_indices(SPOTLIGHT) {
            let begin = range.start + at;
            // its attributes may be a text of their own to Markdown
            let said = &self.source.text[begin + SPOTLIGHT.len()..];
            let line = &said[..said.find('\n').unwrap_or(said.len())];
            let length = attributes::parse(line).map_or(0, |(_, length)| length);
            edits.put(begin..begin + SPOTLIGHT.len() + length, "");
        }
    }
}

fn folded(name: &str, inner: &str) -> String {
    format!(
        "<details><summary>{name}</summary>\n\n{}\n\n</details>\n\n",
        inner.trim()
    )
}

/// Whether a link leads to a page that other platforms don't have.
fn leads_nowhere(address: &str) -> bool {
    address.starts_with("dashboard:") || address.starts_with('#') || address.starts_with("../")
}
