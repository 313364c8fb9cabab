//! A question of a tutorial.

use std::collections::BTreeSet;

use leptos::prelude::*;

use super::{answers::Answered, links::led};

/// A question, whose answer is told at once.
#[component]
pub fn Quiz(
    /// The question: clean HTML.
    html: String,
    /// What may be answered: clean HTML.
    choices: Vec<String>,
    /// Which are right, from 0.
    answers: Vec<u32>,
    /// What tells it from other questions of the page.
    name: String,
) -> impl IntoView {
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
    let choices = (0..).zip(choices).map(|(number, html)| {
        let change = move |event| choose(number, event_target_checked(&event));
        view! {
            <label class="quiz-choice">
                <input type=kind name=name.clone() on:change=change/>
                <span inner_html=led(&html)></span>
            </label>
        }
    });
    let choices = choices.collect_view();
    view! {
        <fieldset class="quiz" data-state=move || answered.get().word()>
            <legend inner_html=led(&html)></legend>
            {choices}
            <p role="status">{move || answered.get().words()}</p>
        </fieldset>
    }
}
