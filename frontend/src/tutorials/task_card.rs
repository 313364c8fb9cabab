//! A task, which checks itself.

use leptos::{prelude::*, task::spawn_local};
use shared::tutorial::{Checked, Task};

use super::player::Player;
use crate::ui::{Busy, Button, ProblemNote};

/// A task, with what its last check found.
#[component]
pub fn TaskCard(task: Task) -> impl IntoView {
    let player = Player::current();
    let name = StoredValue::new(task.name.clone());
    let is_done =
        Memo::new(move |_| name.with_value(|name| player.done.with(|done| done.contains(name))));
    let checked = Memo::new(move |_| {
        name.with_value(|name| player.checked.with(|all| all.get(name).cloned()))
    });
    let (busy, problem) = (RwSignal::new(Busy::No), RwSignal::new(None));
    let failed = RwSignal::new(None::<String>);
    let check = move || {
        busy.set(Busy::Yes);
        spawn_local(async move {
            player.check(&name.get_value()).await;
            busy.try_set(Busy::No);
        });
    };
    let solve = move || {
        busy.set(Busy::Yes);
        failed.set(None);
        spawn_local(async move {
            match player.solve(&name.get_value()).await {
                Ok(solved) if solved.exit_code == Some(0) => {}
                Ok(solved) => drop(failed.try_set(Some(solved.output))),
                Err(refused) => drop(problem.try_set(Some(refused))),
            }
            busy.try_set(Busy::No);
        });
    };
    let state = move || match (is_done.get(), checked.get()) {
        (true, _) => "ok",
        (false, Some(Checked::Broken { .. })) => "failed",
        (false, _) => "waiting",
    };
    let needs = task.needs.clone();
    let first = Memo::new(move |_| player.first_of(&needs));
    let says = move || match (is_done.get(), checked.get()) {
        (true, _) => "Done.".to_owned(),
        (false, _) if first.with(Option::is_some) => {
            format!("First comes: {}.", first.get().unwrap_or_default())
        }
        (false, Some(Checked::Broken { message })) => message,
        (false, Some(Checked::Waiting { message, .. })) => {
            message.unwrap_or_else(|| "Not yet.".to_owned())
        }
        (false, Some(Checked::Passed) | None) => "It is checked by itself.".to_owned(),
    };
    let hint = move || match checked.get() {
        Some(Checked::Waiting { hint, .. }) if !is_done.get() => hint,
        _ => None,
    };
    let can_be_solved = task.can_be_solved;
    view! {
        <section class="task" data-state=state aria-label=task.title.clone()>
            <h3>{task.title.clone()}</h3>
            <p class="task-says" role="status">{says}</p>
            {move || hint().map(|hint| view! { <p class="task-hint">{hint}</p> })}
            <Show when=move || !is_done.get()>
                <div class="buttons">
                    <Button label="Check now" busy=Signal::from(busy) on_press=check/>
                    <Show when=move || can_be_solved>
                        <Button label="Solve it for me" busy=Signal::from(busy) on_press=solve/>
                    </Show>
                </div>
            </Show>
            {move || failed.get().map(|output| view! { <pre class="task-output">{output}</pre> })}
            <ProblemNote problem/>
        </section>
    }
}
