//! A tutorial, done from its first step to its last.

use std::time::Duration;

use anyhow::Context as _;
use client::{Client, files, tutorials};
use shared::tutorial::{self, Action, Block, Change, Checked, TutorialStep, Unfit};
use tokio::time::{Instant, sleep, timeout};

use super::{beside::Beside, shell::Shell};
use crate::output::Output;

/// A command that takes longer does not end by itself.
const COMMAND_WITHIN: Duration = Duration::from_secs(300);
/// How often a task is looked at.
const GLANCE: Duration = Duration::from_millis(500);
/// How long a task may be undone after its step's commands until it is solved: what only a person does
/// is never done by them.
const LEFT_TO_A_PERSON: Duration = Duration::from_secs(5);

/// One who does a tutorial.
struct Trial<'a> {
    client: &'a Client,
    name: &'a str,
    within: Duration,
    /// The first terminal.
    shell: Shell,
    /// The others.
    beside: Beside,
    output: &'a Output,
}

/// Does a tutorial, and says of each command and each task how it went; ends with the first that fails.
/// What stands for the texts that were done to their end.
pub async fn run(
    client: &Client,
    name: &str,
    timeout_s: u64,
    output: &Output,
) -> anyhow::Result<Option<String>> {
    let detail = tutorials::read(client, name, "").await?;
    tutorials::reset(client, name).await?;
    let begun = Instant::now();
    let mut trial = Trial {
        client,
        name,
        within: Duration::from_secs(timeout_s),
        shell: Shell::start()?,
        beside: Beside::default(),
        output,
    };
    let went_well = trial.steps(&detail.steps).await;
    trial.beside.end().await?;
    if !went_well? {
        return Ok(None);
    }
    let count = detail.steps.len();
    let took = begun.elapsed().as_secs();
    output.result(&format!("{name}: all of {count} steps passed in {took} s"))?;
    Ok(Some(detail.fingerprint))
}

impl Trial<'_> {
    /// Does one step after the other; whether all went well.
    async fn steps(&mut self, steps: &[TutorialStep]) -> anyhow::Result<bool> {
        for (number, step) in (0..).zip(steps) {
            let count = steps.len();
            self.output
                .progress(&format!("[{}/{count}] {}", number + 1, step.title))?;
            tutorials::turn_to(self.client, self.name, number).await?;
            if !self.step(step).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Does what a step says, in its order; whether all of it went well.
    async fn step(&mut self, step: &TutorialStep) -> anyhow::Result<bool> {
        for block in &step.blocks {
            let went_well = match block {
                Block::Prose { html } => self.commands(step, &tutorial::commands_in(html)).await?,
                Block::Command { command } | Block::Form { command } => {
                    self.commands(step, &[*command]).await?
                }
                Block::Task { task } => self.task(task).await?,
                // what is beside the way is for who needs it
                Block::Hint { .. }
                | Block::Solution { .. }
                | Block::Note { .. }
                | Block::Quiz { .. } => true,
                Block::Edit { file, change } => self.edit(file, change).await?,
            };
            if !went_well {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn commands(&mut self, step: &TutorialStep, numbers: &[u32]) -> anyhow::Result<bool> {
        for number in numbers {
            let command = step.commands.get(usize::try_from(*number)?);
            let command = command.context("a command that there is not")?;
            let went_well = match command.action {
                Action::Run {
                    terminal: terminal @ 2..,
                    ..
                } => {
                    self.beside.type_line(terminal, &command.text).await?;
                    true
                }
                Action::Run {
                    enters: true,
                    fails,
                    ..
                } => self.command(&command.text, fails).await?,
                Action::Run { .. } | Action::Copy | Action::Show => true,
            };
            if !went_well {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Runs a command, which is to fail or not to.
    async fn command(&mut self, text: &str, fails: bool) -> anyhow::Result<bool> {
        let Ok(ended) = timeout(COMMAND_WITHIN, self.shell.run(text)).await else {
            self.output
                .result(&format!("  FAILED {text}: it does not end"))?;
            return Ok(false);
        };
        let ended = ended?;
        self.output.verbose(&ended.output);
        if (ended.code != 0) == fails {
            self.output.progress(&format!("  ok {text}"))?;
            return Ok(true);
        }
        let (code, said) = (ended.code, ended.output);
        self.output
            .result(&format!("  FAILED {text}: exit code {code}\n{said}"))?;
        Ok(false)
    }

    /// Makes a change to a file of the home, as a click on it does.
    async fn edit(&self, file: &str, change: &Change) -> anyhow::Result<bool> {
        let text = files::text(self.client, file).await?.unwrap_or_default();
        match change.made(&text) {
            Ok(text) => files::put_text(self.client, file, &text).await?,
            Err(Unfit::Made) => {}
            Err(unfit @ (Unfit::Missing | Unfit::Several)) => {
                let why = match unfit {
                    Unfit::Several => "what it changes is there more than once",
                    Unfit::Made | Unfit::Missing => "what it changes is not there",
                };
                self.output
                    .result(&format!("  FAILED change of {file}: {why}"))?;
                return Ok(false);
            }
        }
        self.output.progress(&format!("  ok change of {file}"))?;
        Ok(true)
    }

    /// Waits until a task is done, and solves it if nobody else does.
    async fn task(&self, task: &str) -> anyhow::Result<bool> {
        let begun = Instant::now();
        let mut is_solved = false;
        loop {
            let checked = tutorials::check(self.client, self.name, task).await?;
            match checked {
                Checked::Passed => {
                    let how = if is_solved { "solved" } else { "done" };
                    self.output.progress(&format!("  ok task {task}: {how}"))?;
                    return Ok(true);
                }
                Checked::Broken { message } => return self.undone(task, &message),
                Checked::Waiting { message, .. } if begun.elapsed() > self.within => {
                    return self.undone(task, message.as_deref().unwrap_or("it is not done"));
                }
                Checked::Waiting { .. } => {}
            }
            if !is_solved && begun.elapsed() > LEFT_TO_A_PERSON {
                is_solved = true;
                // a task without a solution waits for what was begun before
                if let Ok(solved) = tutorials::solve(self.client, self.name, task).await {
                    self.output.verbose(&solved.output);
                }
            }
            sleep(GLANCE).await;
        }
    }

    fn undone(&self, task: &str, why: &str) -> anyhow::Result<bool> {
        self.output
            .result(&format!("  FAILED task {task}: {why}"))?;
        Ok(false)
    }
}
