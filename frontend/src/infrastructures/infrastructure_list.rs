//! All infrastructures.

use leptos::prelude::*;
use shared::Infrastructure;

use super::infrastructure_badge;
use crate::{
    live::Live,
    routes,
    ui::{Ago, Badge, Listing, PageHeader, Table},
};

/// All infrastructures, newest first.
#[component]
pub fn InfrastructureList() -> impl IntoView {
    let infrastructures = Live::current().infrastructures;
    let empty = || {
        view! {
            <p>"No infrastructure yet. Open a terminal and make one from a macfile:"</p>
            <pre><code>"mac -s infrastructure macfile docker_tomcat.macfile -p TOMCAT_VERSION=7-jre8"</code></pre>
        }
    };
    view! {
        <PageHeader title="Infrastructures"/>
        <Listing reading=infrastructures empty full=rows/>
    }
}

fn rows(infrastructures: Signal<Vec<Infrastructure>>) -> AnyView {
    let columns = &[
        "Infrastructure",
        "Version",
        "State",
        "Instances",
        "Resources",
        "Who",
        "When",
    ];
    view! { <Table columns items=infrastructures key=|item| item.id cells/> }.into_any()
}

fn cells(item: Signal<Infrastructure>) -> impl IntoView {
    let href = move || item.with(|i| routes::at(&routes::infrastructure(&i.name, &i.version)));
    let live = move || item.with(|i| i.live.then_some(" · live"));
    view! {
        <td><a href=href>{move || item.with(|i| format!("{} {}", i.name, i.version))}</a></td>
        <td><code>{move || item.with(|i| i.version.clone())}</code>{live}</td>
        <td><Badge state=Signal::derive(move || infrastructure_badge(item.with(|i| i.state)))/></td>
        <td>{move || item.with(|i| i.instances)}</td>
        <td>{move || item.with(|i| i.resources)}</td>
        <td>{move || item.with(|i| i.created_by.clone())}</td>
        <td><Ago at=Signal::derive(move || item.with(|i| i.created_at))/></td>
    }
}
