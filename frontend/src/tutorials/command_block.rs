//! A command of its own, which is typed or copied by a click.

use leptos::prelude::*;
use shared::tutorial::{Action, Command};

use super::{
    player::Player,
    runs::{Place, Run},
};

/// A command of its own, with what became of it.
#[component]
pub fn CommandBlock(command: Command, place: Place) -> impl IntoView {
    let player = Player::current();
    let run = Memo::new(move |_| player.runs.with(|runs| runs.of(place)));
    let verb = match command.action {
        Action::Run { .. } => "Run",
        Action::Copy | Action::Show => "Copy",
    };
    let can_press = command.action != Action::Show;
    let label = format!("{verb}: {}", command.text);
    view! {
        <div class="lesson-command" data-state=move || run.get().map(Run::word)>
            <pre tabindex="0"><code>{command.text}</code></pre>
            <Show when=move || can_press>
                <button type="button" class="button" aria-label=label.clone() on:click=move |_| player.click(place)>{verb}</button>
            </Show>
            <p class="lesson-run" role="status">
                {move || run.get().map(Run::words)}
            </p>
        </div>
    }
}
