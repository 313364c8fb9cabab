//! Deployments in rows.

use leptos::prelude::*;
use shared::{Deployment, Instant};

use super::{deployment_badge, what};
use crate::{
    live::Live,
    routes,
    ui::{Ago, Badge, Table, duration},
};

/// Deployments in rows: what, which version, who, when, how long, result.
#[component]
pub fn DeploymentTable(deployments: Signal<Vec<Deployment>>) -> impl IntoView {
    view! { <Table columns=HISTORY items=deployments key=|deployment| deployment.id cells=deployment_cells/> }
}

/// The heads of [`deployment_cells`].
pub const HISTORY: &[&str] = &["What", "Result", "Who", "When", "How long", "Step or error"];

/// A deployment in a row.
pub fn deployment_cells(deployment: Signal<Deployment>) -> impl IntoView {
    let now = Live::current().now;
    let href = move || routes::at(&routes::deployment(deployment.with(|d| d.id)));
    let took = move || deployment.with(|d| duration(d.created_at, end(d, now)));
    view! {
        <td><a href=href>{move || deployment.with(what)}</a></td>
        <td><Badge state=Signal::derive(move || deployment_badge(deployment.with(|d| d.state)))/></td>
        <td>{move || deployment.with(|d| d.started_by.clone())}</td>
        <td><Ago at=Signal::derive(move || deployment.with(|d| d.created_at))/></td>
        <td>{took}</td>
        <td>{move || deployment.with(step_or_error)}</td>
    }
}

/// What it is doing, or why it ended without; nothing more is to be said of a success.
fn step_or_error(deployment: &Deployment) -> Option<String> {
    let is_over = deployment.state.is_final();
    let step = deployment.step.clone().filter(|_| !is_over);
    deployment.error.clone().or(step)
}

/// When it ended, or the clock while it has not.
fn end(deployment: &Deployment, now: RwSignal<Instant>) -> Instant {
    deployment.finished_at.unwrap_or_else(|| now.get())
}
