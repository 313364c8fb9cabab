//! Prose as clean HTML.

use std::collections::VecDeque;
use std::ops::Range;

use pulldown_cmark::{BrokenLink, CowStr, Event, Parser, Tag, TagEnd, TextMergeWithOffset};
use shared::tutorial::Block;

use super::Writer;
use crate::{attributes, html, markdown};

/// Nobody nests lists and emphasis deeper; what reads HTML takes the square of it.
pub(super) const DEEPEST: usize = 32;

/// What Markdown says, with where it says it.
pub(super) type Events<'t> = VecDeque<(Event<'t>, Range<usize>)>;

/// Whether commands of their own are blocks of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fences {
    Blocks,
    Inline,
}

/// A stretch of prose that is being written.
pub(super) struct Prose<'w, 's, 't> {
    pub writer: &'w mut Writer<'s>,
    pub events: Events<'t>,
    pub fences: Fences,
    pub out: Vec<Event<'t>>,
    pub blocks: Vec<Block>,
    /// How many of Markdown's elements are open.
    pub depth: usize,
    /// The author's own tags that are open, with where.
    pub tags: Vec<(&'static str, usize)>,
    /// For each open link whether it stays.
    pub links: Vec<bool>,
    was_too_deep: bool,
}

impl<'s> Writer<'s> {
    pub(super) fn prose(&mut self, range: Range<usize>) -> Vec<Block> {
        self.write(range, Fences::Blocks)
    }

    /// Prose in one piece.
    pub(super) fn html(&mut self, range: Range<usize>) -> String {
        let blocks = self.write(range, Fences::Inline);
        let htmls = blocks.into_iter().filter_map(|block| match block {
            Block::Prose { html } => Some(html),
            _ => None,
        });
        htmls.collect()
    }

    fn write(&mut self, range: Range<usize>, fences: Fences) -> Vec<Block> {
        let mut prose = Prose {
            events: self.events(range),
            writer: self,
            fences,
            out: Vec::new(),
            blocks: Vec::new(),
            depth: 0,
            tags: Vec::new(),
            links: Vec::new(),
            was_too_deep: false,
        };
        while let Some((event, range)) = prose.events.pop_front() {
            prose.event(event, range);
        }
        prose.end();
        prose.blocks
    }

    /// What Markdown says of a stretch of the text.
    pub(super) fn events(&self, range: Range<usize>) -> Events<'s> {
        let (survey, start) = (self.context.survey, range.start);
        let define = |link: BrokenLink<'s>| {
            let label = link.reference.to_lowercase();
            let address = survey.references.get(&label)?;
            Some((CowStr::from(address.clone()), CowStr::Borrowed("")))
        };
        let text = &self.context.source.text[range];
        let options = markdown::options();
        let parser = Parser::new_with_broken_link_callback(text, options, Some(define));
        let events = TextMergeWithOffset::new(parser.into_offset_iter());
        let placed =
            |(event, it): (Event<'s>, Range<usize>)| (event, it.start + start..it.end + start);
        events.map(placed).collect()
    }
}

impl<'t> Prose<'_, '_, 't> {
    fn event(&mut self, event: Event<'t>, range: Range<usize>) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => self.code_block(&kind, range),
            Event::Start(Tag::HtmlBlock) => self.html_block(range.start),
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                ..
            }) => {
                self.link(link_type, &dest_url, range.start);
            }
            Event::End(TagEnd::Link) => self.end_link(),
            Event::Start(Tag::Image { dest_url, .. }) => self.image(&dest_url, range.start),
            Event::Start(tag) => {
                self.depth += 1;
                self.nest(Event::Start(tag), range.start);
            }
            Event::End(tag) => {
                self.nest(Event::End(tag), range.start);
                self.depth -= 1;
            }
            Event::Html(text) | Event::InlineHtml(text) => self.authors_html(&text, range.start),
            Event::Code(code) => self.code(code, range),
            Event::Text(text) => self.text(&text, range.start),
            other => self.out.push(other),
        }
    }

    /// Keeps the tag of an element unless too many are around it.
    fn nest(&mut self, event: Event<'t>, at: usize) {
        if self.depth <= DEEPEST {
            self.out.push(event);
        } else if !self.was_too_deep {
            self.was_too_deep = true;
            let message = format!("lists, quotes and emphasis may be {DEEPEST} deep");
            self.writer.fail(at, message, None);
        }
    }

    pub(super) fn push_html(&mut self, html: String) {
        self.out.push(Event::InlineHtml(html.into()));
    }

    /// Makes a block of what was written up to here.
    pub(super) fn flush(&mut self) {
        let mut html = String::new();
        pulldown_cmark::html::push_html(&mut html, std::mem::take(&mut self.out).into_iter());
        let html = html::clean(&html);
        if !html.is_empty() {
            self.blocks.push(Block::Prose { html });
        }
    }

    fn end(&mut self) {
        self.flush();
        let is_open = |(name, _): &&(&str, usize)| matches!(*name, "details" | "table" | "kbd");
        if let Some((name, at)) = self.tags.iter().find(is_open) {
            let message = format!("<{name}> is not closed before the text ends here");
            self.writer.warn(*at, message);
        }
    }

    /// Text, in which buttons may stand that show where something is.
    fn text(&mut self, text: &str, at: usize) {
        const SPOTLIGHT: &str = "::spotlight";
        let mut rest = text;
        while let Some(found) = rest.find(SPOTLIGHT) {
            let (before, after) = rest.split_at(found);
            self.out.push(Event::Text(before.to_owned().into()));
            let here = at + text.len() - after.len();
            let said = &after[SPOTLIGHT.len()..];
            let read = attributes::parse(said);
            let target = read
                .as_ref()
                .and_then(|(attributes, _)| attributes.get("target"));
            match (target, &read) {
                (Some(target), Some((_, length))) => {
                    let target = html::escape(target);
                    self.push_html(format!("<span data-spotlight=\"{target}\"></span>"));
                    rest = &said[*length..];
                }
                _ => {
                    let message = "::spotlight{target=\"name\"} says what it shows";
                    self.writer.fail(here, message, None);
                    rest = said;
                }
            }
        }
        self.out.push(Event::Text(rest.to_owned().into()));
    }
}
