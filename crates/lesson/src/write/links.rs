//! Links and images.

use pulldown_cmark::{Event, LinkType};

use super::prose::Prose;
use crate::html;
use crate::link::{self, Target};

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
        if link::is_image(address) {
            self.push_html(format!(
                "<img src=\"{}\" alt=\"{alt}\">",
                html::escape(address)
            ));
        } else {
            self.writer
                .warn(at, "this image is left out: images are files of the folder");
            self.push_html(alt);
        }
    }
}
