//! How many look at a terminal by links.

use leptos::prelude::*;
use shared::TerminalId;

use super::{sharings::Sharings, view};

/// How many look at a terminal by links; nothing while nobody does.
#[component]
pub fn WatchingBadge(id: TerminalId) -> impl IntoView {
    let sharings = Sharings::current();
    let sharing = sharings.of(id);
    sharings.read(id);
    let says = Memo::new(move |_| sharing.with(|s| s.as_ref().and_then(view::watching)));
    let names = move || {
        sharing.with(|sharing| {
            let watching = sharing.iter().flat_map(|sharing| &sharing.watching);
            let by_link = watching.filter(|watcher| watcher.share.is_some());
            let names: Vec<_> = by_link.map(|watcher| watcher.name.as_str()).collect();
            names.join(", ")
        })
    };
    view! {
        <output class="watching">
            {move || says.get().map(|says| view! { <span class="badge" data-tone="iris" title=names>{says}</span> })}
        </output>
    }
}
