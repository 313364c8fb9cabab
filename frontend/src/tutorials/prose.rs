//! Text, in which commands can be clicked.

use leptos::{ev, html::Div, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::{links::led, player::Player};

/// Text, in which commands can be clicked.
#[component]
pub fn Prose(
    /// Clean HTML of the server's.
    html: String,
    /// The step that it is of.
    step: usize,
) -> impl IntoView {
    let player = Player::current();
    let text = NodeRef::<Div>::new();
    let click = move |event: ev::MouseEvent| {
        press(&event, step, player);
    };
    let key = move |event: ev::KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") && press(&event, step, player) {
            event.prevent_default();
        }
    };
    Effect::new(move |_| {
        let Some(text) = text.get() else { return };
        for command in all_of(&text) {
            let run = number(&command)
                .and_then(|number| player.runs.with(|runs| runs.of((step, number))));
            show(&command, run.map(|run| (run.word(), run.words())));
        }
    });
    view! { <div class="prose" node_ref=text inner_html=led(&html) on:click=click on:keydown=key></div> }
}

/// Does what a press on a command means; whether it was on one.
fn press(event: &ev::Event, step: usize, player: Player) -> bool {
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    let command = target.and_then(|it| it.closest("[data-command]").ok().flatten());
    let number = command.as_ref().and_then(number);
    if let Some(number) = number {
        player.click((step, number));
    }
    number.is_some()
}

fn number(command: &Element) -> Option<u32> {
    command.get_attribute("data-command")?.parse().ok()
}

fn all_of(text: &Element) -> Vec<Element> {
    let found = text.get_elements_by_tag_name("code");
    let found = (0..found.length()).filter_map(|at| found.item(at));
    found
        .filter(|code| code.has_attribute("data-command"))
        .collect()
}

/// Makes a piece of text something to press, and shows what became of it.
fn show(command: &Element, run: Option<(&str, String)>) {
    let set = |name: &str, value: &str| command.set_attribute(name, value).ok(); // it is an element
    set("role", "button");
    set("tabindex", "0");
    if let Some((word, words)) = run {
        set("data-state", word);
        set("title", &words);
        let text = command.text_content().unwrap_or_default();
        set("aria-label", &format!("{text}: {words}"));
    }
}
