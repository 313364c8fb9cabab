//! How a visitor is called.

use leptos::prelude::*;

use crate::{terminals::Link, ui::Button};

/// How a visitor is called, to be changed.
#[component]
pub fn NameForm(
    link: Link,
    /// The visitor wants to be called so.
    on_change: Callback<String>,
) -> impl IntoView {
    let typed = RwSignal::new(None::<String>);
    let known = Memo::new(move |_| link.visit.with(|v| v.as_ref().map(|v| v.name.clone())));
    let shown = move || typed.get().or_else(|| known.get()).unwrap_or_default();
    let change = move || {
        if let Some(name) = typed.get_untracked() {
            typed.set(None);
            on_change.run(name);
        }
    };
    let is_same = move || typed.get().is_some_and(|typed| Some(typed) != known.get());
    view! {
        <form class="name-form" on:submit=move |event| {
            event.prevent_default();
            change();
        }>
            <label class="field">
                "You are called"
                <input type="text" maxlength="60" autocomplete="nickname"
                    prop:value=shown on:input=move |event| typed.set(Some(event_target_value(&event)))/>
            </label>
            <Show when=is_same><Button label="Be called so" on_press=change/></Show>
        </form>
    }
}
