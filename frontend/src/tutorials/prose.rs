//! Text, in which commands can be clicked.

use leptos::{ev, html::Div, prelude::*};
use shared::tutorial::{Action, Command};
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::player::Player;

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
    let key = move |event: ev::KeyboardEvent| press_key(&event, step, player);
    Effect::new(move |_| {
        if let Some(text) = text.get() {
            show_commands(&text, step, player);
        }
    });
    view! { <div class="prose" node_ref=text inner_html=player.led(&html) on:click=click on:keydown=key></div> }
}

/// Makes something to press of the commands in a piece of the page, and shows what became of each.
pub(super) fn show_commands(text: &Element, step: usize, player: Player) {
    stay(text);
    for command in all_of(text) {
        let shown = number(&command).and_then(|it| player.command((step, it)));
        if shown.is_some_and(|it| it.action == Action::Show) {
            continue;
        }
        let run =
            number(&command).and_then(|number| player.runs.with(|runs| runs.of((step, number))));
        show(&command, run.map(|run| (run.word(), run.words())));
    }
}

/// Does what a key on a command means.
pub(super) fn press_key(event: &ev::KeyboardEvent, step: usize, player: Player) {
    let presses = matches!(event.key().as_str(), "Enter" | " ") && !event.repeat();
    if presses && press(event, step, player) {
        event.prevent_default();
    }
}

/// Does what a press on a command means; whether it was on one.
pub(super) fn press(event: &ev::Event, step: usize, player: Player) -> bool {
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    let command = target.and_then(|it| it.closest("[data-command]").ok().flatten());
    let number = command.as_ref().and_then(number);
    let Some(place) = number.map(|number| (step, number)) else {
        return false;
    };
    let is_shown_alone = |it: Command| it.action == Action::Show;
    if player.command(place).is_none_or(is_shown_alone) {
        return false;
    }
    player.click(place);
    // one in a link, or in what opens something else, is a command all the same
    event.prevent_default();
    true
}

/// Lets links lead out in a tab of their own: the terminal stays.
fn stay(text: &Element) {
    let links = text.get_elements_by_tag_name("a");
    for link in (0..links.length()).filter_map(|at| links.item(at)) {
        let leads_out =
            |address: String| address.starts_with("http:") || address.starts_with("https:");
        if link.get_attribute("href").is_some_and(leads_out) {
            link.set_attribute("target", "_blank").ok(); // it is an element
        }
    }
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
