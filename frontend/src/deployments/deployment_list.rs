//! The history.

use leptos::prelude::*;

use super::DeploymentTable;
use crate::{
    live::Live,
    ui::{Listing, PageHeader},
};

/// The history: every deployment of the account, newest first.
#[component]
pub fn DeploymentList() -> impl IntoView {
    let deployments = Live::current().deployments;
    view! {
        <PageHeader title="Deployments"/>
        <Listing
            reading=deployments
            empty=|| "Nothing was deployed yet. Each run of a macfile, promotion and roll back is kept here."
            full=|deployments| view! { <DeploymentTable deployments/> }.into_any()
        />
    }
}
