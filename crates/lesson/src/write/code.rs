//! Code that can be clicked, and code that can't.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Tag, TagEnd};
use shared::tutorial::Block;

use super::prose::{Fences, Prose};
use crate::complaint::nearest;
use crate::directive::{self, Directive, Found};
use crate::{fence, html};

impl<'t> Prose<'_, '_, 't> {
    /// Code in a line, with what may follow it at once.
    pub(super) fn code(&mut self, code: CowStr<'t>, range: Range<usize>) {
        match self.behind(range.end) {
            Some(directive) => {
                let lines = self.lines_of(&range);
                let code = lines.as_deref().unwrap_or(&code);
                self.push_command(range.start, code, directive);
            }
            None => self.out.push(Event::Code(code)),
        }
    }

    /// Code in a line as it is written, where that is more than one: Markdown makes a blank of each line end,
    /// and a shell makes something else of it.
    fn lines_of(&self, range: &Range<usize>) -> Option<String> {
        let written = self.writer.context.source.text.get(range.clone())?;
        let inner = written.trim_matches('`');
        if !inner.trim().contains('\n') {
            return None;
        }
        let source = &self.writer.context.source.text;
        let begins = source[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let is_quoted = source[begins..].trim_start().starts_with('>');
        let bare = |line: &'_ str| match line.trim_start().strip_prefix('>') {
            Some(rest) if is_quoted => rest.strip_prefix(' ').unwrap_or(rest).to_owned(),
            _ => line.to_owned(),
        };
        let lines = inner.trim().lines().map(bare);
        Some(lines.collect::<Vec<_>>().join("\n"))
    }

    /// Takes the directive off the text that follows at `end`, at once or behind blanks.
    fn behind(&mut self, end: usize) -> Option<Directive> {
        let (event, range) = self.events.front_mut()?;
        let Event::Text(text) = event else {
            return None;
        };
        if range.start != end {
            return None;
        }
        let owned = text.to_string();
        let said = owned.trim_start_matches([' ', '\t']);
        let blanks = owned.len() - said.len();
        match directive::find(said) {
            Found::Directive(directive, length) => {
                *text = said[length..].to_owned().into();
                range.start += blanks + length;
                Some(directive)
            }
            Found::Unknown(said) if blanks == 0 || directive::is_said(said) => {
                self.unknown(said, end);
                None
            }
            // it may be part of a sentence
            Found::Unknown(_) | Found::Nothing => None,
        }
    }

    fn unknown(&mut self, said: &str, at: usize) {
        let words = said.split_whitespace();
        let is_known = |word: &str| directive::WORDS.contains(&word);
        let hint = words
            .filter(|word| !is_known(word))
            .find_map(|word| nearest(word, directive::WORDS));
        let message = format!("{{{{{said}}}}} says nothing that is known: it is shown");
        let complaint = self.writer.context.source.warning(at, message);
        self.writer.complaints.push(complaint.with_hint(hint));
    }

    pub(super) fn code_block(&mut self, kind: &CodeBlockKind<'t>, range: Range<usize>) {
        let mut code = String::new();
        while let Some((event, _)) = self.events.pop_front() {
            match event {
                Event::End(TagEnd::CodeBlock) => break,
                Event::Text(text) => code.push_str(&text),
                _ => {}
            }
        }
        let info = match kind {
            CodeBlockKind::Indented => None,
            CodeBlockKind::Fenced(info) => Some(info.as_ref()),
        };
        let last = self.last_line(&range);
        let tail = self.writer.context.tails.get(&last).cloned();
        let is_in_line = tail.as_ref().is_some_and(|tail| tail.is_in_line);
        let tail = tail.map(|tail| tail.text);
        let said = match tail.as_deref().map(directive::find) {
            Some(Found::Directive(it, length))
                if tail.as_ref().map(String::len) == Some(length) =>
            {
                Some(it)
            }
            Some(_) => None,
            None => self.below(last),
        };
        let is_unknown = tail.is_some() && said.is_none();
        if said.is_some()
            && is_in_line
            && let Some(first) = info.filter(|it| !fence::is_word(it))
        {
            // what stood behind the beginning was code too
            code.insert_str(0, &format!("{first}\n"));
        }
        match said.or_else(|| info.and_then(fence::default)) {
            Some(directive) => self.command_block(range.start, &code, directive),
            None => self.push_html(format!("<pre><code>{}</code></pre>\n", html::escape(&code))),
        }
        if let Some(tail) = tail.filter(|_| is_unknown) {
            self.unknown(tail.trim_matches(['{', '}', ' ']), range.start);
            self.push_html(format!("<p>{}</p>\n", html::escape(&tail)));
        }
    }

    /// The line, from 0, that code ends with.
    fn last_line(&self, range: &Range<usize>) -> usize {
        let source = self.writer.context.source;
        let length = source.text[range.clone()].trim_end().len();
        source.line_at(range.start + length.saturating_sub(1))
    }

    /// Takes the directive that is alone at the beginning of the next line.
    fn below(&mut self, last: usize) -> Option<Directive> {
        let source = self.writer.context.source;
        let begins = matches!(self.events.front(), Some((Event::Start(Tag::Paragraph), _)));
        let at = usize::from(begins);
        let Some((Event::Text(text), range)) = self.events.get(at) else {
            return None;
        };
        if source.line_at(range.start) != last + 1 {
            return None;
        }
        let directive = match directive::find(text) {
            Found::Directive(it, length) if text[length..].trim().is_empty() => it,
            _ => return None,
        };
        self.events.remove(at);
        match self.events.get(at) {
            Some((Event::SoftBreak | Event::HardBreak, _)) => {
                self.events.remove(at);
            }
            Some((Event::End(TagEnd::Paragraph), _)) if begins => {
                self.events.drain(..2);
            }
            _ => {}
        }
        Some(directive)
    }

    /// A command of its own; within something else it stays there.
    fn command_block(&mut self, at: usize, code: &str, directive: Directive) {
        if self.fences == Fences::Blocks && self.depth == 0 && self.tags.is_empty() {
            self.flush();
            let command = self.writer.command(at, code, directive);
            self.blocks.push(Block::Command { command });
        } else {
            self.push_html("<pre>".to_owned());
            self.push_command(at, code, directive);
            self.push_html("</pre>\n".to_owned());
        }
    }

    fn push_command(&mut self, at: usize, code: &str, directive: Directive) {
        let command = self.writer.command(at, code, directive);
        let shown = html::escape(code.strip_suffix('\n').unwrap_or(code));
        self.push_html(format!("<code data-command=\"{command}\">{shown}</code>"));
    }
}
