//! When something was.

use leptos::prelude::*;
use shared::Instant;

use super::words;
use crate::live::Live;

/// When something was, in words, with the exact time on hover.
#[component]
pub fn Ago(#[prop(into)] at: Signal<Instant>) -> impl IntoView {
    let now = Live::current().now;
    let exact = move || at.get().to_string();
    view! {
        <time class="ago" datetime=exact title=exact>{move || words::ago(at.get(), now.get())}</time>
    }
}
