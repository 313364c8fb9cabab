//! All applications.

use leptos::prelude::*;
use shared::Application;

use crate::{
    live::Live,
    routes,
    ui::{Ago, Listing, PageHeader, Table},
};

/// All applications.
#[component]
pub fn ApplicationList() -> impl IntoView {
    view! {
        <PageHeader title="Applications"/>
        <ApplicationTable/>
    }
}

/// Applications in rows: which version is live, behind which address.
#[component]
pub fn ApplicationTable() -> impl IntoView {
    let applications = Live::current().applications;
    let empty = || {
        view! {
            <p>"No application yet. Open a terminal and make the first version of one:"</p>
            <pre><code>"mac -s infrastructure macfile docker_tomcat.macfile -p TOMCAT_VERSION=7-jre8"</code></pre>
        }
    };
    view! {
        <Listing reading=applications empty full=rows/>
    }
}

fn rows(applications: Signal<Vec<Application>>) -> AnyView {
    let columns = &[
        "Application",
        "Live version",
        "Versions",
        "Address",
        "Changed",
    ];
    view! { <Table columns items=applications key=|application| application.id cells/> }.into_any()
}

fn cells(application: Signal<Application>) -> impl IntoView {
    let name = Memo::new(move |_| application.with(|a| a.name.clone()));
    let address = Memo::new(move |_| application.with(|a| a.address.clone()));
    let live = move || {
        application
            .with(|a| a.live.clone())
            .unwrap_or_else(|| "none".into())
    };
    view! {
        <td><a href=move || routes::at(&routes::application(&name.get()))>{name}</a></td>
        <td><code>{live}</code></td>
        <td>{move || application.with(|a| a.versions)}</td>
        <td><a href=address rel="external">{address}</a></td>
        <td><Ago at=Signal::derive(move || application.with(|a| a.updated_at))/></td>
    }
}
