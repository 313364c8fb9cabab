//! Something to press.

use leptos::prelude::*;

/// Whether a request that a button sent is under way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Busy {
    /// It is.
    Yes,
    /// It is not.
    #[default]
    No,
}

/// Something to press; when it cannot be pressed, the reason stands beside it.
#[component]
pub fn Button(
    /// What it does, in a verb.
    #[prop(into)]
    label: Signal<String>,
    /// `primary`, `danger` or `plain`.
    #[prop(default = "plain")]
    kind: &'static str,
    /// Whether its request is under way.
    #[prop(default = Busy::No.into())]
    busy: Signal<Busy>,
    /// Why it cannot be pressed.
    #[prop(optional, into)]
    blocked: Signal<Option<String>>,
    /// What pressing does.
    on_press: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <span class="button-with-reason">
            <button
                type="button"
                class="button"
                data-kind=kind
                aria-busy=move || (busy.get() == Busy::Yes).then_some("true")
                disabled=move || busy.get() == Busy::Yes || blocked.with(Option::is_some)
                on:click=move |_| on_press()
            >
                {label}
            </button>
            {move || blocked.get().map(|why| view! { <small class="reason">{why}</small> })}
        </span>
    }
}
