//! Going on by itself: after a command that ended well, the next one of the step is clicked.

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use shared::tutorial::{Action, Block, TutorialStep, commands_in};

use super::{
    player::Player,
    runs::{Place, Run},
};

/// How long one sees how a command ended, before the next is typed.
const SEEN_MS: u32 = 800;

/// Lets the step go on by itself, once that is switched on.
#[component]
pub fn GoingOn() -> impl IntoView {
    let player = Player::current();
    let is_on = RwSignal::new(false);
    // what ended last, so that each end leads on once
    let led = StoredValue::new(None::<(Place, u32)>);
    let ends = StoredValue::new(0_u32);
    Effect::new(move |before: Option<Option<(Place, Run)>>| {
        let last = player.runs.with(|runs| runs.last());
        if before.flatten() != last {
            ends.update_value(|ends| *ends += 1);
        }
        let done = player.done.get();
        let (Some((place, run)), true) = (last, is_on.get()) else {
            return last;
        };
        let end = (place, ends.get_value());
        let step = player
            .step_at(place.0)
            .filter(|_| player.step.get() == place.0);
        let next = step.and_then(|step| next(&step, place.1, run, &done));
        if let Some(next) = next.filter(|_| led.get_value() != Some(end)) {
            led.set_value(Some(end));
            spawn_local(async move {
                TimeoutFuture::new(SEEN_MS).await;
                // unless the reader has gone on, or did something else meanwhile
                let stays =
                    player.runs.try_with_untracked(|runs| runs.last()) == Some(Some((place, run)));
                if stays && is_on.try_get_untracked() == Some(true) {
                    player.click((place.0, next));
                }
            });
        }
        last
    });
    view! {
        <label class="going-on">
            <input type="checkbox" prop:checked=is_on on:change=move |event| is_on.set(event_target_checked(&event))/>
            "Go on by itself"
        </label>
    }
}

/// What a step has in its order, as far as it stops a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop<'s> {
    Command(u32),
    Task(&'s str),
    /// Something that a person reads or does.
    Person,
}

/// The command that comes after one that ended, unless a person is to do something before.
fn next(step: &TutorialStep, ended: u32, run: Run, done: &[String]) -> Option<u32> {
    if !matches!(run, Run::Ended(Some(0)) | Run::Failed(_)) {
        return None;
    }
    let stops: Vec<Stop<'_>> = step.blocks.iter().flat_map(stops).collect();
    let at = stops
        .iter()
        .position(|stop| *stop == Stop::Command(ended))?;
    for stop in &stops[at + 1..] {
        match stop {
            Stop::Task(task) if done.iter().any(|done| done == task) => {}
            Stop::Task(_) | Stop::Person => return None,
            Stop::Command(number) => {
                let command = step.commands.get(usize::try_from(*number).ok()?)?;
                let runs = matches!(command.action, Action::Run { enters: true, .. });
                return runs.then_some(*number);
            }
        }
    }
    None
}

fn stops(block: &Block) -> Vec<Stop<'_>> {
    match block {
        Block::Prose { html } => commands_in(html).into_iter().map(Stop::Command).collect(),
        Block::Command { command } => vec![Stop::Command(*command)],
        Block::Task { task } => vec![Stop::Task(task)],
        Block::Form { .. } | Block::Edit { .. } | Block::Quiz { .. } => vec![Stop::Person],
        // what is beside the way is for who needs it
        Block::Hint { .. } | Block::Solution { .. } | Block::Note { .. } => vec![],
    }
}

#[cfg(test)]
mod tests {
    use shared::tutorial::{Action, Block, Command, TutorialStep};

    use super::next;
    use crate::tutorials::runs::Run;

    fn step() -> TutorialStep {
        let run = Action::Run {
            terminal: 1,
            interrupts: false,
            enters: true,
            fails: false,
        };
        let command = |action: &Action| Command {
            text: "x".into(),
            action: action.clone(),
        };
        TutorialStep {
            id: "s".into(),
            title: "S".into(),
            blocks: vec![
                Block::Prose {
                    html: "<code data-command=\"0\">x</code> and <code data-command=\"1\">x</code>"
                        .into(),
                },
                Block::Hint {
                    blocks: vec![Block::Command { command: 2 }],
                },
                Block::Task { task: "t".into() },
                Block::Command { command: 3 },
                Block::Command { command: 4 },
                Block::Form { command: 5 },
                Block::Command { command: 6 },
            ],
            commands: [&run, &run, &run, &run, &Action::Copy, &run, &run]
                .map(command)
                .into(),
        }
    }

    #[test]
    fn the_next_command_comes_after_one_that_ended_well() {
        let well = Run::Ended(Some(0));
        assert_eq!(next(&step(), 0, well, &[]), Some(1));
        assert_eq!(next(&step(), 0, Run::Failed(1), &[]), Some(1));
        for run in [
            Run::Ended(Some(1)),
            Run::Ended(None),
            Run::Running,
            Run::Copied,
        ] {
            assert_eq!(next(&step(), 0, run, &[]), None, "{run:?}");
        }
    }

    #[test]
    fn a_task_holds_it_up_until_it_is_done_and_what_a_person_does_for_good() {
        let well = Run::Ended(Some(0));
        assert_eq!(next(&step(), 1, well, &[]), None);
        assert_eq!(next(&step(), 1, well, &["t".into()]), Some(3));
        // one to copy, a form
        assert_eq!(next(&step(), 3, well, &[]), None);
        assert_eq!(next(&step(), 4, well, &[]), None);
        // of a hint, and the last one
        assert_eq!(next(&step(), 2, well, &[]), None);
        assert_eq!(next(&step(), 6, well, &[]), None);
    }
}
