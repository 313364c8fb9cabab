//! Gives a terminal another name.

use leptos::{ev::KeyboardEvent, html::Input, prelude::*, task::spawn_local};
use shared::{Problem, Terminal, TerminalId};

use crate::{
    live::{Live, put, server},
    ui::ProblemNote,
};

/// The name of a terminal, being written: Enter keeps it, Escape does not.
#[component]
pub fn Renaming(
    terminal: Signal<Terminal>,
    /// Which terminal is renamed.
    renaming: RwSignal<Option<TerminalId>>,
) -> impl IntoView {
    let live = Live::current();
    let before = terminal.get_untracked();
    let input = NodeRef::<Input>::new();
    let name = RwSignal::new(before.name.clone());
    let problem = RwSignal::new(None::<Problem>);
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            // It is on the page, so it can be focused.
            input.focus().ok();
            input.select();
        }
    });
    let keep = move || {
        // it loses the focus once more when it is taken off the page, and all of it is gone then
        let Some(wanted) = name.try_with_untracked(|name| name.trim().to_owned()) else {
            return;
        };
        if wanted.is_empty() || wanted == before.name {
            renaming.set(None);
            return;
        }
        let id = before.id;
        spawn_local(async move {
            let answer = async { client::terminals::rename(&server()?, id, &wanted).await }.await;
            match answer {
                Ok(terminal) => {
                    put(live.terminals, terminal, |item| item.id);
                    renaming.try_set(None);
                }
                Err(refused) => {
                    problem.try_set(Some(refused));
                }
            }
        });
    };
    let (enter, leave) = (keep.clone(), keep);
    let keys = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" => enter(),
        "Escape" => renaming.set(None),
        _ => {}
    };
    // a refused name stays to be corrected
    let blur = move |_| {
        if problem.try_with_untracked(Option::is_none) == Some(true) {
            leave();
        }
    };
    view! {
        <input class="tab-name" type="text" node_ref=input aria-label="Name of the terminal"
            autocomplete="off" spellcheck="false" maxlength="60"
            prop:value=name
            on:input=move |event| { name.set(event_target_value(&event)); problem.set(None); }
            on:keydown=keys on:blur=blur/>
        <ProblemNote problem/>
    }
}
