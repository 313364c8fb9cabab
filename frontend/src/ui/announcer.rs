//! Tells a screen reader which page it is on.

use leptos::prelude::*;

/// The title of the page that is shown.
#[derive(Clone, Copy)]
pub struct Title(pub RwSignal<String>);

/// Names the page in the tab's title, and says the name to a screen reader.
#[component]
pub fn Announcer(children: Children) -> impl IntoView {
    let title = RwSignal::new(String::new());
    provide_context(Title(title));
    Effect::new(move |_| {
        document().set_title(&format!("{} · Manageacloud", title.get()));
    });
    view! {
        <output class="route-announcer" aria-live="polite">{title}</output>
        {children()}
    }
}
