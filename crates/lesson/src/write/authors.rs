//! HTML that an author wrote into Markdown.

use pulldown_cmark::{Event, TagEnd};

use super::prose::{DEEPEST, Prose};
use crate::Severity;
use crate::html::{self, Token};

impl Prose<'_, '_, '_> {
    pub(super) fn html_block(&mut self, at: usize) {
        let mut html = String::new();
        while let Some((event, _)) = self.events.pop_front() {
            match event {
                Event::End(TagEnd::HtmlBlock) => break,
                Event::Html(text) | Event::Text(text) | Event::InlineHtml(text) => {
                    html.push_str(&text);
                }
                _ => {}
            }
        }
        self.authors_html(&html, at);
    }

    pub(super) fn authors_html(&mut self, text: &str, at: usize) {
        for token in html::tokens(text) {
            match token {
                Token::Text(text) => self.push_html(text),
                Token::Open("br", tag) => self.push_html(tag),
                Token::Open("img", tag) => self.authors_image(&tag, at),
                Token::Open(name, tag) if self.tags.len() < DEEPEST => {
                    self.tags.push((name, at));
                    self.push_html(tag);
                }
                Token::Open(name, _) => {
                    let message = format!("<{name}> is left out: too many tags are open");
                    self.writer.warn(at, message);
                }
                Token::Close(name) => self.close_tag(name),
                Token::Dropped(Severity::Error, message, within) => {
                    self.writer.fail(at + within, message, None);
                }
                Token::Dropped(Severity::Warning, message, within) => {
                    self.writer.warn(at + within, message);
                }
            }
        }
    }

    /// Closes what the author opened, and nothing that Markdown did.
    fn close_tag(&mut self, name: &str) {
        if let Some(opened) = self.tags.iter().rposition(|(open, _)| *open == name) {
            self.tags.truncate(opened);
            self.push_html(format!("</{name}>"));
        }
    }
}
