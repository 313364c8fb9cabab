//! Finds a text in a terminal.

use leptos::{ev::KeyboardEvent, html::Input, prelude::*};

use super::pane_state::PaneState;

/// Finds a text in a terminal: Enter goes to the next, with Shift to the one before.
#[component]
pub fn SearchBar(
    state: PaneState,
    /// Finds: the next (1), the one before (-1), or the one at hand (0).
    on_find: Callback<(String, i8)>,
    /// The search is over.
    on_close: Callback<()>,
) -> impl IntoView {
    let input = NodeRef::<Input>::new();
    let text = RwSignal::new(String::new());
    Effect::new(move |_| {
        if let (true, Some(input)) = (state.searching.get(), input.get()) {
            // It is on the page, so it can be focused.
            input.focus().ok();
            input.select();
        }
    });
    let find = move |step| on_find.run((text.get_untracked(), step));
    let keys = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" => find(if event.shift_key() { -1 } else { 1 }),
        "Escape" => on_close.run(()),
        _ => {}
    };
    let found = move || {
        let is_asked = text.with(|text| !text.is_empty());
        state
            .found
            .get()
            .filter(|_| is_asked)
            .map(|found| found.words())
    };
    view! {
        <Show when=move || state.searching.get()>
            <search class="search-bar" on:keydown=keys>
                <input type="text" node_ref=input aria-label="Find in the terminal" placeholder="Find"
                    autocomplete="off" autocapitalize="off" spellcheck="false"
                    prop:value=text
                    on:input=move |event| { text.set(event_target_value(&event)); find(0); }/>
                <output class="search-found">{found}</output>
                <button type="button" class="icon" aria-label="Previous match" title="Previous match (Shift+Enter)" on:click=move |_| find(-1)>"↑"</button>
                <button type="button" class="icon" aria-label="Next match" title="Next match (Enter)" on:click=move |_| find(1)>"↓"</button>
                <button type="button" class="icon" aria-label="Close the search" title="Close (Escape)" on:click=move |_| on_close.run(())>"✕"</button>
            </search>
        </Show>
    }
}
