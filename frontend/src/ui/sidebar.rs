//! The way to every list.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::routes;

/// The way to every list.
#[component]
pub fn Sidebar() -> impl IntoView {
    view! {
        <nav class="sidebar" aria-label="Main">
            <A href=routes::at(routes::OVERVIEW) exact=true>"Overview"</A>
            <A href=routes::at(routes::APPLICATIONS)>"Applications"</A>
            <A href=routes::at(routes::INFRASTRUCTURES)>"Infrastructures"</A>
            <A href=routes::at(routes::DEPLOYMENTS)>"Deployments"</A>
            <A href=routes::at(routes::TUTORIALS)>"Tutorials"</A>
            <A href=routes::at(routes::TERMINALS)>"Terminals"</A>
            <A href=routes::at(routes::RECORDINGS)>"Recordings"</A>
            <A href=routes::at(routes::FILES)>"Files"</A>
            <A href=routes::at(routes::WEBHOOKS)>"Webhooks"</A>
        </nav>
    }
}
