//! All infrastructures.

use leptos::prelude::*;
use shared::Infrastructure;

use super::infrastructure_badge;
use crate::{
    live::Live,
    routes,
    ui::{Ago, Badge, Listing, PageHeader, row},
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
    view! {
        <div class="table-scroll">
            <table class="infrastructure-table">
                <thead>
                    <tr>
                        <th scope="col">"Infrastructure"</th>
                        <th scope="col">"Version"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Instances"</th>
                        <th scope="col">"Resources"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"When"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || infrastructures.get() key=|item| item.id let:item>
                        <InfrastructureRow item=row(infrastructures, item, |a, b| a.id == b.id)/>
                    </For>
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn InfrastructureRow(item: Signal<Infrastructure>) -> impl IntoView {
    let href = move || item.with(|i| routes::infrastructure(&i.name, &i.version));
    let live = move || item.with(|i| i.live.then_some(" · live"));
    view! {
        <tr>
            <td><a href=href>{move || item.with(|i| format!("{} {}", i.name, i.version))}</a></td>
            <td><code>{move || item.with(|i| i.version.clone())}</code>{live}</td>
            <td><Badge state=Signal::derive(move || infrastructure_badge(item.with(|i| i.state)))/></td>
            <td>{move || item.with(|i| i.instances)}</td>
            <td>{move || item.with(|i| i.resources)}</td>
            <td>{move || item.with(|i| i.created_by.clone())}</td>
            <td><Ago at=Signal::derive(move || item.with(|i| i.created_at))/></td>
        </tr>
    }
}
