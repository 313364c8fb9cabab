//! Steps as pages show them, from what an author wrote.

mod authors;
mod code;
mod edit;
mod form;
mod links;
mod prose;
mod quiz;

use shared::tutorial::{Block, Command, TutorialStep};

use crate::Shown;
use crate::complaint::{Complaint, Place, nearest};
use crate::directive::Directive;
use crate::fence::Tails;
use crate::markdown::Survey;
use crate::outline::{self, Name, Part, Section};
use crate::source::Source;

/// What translations share with the original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mark {
    /// What is typed or copied, and how.
    Command(Command),
    Task(String),
    /// How many choices a question has, and which are right; none is not said.
    Quiz(usize, Option<Vec<u32>>),
    /// The file that is changed.
    Edit(String),
}

/// A step with the places of what translations share.
#[derive(Debug)]
pub(crate) struct Written {
    pub step: TutorialStep,
    /// The id that its author gave.
    pub id: Option<String>,
    pub place: Place,
    pub marks: Vec<(Place, Mark)>,
    pub images: Vec<Shown>,
}

/// Whether a question has to say which of its answers are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    Required,
    /// They are those of the original.
    Shared,
}

/// What is known when a text is written.
pub(crate) struct Context<'s> {
    pub source: &'s Source,
    pub tails: &'s Tails,
    pub survey: &'s Survey,
    /// The tasks that there are; none if nobody knows.
    pub tasks: Option<&'s [String]>,
    pub answers: Answers,
}

/// Writes a step; what its sections have no title for has an empty one.
pub(crate) fn write(context: &Context<'_>, sections: &[Section]) -> (Written, Vec<Complaint>) {
    let mut writer = Writer {
        context,
        commands: Vec::new(),
        marks: Vec::new(),
        images: Vec::new(),
        complaints: Vec::new(),
    };
    let parts = sections.iter().flat_map(|it| &it.parts);
    let blocks = parts.flat_map(|part| writer.part(part)).collect();
    let named = sections.iter().rev().find(|it| it.title.is_some());
    let at = named
        .or(sections.first())
        .map_or(context.survey.from, |it| it.at);
    let written = Written {
        step: TutorialStep {
            id: String::new(),
            title: named.and_then(|it| it.title.clone()).unwrap_or_default(),
            blocks,
            commands: writer.commands,
        },
        id: named.and_then(|it| it.id.clone()),
        place: context.source.place(at),
        marks: writer.marks,
        images: writer.images,
    };
    (written, writer.complaints)
}

struct Writer<'s> {
    context: &'s Context<'s>,
    commands: Vec<Command>,
    marks: Vec<(Place, Mark)>,
    images: Vec<Shown>,
    complaints: Vec<Complaint>,
}

impl Writer<'_> {
    fn part(&mut self, part: &Part) -> Vec<Block> {
        match part {
            Part::Text(range) => self.prose(range.clone()),
            Part::Directive(directive) => self.directive(directive).into_iter().collect(),
        }
    }

    fn directive(&mut self, directive: &outline::Directive) -> Option<Block> {
        match directive.name {
            Name::Task => self.task(directive),
            Name::Quiz => self.quiz(directive),
            Name::Edit => self.edit(directive),
            Name::Form => self.form(directive),
            Name::Hint => Some(Block::Hint {
                blocks: self.inner(directive),
            }),
            Name::Solution => Some(Block::Solution {
                blocks: self.inner(directive),
            }),
            Name::Note => Some(Block::Note {
                blocks: self.inner(directive),
            }),
        }
    }

    fn inner(&mut self, directive: &outline::Directive) -> Vec<Block> {
        if directive.parts.is_empty() {
            let message = format!("::{} is empty", directive.name.word());
            self.warn(directive.at, message);
        }
        let parts = directive.parts.iter();
        parts.flat_map(|part| self.part(part)).collect()
    }

    fn task(&mut self, directive: &outline::Directive) -> Option<Block> {
        let Some(task) = directive.attributes.id.clone() else {
            self.fail(directive.at, "::task{#name} says which task it shows", None);
            return None;
        };
        let known = self.context.tasks;
        if known.is_some_and(|known| !known.contains(&task)) {
            let words = known.into_iter().flatten().map(String::as_str);
            let hint = nearest(&task, words);
            self.fail(directive.at, format!("there is no task \"{task}\""), hint);
            return None;
        }
        self.mark(directive.at, Mark::Task(task.clone()));
        Some(Block::Task { task })
    }

    /// Adds a command to the step, and says its number.
    fn command(&mut self, at: usize, code: &str, directive: Directive) -> u32 {
        let command = Command {
            text: directive.text(code),
            action: directive.action,
        };
        if command.text.trim_matches(' ').is_empty() {
            self.warn(at, "this command is empty");
        }
        self.mark(at, Mark::Command(command.clone()));
        self.commands.push(command);
        (self.commands.len() - 1) as u32
    }

    fn mark(&mut self, at: usize, mark: Mark) {
        self.marks.push((self.context.source.place(at), mark));
    }

    fn warn(&mut self, at: usize, message: impl Into<String>) {
        self.complaints
            .push(self.context.source.warning(at, message));
    }

    fn fail(&mut self, at: usize, message: impl Into<String>, hint: Option<String>) {
        let complaint = self.context.source.error(at, message);
        self.complaints.push(complaint.with_hint(hint));
    }
}
