//! A page of another platform's as a part of a `lesson.md`.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::edits::Edits;
use super::spelling::plain;
use crate::markdown::{self, Survey};
use crate::source::Source;
use crate::{Complaint, fence, link};

/// A page's text, from where it begins: its headings begin no steps, its images are seen from the folder
/// itself, and nothing in it reaches into what follows.
pub(super) fn text(
    source: &Source,
    from: usize,
    complaints: &mut Vec<Complaint>,
) -> (String, Vec<String>) {
    let mut blanked = Source::new(&source.file, &source.text);
    let (_, fence_end) = fence::take_all(&mut blanked, from);
    let fence_end = fence_end.map_or(String::new(), |line| format!("\n{line}"));
    let survey = Survey::new(&blanked, from);
    let mut page = Page {
        source,
        edits: Edits::default(),
        images: Vec::new(),
        complaints,
    };
    for heading in &survey.headings {
        page.demote(heading.range.clone());
    }
    let events = Parser::new_ext(&blanked.text[from..], markdown::options());
    let (mut end, mut depth) = (String::new(), 0_usize);
    let mut events = events
        .into_offset_iter()
        .map(|(event, it)| (event, it.start + from..it.end + from));
    while let Some((event, range)) = events.next() {
        match &event {
            Event::Start(Tag::Image { .. }) => {}
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        match event {
            Event::Start(Tag::Image { dest_url, .. }) => {
                let inner = events
                    .by_ref()
                    .take_while(|(it, _)| *it != Event::End(TagEnd::Image));
                let alt = inner.filter_map(|(it, _)| match it {
                    Event::Text(text) | Event::Code(text) => Some(text.to_string()),
                    _ => None,
                });
                page.image(&dest_url, &alt.collect::<String>(), range);
            }
            Event::Html(_) | Event::InlineHtml(_) => page.html(range),
            // one within something else ends with that
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) if depth == 1 => {
                let is_last = blanked.text[range.end..].trim().is_empty();
                end = if is_last {
                    fence_end.clone()
                } else {
                    String::new()
                };
            }
            Event::Start(Tag::HtmlBlock) => {
                end = end_of_html(&source.text[range]);
                if !end.is_empty() {
                    end.insert_str(0, &fence_end);
                }
            }
            _ => {}
        }
    }
    let (edits, images) = (page.edits, page.images);
    let text = edits.apply(&source.text, from..source.text.len());
    (format!("{}{end}", text.trim_end()), images)
}

struct Page<'p> {
    source: &'p Source,
    edits: Edits,
    images: Vec<String>,
    complaints: &'p mut Vec<Complaint>,
}

impl Page<'_> {
    /// Makes a heading of the third level of one of the second.
    fn demote(&mut self, range: Range<usize>) {
        let written = &self.source.text[range.clone()];
        if written.trim_start().starts_with('#') {
            let at = range.end - written.trim_start().len();
            self.edits.put(at..at, "#");
            return;
        }
        // it is underlined
        let lines: Vec<_> = written.trim_end().lines().collect();
        let (_, lines) = lines.split_last().unwrap_or((&"", &[]));
        let line = lines
            .iter()
            .map(|line| line.trim())
            .collect::<Vec<_>>()
            .join(" ");
        self.edits.put(range, format!("### {line}\n"));
    }

    fn image(&mut self, address: &str, alt: &str, range: Range<usize>) {
        if let Some(path) = self.found(address, range.start) {
            let image = format!("![{}]({})", plain(alt), link::encoded(&path));
            self.edits.put(range, image);
        }
    }

    /// The images that an author wrote as HTML.
    fn html(&mut self, range: Range<usize>) {
        let html = &self.source.text[range.clone()];
        for (at, _) in html.match_indices("<img") {
            let tag = &html[at..html[at..].find('>').map_or(html.len(), |end| at + end)];
            let Some(found) = tag.find("src=") else {
                continue;
            };
            let value = &tag[found + 4..];
            let quote = value.chars().next().filter(|it| matches!(it, '"' | '\''));
            let Some(quote) = quote else { continue };
            let Some(length) = value[1..].find(quote) else {
                continue;
            };
            let start = range.start + at + found + 5;
            if let Some(path) = self.found(&value[1..=length], start) {
                self.edits.put(start..start + length, link::encoded(&path));
            }
        }
    }

    /// The file that an image's address names; those elsewhere are told of when the text is read.
    fn found(&mut self, address: &str, at: usize) -> Option<String> {
        let path = link::image(address, &self.source.file);
        if path.is_none() {
            let message =
                format!("the image {address} is not carried over: it is none of the folder");
            self.complaints.push(self.source.warning(at, message));
        }
        self.images.extend(path.clone());
        path
    }
}

/// What ends HTML that is not ended before the page ends.
fn end_of_html(html: &str) -> String {
    let lower = html.trim_start().to_ascii_lowercase();
    let ends = [
        ("<!--", "-->"),
        ("<pre", "</pre>"),
        ("<script", "</script>"),
        ("<style", "</style>"),
        ("<textarea", "</textarea>"),
        ("<?", "?>"),
        ("<![cdata[", "]]>"),
        ("<!", ">"),
    ];
    let end = ends.into_iter().find(|(begin, _)| lower.starts_with(begin));
    match end.filter(|(_, end)| !lower.contains(end)) {
        Some((_, end)) => format!("\n{end}"),
        None => String::new(),
    }
}
