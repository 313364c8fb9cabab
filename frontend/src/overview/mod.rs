//! The overview: what runs, and what happened lately.

use leptos::prelude::*;

use crate::{
    applications::ApplicationTable,
    deployments::DeploymentTable,
    live::Live,
    routes,
    terminals::OpenTerminalButton,
    ui::{Listing, PageHeader},
};

/// How many deployments the overview shows.
const RECENT: usize = 8;

/// What runs, and what happened lately.
#[component]
pub fn Overview() -> impl IntoView {
    let deployments = Live::current().deployments;
    view! {
        <PageHeader title="Overview"><OpenTerminalButton/></PageHeader>
        <section class="section">
            <h2>"Applications"</h2>
            <ApplicationTable/>
        </section>
        <section class="section">
            <h2>"Recent deployments"</h2>
            <Listing
                reading=deployments
                empty=|| "Nothing was deployed yet."
                full={|all| {
                    let recent = move || all.with(|all| all.iter().take(RECENT).cloned().collect());
                    view! { <DeploymentTable deployments=Signal::derive(recent)/> }.into_any()
                }}
            />
            <p><a href=routes::at(routes::DEPLOYMENTS)>"The whole history"</a></p>
        </section>
    }
}
