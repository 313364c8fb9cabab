//! What the parts of a tutorial's page share: its terminal, its commands, its tasks.

use std::collections::BTreeMap;

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use shared::{
    Problem, ProblemKind, TutorialDetail,
    tutorial::{Action, Block, Checked, Command, Solved, Task, TutorialStep},
};

use super::{
    links,
    runs::{Deed, Place, Run, Runs, deed},
};
use crate::{
    live::server,
    terminals::{At, Guide},
};

/// A task is looked at again so long after the last time.
const CHECK_AFTER_MS: u32 = 2_500;

/// What the parts of a tutorial's page share.
#[derive(Clone, Copy)]
pub struct Player {
    /// What became of commands.
    pub runs: RwSignal<Runs>,
    /// The tasks that are done.
    pub done: RwSignal<Vec<String>>,
    /// What the last check of each task found.
    pub checked: RwSignal<BTreeMap<String, Checked>>,
    /// The step that is shown, from 0.
    pub step: Memo<usize>,
    /// Why the last check could not be made.
    pub problem: RwSignal<Option<Problem>>,
    /// The tutorial, which changes while its author looks at a preview.
    pub detail: RwSignal<TutorialDetail>,
    /// The number of its last change; 0 for one that nobody changes.
    pub revision: RwSignal<u64>,
    /// The task that was looked at last.
    looked_at: StoredValue<Option<String>>,
    guides: StoredValue<Vec<Guide>>,
    /// What is typed at the next prompt.
    waiting: RwSignal<Option<Place>>,
    /// What readers made of commands.
    made: StoredValue<BTreeMap<Place, String>>,
}

impl Player {
    /// Plays a tutorial of which some tasks are done.
    pub fn new(detail: RwSignal<TutorialDetail>, done: Vec<String>, step: Memo<usize>) -> Self {
        let terminals = detail.with_untracked(|detail| detail.terminals.len());
        let player = Self {
            runs: RwSignal::default(),
            done: RwSignal::new(done),
            checked: RwSignal::default(),
            step,
            problem: RwSignal::new(None),
            guides: StoredValue::new((0..terminals).map(|_| Guide::new()).collect()),
            detail,
            revision: RwSignal::new(0),
            looked_at: StoredValue::new(None),
            waiting: RwSignal::new(None),
            made: StoredValue::default(),
        };
        player.hear();
        player.keep_checking();
        player
    }

    /// The player of this page.
    pub fn current() -> Self {
        expect_context()
    }

    /// Shows the tutorial as it is after a change.
    pub fn change(self, detail: TutorialDetail, revision: u64) {
        let commands = |detail: &TutorialDetail| {
            let each = detail.steps.iter().map(|step| step.commands.clone());
            each.collect::<Vec<_>>()
        };
        if self.detail.with_untracked(commands) != commands(&detail) {
            // what became of a command was of one that stood elsewhere
            self.runs.set(Runs::default());
            self.made.set_value(BTreeMap::new());
        }
        self.revision.set(revision);
        self.detail.set(detail);
    }

    /// A text of the tutorial's with its links and images.
    pub fn led(self, html: &str) -> String {
        let name = self
            .detail
            .with_untracked(|detail| detail.tutorial.name.clone());
        let revision = self.revision.get_untracked();
        links::led(&links::pictured(html, &name, revision))
    }

    /// A step.
    pub fn step_at(self, step: usize) -> Option<TutorialStep> {
        self.detail
            .with_untracked(|detail| detail.steps.get(step).cloned())
    }

    /// A task.
    pub fn task(self, name: &str) -> Option<Task> {
        let find =
            |detail: &TutorialDetail| detail.tasks.iter().find(|task| task.name == name).cloned();
        self.detail.with_untracked(find)
    }

    /// The title of the first of these tasks that is not done.
    pub fn first_of(self, tasks: &[String]) -> Option<String> {
        let done = self.done.get();
        let missing = tasks.iter().find(|task| !done.contains(task))?;
        self.task(missing).map(|task| task.title)
    }

    /// A command, as its reader made it.
    pub fn command(self, (step, number): Place) -> Option<Command> {
        let at = usize::try_from(number).ok()?;
        let command = self
            .detail
            .with_untracked(|detail| detail.steps.get(step)?.commands.get(at).cloned())?;
        let made = self
            .made
            .with_value(|made| made.get(&(step, number)).cloned());
        Some(match made {
            Some(text) => Command { text, ..command },
            None => command,
        })
    }

    /// A command is this from now on.
    pub fn make(self, place: Place, text: String) {
        self.made.update_value(|made| {
            made.insert(place, text);
        });
    }

    /// The line that was typed last into the terminal that a command is for.
    pub fn line_beside(self, place: Place) -> Option<String> {
        let (_, guide) = self.command(place).and_then(|it| self.led_by(&it))?;
        guide.shell().line
    }

    /// What its terminals are called, and who leads each.
    pub fn terminals(self) -> Vec<(String, Guide)> {
        let names = self
            .detail
            .with_untracked(|detail| detail.terminals.clone());
        names.into_iter().zip(self.guides.get_value()).collect()
    }

    /// The number of the terminal that a command is for, and who leads it; the last one if there is none
    /// of that number.
    fn led_by(self, command: &Command) -> Option<(usize, Guide)> {
        let named = match command.action {
            Action::Run { terminal, .. } => usize::from(terminal).saturating_sub(1),
            Action::Copy | Action::Show => 0,
        };
        self.guides.with_value(|guides| {
            let number = named.min(guides.len().checked_sub(1)?);
            Some((number, *guides.get(number)?))
        })
    }

