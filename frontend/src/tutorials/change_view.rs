//! A change to a file, as a text says it.

use leptos::prelude::*;
use shared::tutorial::Change;

/// A change to a file: which, and what of it.
#[component]
pub fn ChangeView(file: String, change: Change) -> impl IntoView {
    let lines = match change {
        Change::Append { text } => view! { <pre><ins>{text}</ins></pre> }.into_any(),
        Change::Replace { from, to } => {
            view! { <pre><del>{from}</del>"\n"<ins>{to}</ins></pre> }.into_any()
        }
    };
    view! {
        <figure class="lesson-change">
            <figcaption>"Change "<code>{file}</code></figcaption>
            {lines}
        </figure>
    }
}
