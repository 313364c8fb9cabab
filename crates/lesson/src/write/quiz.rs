//! Questions.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};
use shared::tutorial::Block;

use super::{Answers, Mark, Writer};
use crate::outline::{Directive, Part};

impl Writer<'_> {
    pub(super) fn quiz(&mut self, directive: &Directive) -> Option<Block> {
        if directive
            .parts
            .iter()
            .any(|it| matches!(it, Part::Directive(_)))
        {
            self.fail(directive.at, "a quiz holds no other blocks", None);
            return None;
        }
        let (question, choices) = match self.listed(directive.body.clone()) {
            Some(found) => found,
            None => self.marked(directive.body.clone()),
        };
        if choices.len() < 2 {
            let hint = Some("write (1) one (2) other, or a list".to_owned());
            self.fail(directive.at, "a quiz has two choices at least", hint);
            return None;
        }
        let answers = self.answers(directive, choices.len())?;
        self.mark(directive.at, Mark::Quiz(choices.len(), answers.clone()));
        Some(Block::Quiz {
            html: self.html(question),
            choices: choices.into_iter().map(|it| self.choice(it)).collect(),
            answers: answers.unwrap_or_default(),
        })
    }

    /// The right answers from 0, or none where they are those of the original.
    fn answers(&mut self, directive: &Directive, choices: usize) -> Option<Option<Vec<u32>>> {
        let Some(said) = directive.attributes.get("answer") else {
            if self.context.answers == Answers::Shared {
                return Some(None);
            }
            self.fail(
                directive.at,
                "::quiz{answer=2} says which answer is right",
                None,
            );
            return None;
        };
        let number = |word: &str| {
            let number = word.trim().parse::<usize>().ok()?;
            (1..=choices).contains(&number).then(|| (number - 1) as u32)
        };
        let answers: Option<Vec<u32>> = said.split(',').map(number).collect();
        if answers.is_none() {
            let message = format!("\"{said}\" is none of the {choices} answers");
            let hint = Some("answers count from 1: answer=1,3".to_owned());
            self.fail(directive.at, message, hint);
        }
        answers.map(|mut answers| {
            answers.sort_unstable();
            answers.dedup();
            Some(answers)
        })
    }

    /// A choice, without the paragraph around it.
    fn choice(&mut self, range: Range<usize>) -> String {
        let html = self.html(range);
        let inner = html
            .strip_prefix("<p>")
            .and_then(|it| it.strip_suffix("</p>"));
        match inner.filter(|inner| !inner.contains("<p>")) {
            Some(inner) => inner.to_owned(),
            None => html,
        }
    }

    /// The question before a list, and the list's items.
    fn listed(&self, body: Range<usize>) -> Option<(Range<usize>, Vec<Range<usize>>)> {
        let (mut depth, mut first, mut items) = (0_usize, None, Vec::new());
        for (event, range) in self.events(body.clone()) {
            match event {
                Event::Start(Tag::List(_)) if depth == 0 && first.is_none() => {
                    first = Some(range.start);
                }
                Event::Start(Tag::Item) if depth == 1 => items.push(self.item(range)),
                Event::End(TagEnd::List(_)) if depth == 1 => break,
                _ => {}
            }
            match event {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                _ => {}
            }
        }
        first.map(|first| (body.start..first, items))
    }

    /// An item without its bullet or number.
    fn item(&self, range: Range<usize>) -> Range<usize> {
        let text = self.context.source.text[range.clone()].trim_start();
        let bare = text.trim_start_matches(|it: char| it.is_ascii_digit());
        let bare = bare.get(1..).unwrap_or_default().trim_start();
        range.end - bare.len()..range.end
    }

    /// The question before `(1)`, and what is behind `(1)`, `(2)` and so on.
    fn marked(&self, body: Range<usize>) -> (Range<usize>, Vec<Range<usize>>) {
        let text = &self.context.source.text[body.clone()];
        let mut ends = Vec::new();
        let mut from = 0;
        loop {
            let mark = format!("({})", ends.len() + 1);
            let Some(found) = text[from..].find(&mark) else {
                break;
            };
            ends.push((from + found, from + found + mark.len()));
            from += found + mark.len();
        }
        let starts = ends.iter().skip(1).map(|it| it.0).chain([text.len()]);
        let inner = ends.iter().zip(starts);
        let choices = inner
            .map(|((_, from), to)| body.start + from..body.start + to)
            .collect();
        let question = ends.first().map_or(body.end, |it| body.start + it.0);
        (body.start..question, choices)
    }
}
