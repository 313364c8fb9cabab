//! A deployment's steps, as they go.

use leptos::prelude::*;
use shared::{DeploymentDetail, DeploymentId, Event, Instant, Step};

use super::view::{put_step, step_badge};
use crate::{
    live::{Live, Loaded, Reading, read, server},
    ui::{Badge, Shown, duration, row},
};

/// Reads a deployment with its steps, and applies what happens to it.
pub fn follow(id: DeploymentId) -> Reading<DeploymentDetail> {
    let detail = read(move || async move { client::deployments::read(&server()?, id).await });
    Live::current().listen(move |event| match event {
        Event::Resync => detail.again(),
        Event::Deployment { deployment } if deployment.id == id => {
            change(detail, |detail| detail.deployment = deployment.clone());
        }
        Event::Step {
            deployment_id,
            step,
        } if *deployment_id == id => {
            change(detail, |detail| put_step(&mut detail.steps, step.clone()));
        }
        Event::Application { .. }
        | Event::Infrastructure { .. }
        | Event::InfrastructureGone { .. }
        | Event::Deployment { .. }
        | Event::Step { .. }
        | Event::Log { .. }
        | Event::Traffic { .. }
        | Event::Terminal { .. }
        | Event::TerminalGone { .. }
        | Event::Sharing { .. }
        | Event::Recording { .. }
        | Event::RecordingGone { .. }
        | Event::TutorialPreview { .. }
        | Event::TutorialPreviewGone { .. }
        | Event::Home { .. } => {}
    });
    detail
}

fn change(detail: Reading<DeploymentDetail>, change: impl FnOnce(&mut DeploymentDetail)) {
    detail.signal().try_update(|loaded| {
        if let Loaded::Ready(detail) = loaded {
            change(detail);
        }
    });
}

/// A deployment's steps, read here.
#[component]
pub fn DeploymentSteps(id: DeploymentId) -> impl IntoView {
    let detail = follow(id);
    view! {
        <Shown reading=detail full={|detail: Signal<DeploymentDetail>| {
            view! { <StepList steps=Signal::derive(move || detail.with(|d| d.steps.clone()))/> }.into_any()
        }}/>
    }
}

/// Steps in order.
#[component]
pub fn StepList(steps: Signal<Vec<Step>>) -> impl IntoView {
    let now = Live::current().now;
    view! {
        <ol class="step-list" aria-label="Steps">
            <For each=move || steps.get() key=|step| step.position let:step>
                <StepItem step=row(steps, step, |a, b| a.position == b.position) now/>
            </For>
        </ol>
    }
}

#[component]
fn StepItem(step: Signal<Step>, now: RwSignal<Instant>) -> impl IntoView {
    let took = move || {
        step.with(|step| {
            let from = step.started_at?;
            Some(duration(
                from,
                step.finished_at.unwrap_or_else(|| now.get()),
            ))
        })
    };
    let code = move || step.with(|step| step.exit_code).filter(|code| *code != 0);
    view! {
        <li>
            <Badge state=Signal::derive(move || step_badge(step.with(|step| step.state)))/>
            <span class="step-name">{move || step.with(|step| step.name.clone())}</span>
            {move || code().map(|code| view! { <code>"exit code "{code}</code> })}
            <span class="muted">{took}</span>
        </li>
    }
}
