//! Properties of a thing.

use leptos::prelude::*;

/// One property inside a `<dl class="facts">`.
#[component]
pub fn Fact(name: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="fact">
            <dt>{name}</dt>
            <dd>{children()}</dd>
        </div>
    }
}
