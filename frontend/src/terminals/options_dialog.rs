//! How a person wants terminals, to be changed.

use leptos::prelude::*;

use super::options::{Options, SIZES};
use crate::ui::{Button, Dialog};

/// The keys of a terminal, and what they do.
const KEYS: &[(&str, &str)] = &[
    ("Ctrl+Shift+C", "Copy"),
    ("Ctrl+Shift+V", "Paste"),
    ("Ctrl+Shift+F", "Find"),
    ("Ctrl+Shift+Up", "Previous prompt"),
    ("Ctrl+Shift+Down", "Next prompt"),
    ("Ctrl+Shift+D", "Split"),
    ("Ctrl+Shift+Right", "Next terminal"),
    ("Ctrl+Shift+Left", "Previous terminal"),
    ("Ctrl+Shift++", "Larger letters"),
    ("Ctrl+Shift+-", "Smaller letters"),
    ("Ctrl+Shift+S", "Screen reader mode"),
    ("Ctrl+Shift+;", "Leave the terminal"),
];

/// A button that shows the options, to be changed.
#[component]
pub fn OptionsButton(options: RwSignal<Options>) -> impl IntoView {
    let open = RwSignal::new(false);
    let keys = || {
        let row = |(key, what): &(&'static str, &'static str)| {
            view! { <dt><kbd>{*key}</kbd></dt><dd>{*what}</dd> }
        };
        KEYS.iter().map(row).collect_view()
    };
    view! {
        <Button label="Options" on_press=move || open.set(true)/>
        <Dialog open label="Options of terminals" on_close=move |()| open.set(false)>
            <h2>"Options of terminals"</h2>
            <FontSize options/>
            <Choice options label="Copy what is selected at once" is_on=|o| o.copies_on_select set=|o, on| o.copies_on_select = on/>
            <Choice options label="Screen reader mode" is_on=|o| o.serves_screen_reader set=|o, on| o.serves_screen_reader = on/>
            <details class="commands">
                <summary>"Keys"</summary>
                <dl>{keys()}</dl>
            </details>
            <div class="confirm-buttons"><Button label="Close" on_press=move || open.set(false)/></div>
        </Dialog>
    }
}

#[component]
fn FontSize(options: RwSignal<Options>) -> impl IntoView {
    let size = move || options.with(|options| options.font_size);
    let resize = move |by| options.update(|options| *options = options.resized(by));
    let at = move |limit: u8, why: &'static str| {
        Signal::derive(move || (size() == limit).then(|| why.to_owned()))
    };
    view! {
        <div class="font-size" role="group" aria-label="Size of letters">
            <span>"Size of letters: "<output>{move || format!("{} px", size())}</output></span>
            <Button label="Smaller" blocked=at(*SIZES.start(), "They cannot be smaller.") on_press=move || resize(-1)/>
            <Button label="Larger" blocked=at(*SIZES.end(), "They cannot be larger.") on_press=move || resize(1)/>
        </div>
    }
}

#[component]
fn Choice(
    options: RwSignal<Options>,
    label: &'static str,
    is_on: fn(&Options) -> bool,
    set: fn(&mut Options, bool),
) -> impl IntoView {
    view! {
        <label class="choice">
            <input type="checkbox"
                prop:checked=move || options.with(is_on)
                on:change=move |event| options.update(|options| set(options, event_target_checked(&event)))/>
            {label}
        </label>
    }
}
