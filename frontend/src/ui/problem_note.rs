//! A problem, as the server tells it.

use leptos::prelude::*;
use shared::Problem;

/// A problem, as the server tells it: what happened, what to do, which request.
#[component]
pub fn ProblemNote(#[prop(into)] problem: Signal<Option<Problem>>) -> impl IntoView {
    move || {
        problem.get().map(|problem| {
            view! {
                <div class="problem-note" role="alert">
                    <strong>{problem.title}</strong>
                    {problem.detail.map(|detail| view! { <p>{detail}</p> })}
                    {problem.instance.map(|id| view! { <p class="muted">"Request "<code>{id}</code></p> })}
                </div>
            }
        })
    }
}
