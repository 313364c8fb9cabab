//! A tutorial that its author looks at while it is written.

use leptos::{prelude::*, task::spawn_local};
use shared::{Event, tutorial::is_preview};

use super::player::Player;
use crate::live::{Live, server};

/// Says of a preview that it is one, and shows the text anew with each change of its folder.
#[component]
pub fn PreviewNote() -> impl IntoView {
    let player = Player::current();
    let name = player
        .detail
        .with_untracked(|detail| detail.tutorial.name.clone());
    let is_over = RwSignal::new(false);
    let is_one = is_preview(&name);
    if is_one {
        Live::current().listen(move |event| {
            if let Event::TutorialPreview {
                name: changed,
                revision,
            } = event
            {
                if *changed == name {
                    is_over.set(false);
                    read(player, *revision);
                }
            } else if let Event::TutorialPreviewGone { name: gone } = event {
                is_over.update(|is_over| *is_over |= *gone == name);
            } else if *event == Event::Resync {
                // a change may have been missed; the time tells it from all that are told
                read(player, shared::Instant::now().unix_ms().unsigned_abs());
            }
        });
    }
    let words = move || match is_over.get() {
        false => "A preview: you alone see it, and it changes with each file that you save.",
        true => "This preview is over: the command that showed it has ended.",
    };
    view! {
        <Show when=move || is_one>
            <p class="lesson-note" role="status">{words}</p>
        </Show>
    }
}

/// Reads the tutorial again.
fn read(player: Player, revision: u64) {
    let asked = |detail: &shared::TutorialDetail| {
        let (name, language) = (detail.tutorial.name.clone(), detail.language.clone());
        (name, language, detail.terminals.len())
    };
    let Some((name, language, terminals)) = player.detail.try_with_untracked(asked) else {
        return;
    };
    spawn_local(async move {
        let answer = async { client::tutorials::read(&server()?, &name, &language).await }.await;
        // one that is over is told of, and out of reach it is told again
        let Ok(detail) = answer else { return };
        if detail.terminals.len() != terminals {
            // terminals are made with the page
            window().location().reload().ok(); // it is a page
        } else if player.detail.try_get_untracked().is_some() {
            player.change(detail, revision);
        }
    });
}
