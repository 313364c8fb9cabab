//! What a person does with a terminal beside typing: pasting, searching, the row of keys.

use leptos::prelude::*;

use super::{
    key_bytes::{Held, Key, key_bytes},
    pane::{Joined, with_connection, with_screen},
    pane_state::PaneState,
};

/// What a person does with a terminal beside typing.
#[derive(Clone, Copy)]
pub(super) struct Handles {
    /// Types what was pasted and looked at.
    pub(super) paste: Callback<String>,
    /// Searches, so many places further.
    pub(super) find: Callback<(String, i8)>,
    /// Ends a search.
    pub(super) close_search: Callback<()>,
    /// Types a key of the row.
    pub(super) press: Callback<Key>,
}

impl Handles {
    /// Those of a terminal that is joined, or will be.
    pub(super) fn of(joined: Joined, state: PaneState) -> Self {
        let focus = move || with_screen(joined, |screen| screen.focus());
        let paste = Callback::new(move |text: String| {
            with_screen(joined, |screen| screen.paste(&text));
            focus();
        });
        let find = Callback::new(move |(text, step): (String, i8)| {
            with_screen(joined, |screen| screen.find(&text, step));
        });
        let close_search = Callback::new(move |()| {
            state.searching.set(false);
            with_screen(joined, |screen| screen.forget());
            focus();
        });
        let press = Callback::new(move |key: Key| {
            let held = state.held.get_untracked();
            state.held.set(Held::default());
            with_connection(joined, |connection| {
                let Some(screen) = connection.screen() else {
                    return;
                };
                connection.typed(&key_bytes(key, held, screen.application_mode()));
                screen.to_end();
            });
        });
        Self {
            paste,
            find,
            close_search,
            press,
        }
    }
}
