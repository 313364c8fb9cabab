//! Catching up: what the steps before this one have made is made again where it is not there any more.

use leptos::{prelude::*, task::spawn_local};
use shared::{Problem, tutorial::Checked};

use super::player::{Player, tasks_of};
use crate::ui::{Busy, Button, ProblemNote};

/// Makes again what the steps before this one have made, as far as it is not there: an instance for testing
/// ends after a while, and whoever goes on the next day finds nothing of it.
#[component]
pub fn CatchUp() -> impl IntoView {
    let player = Player::current();
    let (busy, problem) = (RwSignal::new(Busy::No), RwSignal::new(None::<Problem>));
    let said = RwSignal::new(String::new());
    let catch_up = move || {
        let before = player.step.get_untracked();
        let steps = (0..before).filter_map(|number| player.step_at(number));
        let tasks: Vec<String> = steps.flat_map(|step| tasks_of(&step.blocks)).collect();
        busy.set(Busy::Yes);
        problem.set(None);
        spawn_local(async move {
            let made = make(player, tasks, said).await;
            if let Err(refused) = made {
                problem.try_set(Some(refused));
            }
            busy.try_set(Busy::No);
        });
    };
    view! {
        <Show when=move || player.step.get() != 0>
            <div class="catch-up">
                <Button label="Catch up" busy=Signal::from(busy) on_press=catch_up/>
                <span role="status">{move || match said.with(String::is_empty) {
                    true => "Makes again what earlier steps have made, where it is gone.".to_owned(),
                    false => said.get(),
                }}</span>
            </div>
            <ProblemNote problem/>
        </Show>
    }
}

/// Solves one task after the other that is not done, and says which; ends with the first that can't be.
async fn make(player: Player, tasks: Vec<String>, said: RwSignal<String>) -> Result<(), Problem> {
    let mut count = 0;
    for name in tasks {
        let Some(task) = player.task(&name) else {
            continue;
        };
        said.try_set(format!("Looking at: {}.", task.title));
        player.check(&name).await;
        let found = player
            .checked
            .try_with_untracked(|all| all.get(&name).cloned());
        if found.is_none() {
            return Ok(()); // the page has gone
        }
        if found.flatten() == Some(Checked::Passed) || !task.can_be_solved {
            continue;
        }
        said.try_set(format!("Making again: {}.", task.title));
        let solved = player.solve(&name).await?;
        if solved.exit_code != Some(0) {
            said.try_set(format!(
                "{} could not be made again: {}",
                task.title, solved.output
            ));
            return Ok(());
        }
        count += 1;
    }
    said.try_set(match count {
        0 => "All of it is there.".to_owned(),
        1 => "One thing was made again.".to_owned(),
        count => format!("{count} things were made again."),
    });
    Ok(())
}
