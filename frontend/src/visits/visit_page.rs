//! A terminal that somebody shares, and what its visitor should know.

use std::time::Duration;

use leptos::{leptos_dom::helpers::set_interval_with_handle, prelude::*};
use leptos_router::hooks::use_location;
use shared::{Instant, Visit};

use super::{
    name_form::NameForm,
    view::{over, shared_by, stays},
};
use crate::{
    terminals::{Link, PaneState, Status, VisitPane},
    ui::{PageHeader, ProblemNote, TopBar},
};

/// How often it is looked how much time is left.
const GLANCE: Duration = Duration::from_secs(1);

/// A terminal that somebody shares, and what its visitor should know.
#[component]
pub fn VisitPage() -> impl IntoView {
    let hash = use_location().hash;
    let secret = Memo::new(move |_| hash.with(|hash| hash.trim_start_matches('#').to_owned()));
    view! {
        <TopBar/>
        <main id="main" class="main visit">
            {move || view! { <Visiting secret=secret.get()/> }}
        </main>
    }
}

#[component]
fn Visiting(secret: String) -> impl IntoView {
    let link = Link::new(secret);
    let state = PaneState::new();
    let now = RwSignal::new(Instant::now());
    if let Ok(glances) = set_interval_with_handle(move || now.set(Instant::now()), GLANCE) {
        on_cleanup(move || glances.clear());
    }
    let of = move |words: fn(&Visit) -> String| {
        Memo::new(move |_| link.visit.with(|visit| visit.as_ref().map(words)))
    };
    let name = of(|visit| visit.terminal.clone());
    let title = Signal::derive(move || name.get().unwrap_or_else(|| "A shared terminal".into()));
    let by = of(shared_by);
    let is_over = Memo::new(move |_| state.status.get() == Status::LinkOver);
    let is_known = Memo::new(move |_| link.visit.with(Option::is_some));
    let says = move || {
        let now = now.get_untracked();
        is_over
            .get()
            .then(|| link.visit.with(|visit| over(visit.as_ref(), now)))
    };
    let time = move || link.visit.with(|v| v.as_ref().map(|v| stays(v, now.get())));
    let anew = RwSignal::new(0);
    let rename = Callback::new(move |name: String| {
        link.name.set(Some(name));
        anew.update(|count| *count += 1);
    });
    view! {
        <div class="terminals">
            <PageHeader title/>
            {move || says().map(|says| view! { <p class="warning" role="alert">{says}</p> })}
            <ProblemNote problem=link.problem/>
            <Show when=move || is_known.get() && !is_over.get()>
                <div class="visit-facts">
                    <span>{move || by.get()}</span>
                    <span class="muted">{time}</span>
                    <NameForm link on_change=rename/>
                </div>
            </Show>
            <Show when=move || is_known.get() || !is_over.get()>
                <div class="panes"><VisitPane link state name=title anew/></div>
            </Show>
        </div>
    }
}
