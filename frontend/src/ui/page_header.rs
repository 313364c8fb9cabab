//! A page's heading, with what can be done on it.

use leptos::prelude::*;

use super::announcer::Title;

/// A page's heading, with what can be done on it.
#[component]
pub fn PageHeader(
    #[prop(into)] title: Signal<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let shown = expect_context::<Title>().0;
    Effect::new(move |_| shown.set(title.get()));
    view! {
        <header class="page-header">
            <h1>{title}</h1>
            {children.map(|children| children())}
        </header>
    }
}
