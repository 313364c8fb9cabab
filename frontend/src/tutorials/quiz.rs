//! A question of a tutorial.

use std::collections::BTreeSet;

use leptos::{ev, html::Fieldset, prelude::*};

use super::{
    answers::Answered,
    player::Player,
    prose::{press, press_key, show_commands},
};

/// A question, whose answer is told at once.
#[component]
pub fn Quiz(
    /// The question: clean HTML.
    html: String,
    /// What may be answered: clean HTML.
    choices: Vec<String>,
    /// Which are right, from 0.
    answers: Vec<u32>,
    /// The step that it is of.
    step: usize,
    /// What tells it from other questions of the page.
    name: String,
) -> impl IntoView {
    let player = Player::current();
    let chosen = RwSignal::new(BTreeSet::new());
    let kind = if answers.len() > 1 {
        "checkbox"
    } else {
        "radio"
    };
    let answered = Memo::new(move |_| chosen.with(|chosen| Answered::of(chosen, &answers)));
    let choose = move |number: u32, is_chosen: bool| {
        chosen.update(|chosen| {
            if kind == "radio" {
                chosen.clear();
            }
            match is_chosen {
                true => chosen.insert(number),
                false => chosen.remove(&number),
            };
        });
    };
    let whole = NodeRef::<Fieldset>::new();
    let click = move |event: ev::MouseEvent| {
        press(&event, step, player);
    };
    let key = move |event: ev::KeyboardEvent| press_key(&event, step, player);
    Effect::new(move |_| {
        if let Some(whole) = whole.get() {
            show_commands(&whole, step, player);
        }
    });
    let choices = (0..).zip(choices).map(|(number, html)| {
        let change = move |event| choose(number, event_target_checked(&event));
        view! {
            <label class="quiz-choice">
                <input type=kind name=name.clone() on:change=change/>
                <span inner_html=player.led(&html)></span>
            </label>
        }
    });
    let choices = choices.collect_view();
    view! {
        <fieldset class="quiz" node_ref=whole on:click=click on:keydown=key data-state=move || answered.get().word()>
            <legend inner_html=player.led(&html)></legend>
            {choices}
            <p role="status">{move || answered.get().words()}</p>
        </fieldset>
    }
}
