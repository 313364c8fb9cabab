//! Changes to files.

use pulldown_cmark::{Event, Tag, TagEnd};
use shared::tutorial::{Block, Change};

use super::{Mark, Writer};
use crate::outline::{Directive, Part};

impl Writer<'_> {
    pub(super) fn edit(&mut self, directive: &Directive) -> Option<Block> {
        if directive
            .parts
            .iter()
            .any(|it| matches!(it, Part::Directive(_)))
        {
            self.fail(directive.at, "an edit holds no other blocks", None);
            return None;
        }
        let file = self.edited(directive)?;
        let Some(text) = self.fenced(directive) else {
            let hint = Some("put the new text between lines of ```".to_owned());
            self.fail(
                directive.at,
                "an edit holds one fence with the new text",
                hint,
            );
            return None;
        };
        let change = match directive.attributes.get("match") {
            Some("") => {
                self.fail(directive.at, "match=\"\" is found everywhere", None);
                return None;
            }
            Some(from) => Change::Replace {
                from: from.to_owned(),
                to: text.strip_suffix('\n').unwrap_or(&text).to_owned(),
            },
            None => Change::Append { text },
        };
        self.mark(directive.at, Mark::Edit(file.clone()));
        Some(Block::Edit { file, change })
    }

    /// The file, below the home.
    fn edited(&mut self, directive: &Directive) -> Option<String> {
        let Some(file) = directive.attributes.get("file") else {
            self.fail(
                directive.at,
                "::edit{file=\"name\"} says which file it changes",
                None,
            );
            return None;
        };
        let file = file.strip_prefix("~/").unwrap_or(file);
        let is_outside = file.is_empty() || file.starts_with(['/', '~']);
        if is_outside || file.split('/').any(|part| part == "..") {
            self.fail(
                directive.at,
                format!("\"{file}\" is not below the home"),
                None,
            );
            return None;
        }
        Some(file.to_owned())
    }

    /// The text of the only fence.
    pub(super) fn fenced(&self, directive: &Directive) -> Option<String> {
        let mut fences: Vec<String> = Vec::new();
        let mut is_inside = false;
        for (event, _) in self.events(directive.body.clone()) {
            match event {
                Event::Start(Tag::CodeBlock(_)) => {
                    is_inside = true;
                    fences.push(String::new());
                }
                Event::End(TagEnd::CodeBlock) => is_inside = false,
                Event::Text(text) if is_inside => {
                    fences.last_mut()?.push_str(&text);
                }
                _ => {}
            }
        }
        (fences.len() == 1).then(|| fences.remove(0))
    }
}
