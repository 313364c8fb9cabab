//! One deployment.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_params_map;
use shared::{Deployment, DeploymentDetail, DeploymentId, Instant, Problem};

use super::{
    deployment_badge,
    deployment_log::DeploymentLog,
    deployment_steps::{StepList, follow},
    view::{is_cancellable, undone_until},
    what,
};
use crate::{
    live::{Live, server},
    recordings::RecordedIn,
    routes,
    ui::{Ago, Badge, Busy, Button, Confirm, Fact, PageHeader, ProblemNote, Shown, duration},
};

/// One deployment: what, who, when, its steps and its log.
#[component]
pub fn DeploymentPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| {
        params
            .read()
            .get("id")
            .and_then(|id| id.parse::<DeploymentId>().ok())
    });
    move || match id.get() {
        Some(id) => view! { <DeploymentOf id/> }.into_any(),
        None => view! { <PageHeader title="No such deployment"/> }.into_any(),
    }
}

#[component]
fn DeploymentOf(id: DeploymentId) -> impl IntoView {
    let detail = follow(id);
    view! {
        <Shown reading=detail full={move |detail: Signal<DeploymentDetail>| {
            view! {
                <PageHeader title=Signal::derive(move || detail.with(|d| what(&d.deployment)))>
                    <Badge state=Signal::derive(move || deployment_badge(detail.with(|d| d.deployment.state)))/>
                    <Cancel deployment=Signal::derive(move || detail.with(|d| d.deployment.clone()))/>
                </PageHeader>
                <DeploymentFacts detail/>
                <section class="section">
                    <h2>"Steps"</h2>
                    <StepList steps=Signal::derive(move || detail.with(|d| d.steps.clone()))/>
                </section>
                <section class="section">
                    <h2>"Log"</h2>
                    <DeploymentLog id/>
                </section>
            }.into_any()
        }}/>
    }
}

/// Ends a deployment that is under way, where that can be.
#[component]
fn Cancel(deployment: Signal<Deployment>) -> impl IntoView {
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let cancel = move || {
        let id = deployment.with_untracked(|deployment| deployment.id);
        busy.set(Busy::Yes);
        spawn_local(async move {
            let answer = async { client::deployments::cancel(&server()?, id).await }.await;
            busy.try_set(Busy::No);
            problem.try_set(answer.err());
        });
    };
    let now = Live::current().now;
    let held = Memo::new(move |_| {
        let until = deployment.with(undone_until);
        until.filter(|until| *until > now.get())
    });
    view! {
        {move || held.get().map(|until| view! {
            <div class="gate" role="group" aria-label="Undo">
                <p>{move || format!("Nothing is destroyed yet: it begins in {}.", duration(now.get(), until))}</p>
                <div class="buttons">
                    <Button label="Undo" kind="primary" busy=Signal::from(busy) on_press=cancel/>
                </div>
            </div>
        })}
        <Show when=move || held.get().is_none() && deployment.with(is_cancellable)>
            <Confirm
                label="Cancel"
                says="The commands that run are ended. What was made stays, to be gone on with or destroyed."
                busy=Signal::from(busy)
                on_confirm=cancel
            />
        </Show>
        <ProblemNote problem/>
    }
}

#[component]
fn DeploymentFacts(detail: Signal<DeploymentDetail>) -> impl IntoView {
    let now = Live::current().now;
    let name = Memo::new(move |_| detail.with(|d| d.deployment.application.clone()));
    let end = move |at: Option<Instant>| at.unwrap_or_else(|| now.get());
    let took =
        move || detail.with(|d| duration(d.deployment.created_at, end(d.deployment.finished_at)));
    let from = move || detail.with(|d| d.deployment.from_version.clone());
    let text = move |text: fn(&DeploymentDetail) -> Option<String>| detail.with(text);
    view! {
        <dl class="facts">
            <Fact name="Application"><a href=move || routes::at(&routes::application(&name.get()))>{name}</a></Fact>
            <Fact name="Version"><code>{move || detail.with(|d| d.deployment.version.clone())}</code></Fact>
            <Fact name="Live before"><code>{move || from().unwrap_or_else(|| "none".into())}</code></Fact>
            <Fact name="Started by">{move || detail.with(|d| d.deployment.started_by.clone())}</Fact>
            <Fact name="When"><Ago at=Signal::derive(move || detail.with(|d| d.deployment.created_at))/></Fact>
            <Fact name="How long">{took}</Fact>
            <RecordedIn id=detail.with_untracked(|d| d.deployment.id)/>
            {move || text(|d| d.deployment.reason.clone()).map(|why| view! { <Fact name="Reason">{why}</Fact> })}
        </dl>
        {move || text(|d| d.deployment.error.clone()).map(|error| view! {
            <div class="problem-note" role="alert"><strong>{error}</strong></div>
        })}
    }
}
