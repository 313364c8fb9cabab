//! Keys that phones do not have.

use leptos::prelude::*;

use super::key_bytes::{Held, Key};

/// The keys, and how they are called.
const KEYS: &[(&str, &str, Key)] = &[
    ("Esc", "Escape", Key::Escape),
    ("Tab", "Tab", Key::Tab),
    ("←", "Left", Key::Arrow('D')),
    ("↓", "Down", Key::Arrow('B')),
    ("↑", "Up", Key::Arrow('A')),
    ("→", "Right", Key::Arrow('C')),
    ("|", "Pipe", Key::Sign('|')),
    ("/", "Slash", Key::Sign('/')),
    ("-", "Minus", Key::Sign('-')),
    ("~", "Tilde", Key::Sign('~')),
];

/// Keys that phones do not have; the keyboard stays where it is.
#[component]
pub fn KeyRow(
    held: RwSignal<Held>,
    /// A key was pressed.
    on_key: Callback<Key>,
) -> impl IntoView {
    let key = move |(sign, name, key): &(&'static str, &'static str, Key)| {
        let key = *key;
        view! { <button type="button" aria-label=*name on:click=move |_| on_key.run(key)>{*sign}</button> }
    };
    let hold = move |name: &'static str, is_held: fn(Held) -> bool, turn: fn(&mut Held)| {
        let is_held = move || if is_held(held.get()) { "true" } else { "false" };
        view! { <button type="button" aria-pressed=is_held on:click=move |_| held.update(turn)>{name}</button> }
    };
    view! {
        // pressing must not take the keyboard from the terminal
        <div class="key-row" role="toolbar" aria-label="Keys" on:pointerdown=|event| event.prevent_default() on:mousedown=|event| event.prevent_default()>
            {KEYS[..2].iter().map(key).collect_view()}
            {hold("Ctrl", |held| held.ctrl, |held| held.ctrl = !held.ctrl)}
            {hold("Alt", |held| held.alt, |held| held.alt = !held.alt)}
            {KEYS[2..].iter().map(key).collect_view()}
        </div>
    }
}
