//! Code, with what a click on it does.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event};
use shared::tutorial::Action;

use super::Exporter;
use crate::carry::edits::Edits;
use crate::carry::{Format, spelling};
use crate::directive::{self, Directive, Found};
use crate::{fence, outline};

impl Exporter<'_> {
    /// The command of a form, which is all that is left of it.
    pub(super) fn form(&mut self, directive: &outline::Directive) -> String {
        let mut command = String::new();
        for (event, _) in self.events(directive.body.clone()) {
            if let Event::Text(text) = event {
                command.push_str(&text);
            }
        }
        let tail = self.written(&Directive::run(1), directive.at);
        format!("```bash\n{}\n```{tail}\n\n", command.trim_end_matches('\n'))
    }

    /// Writes the directive that is behind code.
    pub(super) fn behind(&mut self, range: Range<usize>, edits: &mut Edits) {
        let said = &self.source.text[range.clone()];
        let bare = said.trim_start_matches([' ', '\t']);
        let at = range.start + said.len() - bare.len();
        if let Found::Directive(directive, length) = directive::find(bare) {
            let written = self.written(&directive, at);
            edits.put(range.start..at + length, written);
        }
    }

    /// A directive as it is written there.
    fn written(&mut self, directive: &Directive, at: usize) -> String {
        if self.format == Format::Markdown {
            return String::new();
        }
        if matches!(directive.action, Action::Run { fails: true, .. }) {
            let message = "\"fails\" is not known there, and left out";
            self.complaints.push(self.source.warning(at, message));
        }
        spelling::directive(directive)
    }

    pub(super) fn code_block(
        &mut self,
        kind: &CodeBlockKind<'_>,
        range: &Range<usize>,
        is_edit: bool,
        edits: &mut Edits,
    ) {
        let CodeBlockKind::Fenced(info) = kind else {
            return;
        };
        let text = &self.source.text;
        let code = self.blanked.text[range.clone()].trim_end();
        let last_at = range.start + code.rfind('\n').map_or(0, |at| at + 1);
        let line = self
            .blanked
            .line_at(range.start + code.len().saturating_sub(1));
        if is_edit || fence::says(info) {
            // the language alone is left
            let ticks = code.len() - code.trim_start_matches(['`', '~']).len();
            let first_end = code.find('\n').map_or(range.end, |at| range.start + at);
            let language = info.split([',', ' ', '{']).next().unwrap_or_default();
            let is_left = !is_edit && !language.starts_with('.');
            let language = if is_left { language } else { "" };
            edits.put(range.start + ticks..first_end, language);
        }
        if is_edit {
            return;
        }
        let Some(tail) = self.tails.get(&line) else {
            let last = code[last_at - range.start..].trim_start_matches([' ', '\t', '>']);
            let is_closed = last.len() >= 3 && last.chars().all(|it| matches!(it, '`' | '~'));
            if let Some(said) = self.below(range.start + code.len()).filter(|_| is_closed) {
                let (directive, at) = said;
                let written = self.written(&directive, at.start);
                edits.put(range.start + code.len()..range.start + code.len(), written);
                edits.put(at, "");
            } else if is_closed && let Some(directive) = fence::said(info) {
                let written = self.written(&directive, range.start);
                edits.put(range.start + code.len()..range.start + code.len(), written);
            }
            return;
        };
        let (whole, is_in_line) = (tail.text.clone(), tail.is_in_line);
        let Found::Directive(directive, length) = directive::find(&whole) else {
            return;
        };
        let end = match text[last_at..].find(&whole) {
            Some(found) if length == whole.len() => last_at + found,
            _ => return,
        };
        let written = self.written(&directive, end);
        let ticks = text[..end].trim_end().len();
        if is_in_line {
            let bare = text[..ticks].trim_end_matches('`').len();
            let fence = "`".repeat(ticks - bare);
            edits.put(bare..end + whole.len(), format!("\n{fence}{written}"));
        } else {
            edits.put(ticks..end + whole.len(), written);
        }
    }

    /// The directive that is alone on the line below code that ends at a place.
    fn below(&self, end: usize) -> Option<(Directive, Range<usize>)> {
        let text = &self.source.text;
        let next = end + text[end..].find('\n')? + 1;
        let line = text[next..].lines().next()?;
        let said = line.trim_start_matches([' ', '\t', '>']);
        let at = next + line.len() - said.len();
        match directive::find(said) {
            Found::Directive(it, length) if said[length..].trim().is_empty() => {
                Some((it, at..at + length))
            }
            _ => None,
        }
    }
}
