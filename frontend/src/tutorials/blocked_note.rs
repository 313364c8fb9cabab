//! Says that a program keeps a command from being typed, with the way on.

use leptos::prelude::*;

use super::player::Player;
use crate::ui::Button;

/// Says that a program keeps the command from being typed that was clicked last, with the way on.
#[component]
pub fn BlockedNote() -> impl IntoView {
    let player = Player::current();
    let blocked = Memo::new(move |_| player.runs.with(|runs| runs.blocked()));
    move || {
        let place = blocked.get()?;
        let text = player.command(place)?.text;
        Some(view! {
            <div class="blocked-note" role="alert">
                <span>"A program runs in the terminal. Nothing is typed into it."</span>
                <Button label="Interrupt it and run" on_press=move || player.interrupt_for(place)/>
                <code>{text}</code>
            </div>
        })
    }
}