    /// Does what a click on a command means.
    pub fn click(self, place: Place) {
        let Some(command) = self.command(place) else {
            return;
        };
        let Some(led) = self.led_by(&command) else {
            return;
        };
        self.waiting.set(None);
        // a second click, before the shell has begun what the first one typed
        let at = match self.runs.with_untracked(|runs| runs.is_typing(led.0)) {
            true => At::Program,
            false => led.1.at(),
        };
        match deed(&command, at) {
            Deed::Type => self.type_in(place, &command, led),
            Deed::Press => led.1.press(command.text.as_bytes()),
            Deed::InterruptFirst => self.interrupt_for(place),
            Deed::Copy => {
                // the answer is of no use: who may not copy sees the text all the same
                drop(window().navigator().clipboard().write_text(&command.text));
                self.runs.update(|runs| runs.note(place, Run::Copied));
            }
            Deed::Say(run) => self.runs.update(|runs| runs.note(place, run)),
        }
    }

    /// Ends the program that runs, and types a command at the prompt that comes.
    pub fn interrupt_for(self, place: Place) {
        let led = self.command(place).and_then(|it| self.led_by(&it));
        if let Some((_, guide)) = led {
            guide.interrupt();
        }
        self.runs.update(|runs| runs.note(place, Run::Waiting));
        self.waiting.set(Some(place));
    }

    fn type_in(self, place: Place, command: &Command, (number, guide): (usize, Guide)) {
        guide.type_text(&command.text);
        if let Action::Run {
            enters: true,
            fails,
            ..
        } = command.action
        {
            let shell = guide.shell();
            self.runs.update(|runs| {
                if fails {
                    runs.is_to_fail(place);
                }
                runs.typed(place, number, &shell);
            });
            guide.enter();
        } else {
            guide.focus();
        }
    }

    fn hear(self) {
        for (number, guide) in self.guides.get_value().into_iter().enumerate() {
            Effect::new(move |_| {
                let shell = guide.shell();
                self.runs.try_update(|runs| runs.hear(number, &shell));
            });
        }
        Effect::new(move |_| {
            let Some(place) = self.waiting.get() else {
                return;
            };
            let led = self.command(place).and_then(|it| self.led_by(&it));
            if led.is_some_and(|(_, guide)| guide.at() == At::Prompt) {
                untrack(|| self.click(place));
            }
        });
    }

    /// Checks the tasks of the step that is shown, one at a time, until the page goes.
    fn keep_checking(self) {
        spawn_local(async move {
            loop {
                TimeoutFuture::new(CHECK_AFTER_MS).await;
                if self.done.try_get_untracked().is_none() {
                    return; // the page has gone
                }
                let next = (!document().hidden()).then(|| self.next_task()).flatten();
                if let Some(task) = next {
                    self.check(&task).await;
                }
            }
        });
    }

    /// The task that is looked at next: one of the step that is shown, which can be done now.
    fn next_task(self) -> Option<String> {
        let step = self.step_at(self.step.try_get_untracked()?)?;
        let done = self.done.try_get_untracked()?;
        let is_due = |task: &String| {
            let known = self.task(task);
            let can_be = known.is_some_and(|task| task.needs.iter().all(|it| done.contains(it)));
            can_be && !done.contains(task)
        };
        let due: Vec<String> = tasks_of(&step.blocks).into_iter().filter(is_due).collect();
        // one after the other, as one that can't be done is in no other's way
        let last = self.looked_at.try_get_value().flatten();
        let after = due.iter().position(|task| Some(task) == last.as_ref());
        let next = due
            .get(after.map_or(0, |at| at + 1))
            .or_else(|| due.first())?;
        self.looked_at.try_set_value(Some(next.clone()));
        Some(next.clone())
    }

    /// Finds out whether a task is done.
    pub async fn check(self, task: &str) {
        let tutorial = self
            .detail
            .try_with_untracked(|detail| detail.tutorial.name.clone());
        let Some(name) = tutorial else { return };
        let answer = async { client::tutorials::check(&server()?, &name, task).await }.await;
        match answer {
            Ok(checked) => {
                if checked == Checked::Passed {
                    self.done.try_update(|done| {
                        if !done.iter().any(|known| known == task) {
                            done.push(task.to_owned());
                        }
                    });
                }
                self.problem.try_set(None);
                self.checked
                    .try_update(|all| all.insert(task.to_owned(), checked));
            }
            // another tab does that now
            Err(problem) if problem.kind == ProblemKind::Conflict => {}
            Err(problem) => drop(self.problem.try_set(Some(problem))),
        }
    }

    /// Does a task for the reader, and looks whether it is done then.
    pub async fn solve(self, task: &str) -> Result<Solved, Problem> {
        let name = self
            .detail
            .with_untracked(|detail| detail.tutorial.name.clone());
        let solved = client::tutorials::solve(&server()?, &name, task).await?;
        self.check(task).await;
        Ok(solved)
    }
}

/// The tasks that blocks show, in order.
pub fn tasks_of(blocks: &[Block]) -> Vec<String> {
    let each = blocks.iter().flat_map(|block| match block {
        Block::Task { task } => vec![task.clone()],
        Block::Hint { blocks } | Block::Solution { blocks } | Block::Note { blocks } => {
            tasks_of(blocks)
        }
        Block::Prose { .. }
        | Block::Command { .. }
        | Block::Form { .. }
        | Block::Quiz { .. }
        | Block::Edit { .. } => vec![],
    });
    each.collect()
}
