//! Links and images.

use pulldown_cmark::{Event, LinkType};

use super::Writer;
use super::prose::Prose;
use crate::link::{self, Target};
use crate::{Shown, html};

impl Prose<'_, '_, '_> {
    pub(super) fn link(&mut self, link_type: LinkType, address: &str, at: usize) {
        let stays = link_type == LinkType::Email || link::target(address) == Target::Kept;
        self.links.push(stays);
        if stays {
            let scheme = if link_type == LinkType::Email {
                "mailto:"
            } else {
                ""
            };
            self.push_html(format!("<a href=\"{scheme}{}\">", html::escape(address)));
        } else if link::target(address) == Target::Script {
            self.writer
                .fail(at, "this link runs something: it is left out", None);
        } else {
            let hint = Some("links are https:, http:, mailto:, dashboard: or relative".to_owned());
            let complaint = self
                .writer
                .context
                .source
                .warning(at, "this link is left out");
            self.writer.complaints.push(complaint.with_hint(hint));
        }
    }

    pub(super) fn end_link(&mut self) {
        if self.links.pop() == Some(true) {
            self.push_html("</a>".to_owned());
        }
    }

    pub(super) fn image(&mut self, address: &str, at: usize) {
        let mut alt = String::new();
        let mut open = 1;
        while let Some((event, _)) = self.events.pop_front() {
            match event {
                Event::Start(_) => open += 1,
                Event::End(_) => open -= 1,
                Event::Text(text) | Event::Code(text) => alt.push_str(&text),
                Event::SoftBreak | Event::HardBreak => alt.push(' '),
                _ => {}
            }
            if open == 0 {
                break;
            }
        }
        let alt = html::escape(&alt);
        match self.writer.image(address, at) {
            Some(source) => self.push_html(format!("<img src=\"{source}\" alt=\"{alt}\">")),
            None => self.push_html(alt),
        }
    }

    /// An image as its author wrote a tag for it.
    pub(super) fn authors_image(&mut self, tag: &str, at: usize) {
        const SOURCE: &str = "src=\"";
        let Some((before, rest)) = tag.split_once(SOURCE) else {
            return self.push_html(tag.to_owned());
        };
        let (address, after) = rest.split_once('"').unwrap_or((rest, ""));
        match self.writer.image(&address.replace("&amp;", "&"), at) {
            // where it is comes first, as pages look for it there
            Some(source) => {
                let others = before.strip_prefix("<img").unwrap_or_default();
                self.push_html(format!("<img {SOURCE}{source}\"{others}{after}"));
            }
            None => self.push_html(format!("{before}{after}")),
        }
    }
}

impl Writer<'_> {
    /// The address of an image here, if it is one of the folder.
    fn image(&mut self, address: &str, at: usize) -> Option<String> {
        let file = &self.context.source.file;
        let Some(path) = link::image(address, file) else {
            let message =
                "this image is left out: images are png, jpg, gif, webp or svg files of the folder";
            self.warn(at, message);
            return None;
        };
        let source = link::encoded(&path);
        self.images.push(Shown {
            path,
            file: file.clone(),
            place: self.context.source.place(at),
        });
        Some(source)
    }
}
