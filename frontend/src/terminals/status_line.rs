//! The line below a terminal: its connection, its folder, its last command.

use leptos::prelude::*;

use super::{pane_state::PaneState, pulse::round_trip};

/// The line below a terminal: its connection, its folder, its last command, and what can be done.
#[component]
pub fn StatusLine(state: PaneState, children: Children) -> impl IntoView {
    let says = move || {
        let notice = state.notice.get();
        notice.unwrap_or_else(|| state.status.get().words())
    };
    let folder = move || state.shell.with(|shell| shell.folder.clone());
    let last = move || {
        state.shell.with(|shell| shell.last).map(|last| {
            let tone = if last.code == 0 { "ok" } else { "failed" };
            view! { <span class="last-command" data-state=tone>{last.words()}</span> }
        })
    };
    let trip = move || {
        state.round_trip.get().map(|ms| {
            view! { <span class="round-trip" title="The way to the terminal and back">{round_trip(ms)}</span> }
        })
    };
    view! {
        <div class="terminal-status">
            <output>{says}</output>
            {trip}
            {move || folder().map(|folder| view! { <span class="folder" title="The working folder">{folder}</span> })}
            {last}
            <span class="leave-hint"><kbd>"Ctrl+Shift+;"</kbd>" leaves the terminal"</span>
            <span class="status-buttons">{children()}</span>
        </div>
    }
}
