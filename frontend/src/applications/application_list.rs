//! All applications.

use leptos::prelude::*;
use shared::Application;

use crate::{
    live::Live,
    routes,
    ui::{Ago, Listing, PageHeader, row},
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
    view! {
        <div class="table-scroll">
            <table class="application-table">
                <thead>
                    <tr>
                        <th scope="col">"Application"</th>
                        <th scope="col">"Live version"</th>
                        <th scope="col">"Versions"</th>
                        <th scope="col">"Address"</th>
                        <th scope="col">"Changed"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || applications.get() key=|application| application.id let:application>
                        <ApplicationRow application=row(applications, application, |a, b| a.id == b.id)/>
                    </For>
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn ApplicationRow(application: Signal<Application>) -> impl IntoView {
    let name = Memo::new(move |_| application.with(|a| a.name.clone()));
    let address = Memo::new(move |_| application.with(|a| a.address.clone()));
    let live = move || {
        application
            .with(|a| a.live.clone())
            .unwrap_or_else(|| "none".into())
    };
    view! {
        <tr>
            <td><a href=move || routes::application(&name.get())>{name}</a></td>
            <td><code>{live}</code></td>
            <td>{move || application.with(|a| a.versions)}</td>
            <td><a href=address rel="external">{address}</a></td>
            <td><Ago at=Signal::derive(move || application.with(|a| a.updated_at))/></td>
        </tr>
    }
}
