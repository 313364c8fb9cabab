//! One application.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_params_map;
use shared::{ApplicationDetail, ChangeApplication, Event, Problem, paths};

use super::{
    gate::Gate,
    history::ApplicationHistory,
    lane::{Lane, MoveButton},
    policy_form::PolicyForm,
    traffic_chart::TrafficChart,
    view::{Move, candidates, live, roll_back},
    visitors_form::VisitorsForm,
};
use crate::{
    deployments::{DeploymentSteps, what},
    live::{Live, Reading, read, server},
    routes,
    ui::{Busy, PageHeader, ProblemNote, Shown, Tone},
};

/// One application: its two lanes, and the buttons that move its address.
#[component]
pub fn ApplicationPage() -> impl IntoView {
    let params = use_params_map();
    let name = Memo::new(move |_| params.read().get("name").unwrap_or_default());
    move || view! { <ApplicationOf name=name.get()/> }
}

#[component]
fn ApplicationOf(name: String) -> impl IntoView {
    let detail = follow(name.clone());
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None);
    let on_move = Callback::new(move |to: Move| {
        let name = name.clone();
        let seen = detail
            .loaded()
            .with_untracked(|d| d.ready().and_then(|d| d.application.live.clone()));
        busy.set(Busy::Yes);
        spawn_local(async move {
            problem.try_set(start(&name, to, seen).await.err());
            busy.try_set(Busy::No);
            detail.again();
        });
    });
    view! {
        <Shown reading=detail full={move |detail: Signal<ApplicationDetail>| {
            view! {
                <LoadedApplication detail busy=busy.into() problem=problem.into() on_move/>
            }.into_any()
        }}/>
    }
}

async fn start(name: &str, to: Move, expected_live: Option<String>) -> Result<(), Problem> {
    let change = ChangeApplication {
        kind: to.kind,
        version: to.version,
        expected_live,
        reason: None,
    };
    client::applications::change(&server()?, name, &change)
        .await
        .map(|_| ())
}

/// Reads an application, and again when something of it changed.
fn follow(name: String) -> Reading<ApplicationDetail> {
    let asked = name.clone();
    let detail = read(move || {
        let name = asked.clone();
        async move { client::applications::read(&server()?, &name).await }
    });
    Live::current().listen(move |event| {
        let concerns = match event {
            Event::Resync | Event::InfrastructureGone { .. } => true,
            Event::Application { application } => application.name == name,
            Event::Infrastructure { infrastructure } => infrastructure.name == name,
            Event::Deployment { deployment } => deployment.application == name,
            Event::Step { .. }
            | Event::Log { .. }
            | Event::Traffic { .. }
            | Event::Terminal { .. }
            | Event::TerminalGone { .. }
            | Event::Sharing { .. }
            | Event::Recording { .. }
            | Event::RecordingGone { .. }
            | Event::TutorialPreview { .. }
            | Event::TutorialPreviewGone { .. }
            | Event::Home { .. } => false,
        };
        if concerns {
            detail.again();
        }
    });
    detail
}

#[component]
fn LoadedApplication(
    detail: Signal<ApplicationDetail>,
    busy: Signal<Busy>,
    problem: Signal<Option<Problem>>,
    on_move: Callback<Move>,
) -> impl IntoView {
    let address = Memo::new(move |_| detail.with(|d| d.application.address.clone()));
    let now = Live::current().now;
    let active = Memo::new(move |_| detail.with(|d| d.active.as_ref().map(|a| (a.id, what(a)))));
    view! {
        <PageHeader title=Signal::derive(move || detail.with(|d| d.application.name.clone()))>
            <a href=address rel="external" target="_blank">{address}</a>
        </PageHeader>
        <p class="pointer" role="status">
            {move || detail.with(|d| match &d.application.live {
                Some(live) => format!("The address leads to {live}."),
                None => "The address leads nowhere yet: promote a version.".into(),
            })}
        </p>
        <MoveButton
            name=Signal::derive(move || detail.with(|d| d.application.name.clone()))
            to=Signal::derive(move || detail.with(|detail| roll_back(detail, now.get())))
            busy
            on_move
        />
        <Gate detail/>
        <PolicyForm
            name=Signal::derive(move || detail.with(|d| d.application.name.clone()))
            policy=Signal::derive(move || detail.with(|d| d.application.policy))
        />
        <VisitorsForm
            name=Signal::derive(move || detail.with(|d| d.application.name.clone()))
            visitors=Signal::derive(move || detail.with(|d| d.application.visitors.clone()))
        />
        <ProblemNote problem/>
        <div class="lanes">
            <Lane color=("Blue", Tone::Blue) holds="Live" empty="No version is live."
                versions=Signal::derive(move || detail.with(live)) detail busy on_move/>
            <Lane color=("Green", Tone::Green) holds="Candidates" empty="No other version. Make one with a macfile."
                versions=Signal::derive(move || detail.with(candidates)) detail busy on_move/>
        </div>
        {move || active.get().map(|(id, what)| view! {
            <section class="section">
                <h2>"Under way: "{what}</h2>
                <DeploymentSteps id/>
            </section>
        })}
        <TrafficChart
            name=Signal::derive(move || detail.with(|d| d.application.name.clone()))
            live=Signal::derive(move || detail.with(|d| d.application.live.clone()))
        />
        <section class="section">
            <h2>"Deployments"</h2>
            <ApplicationHistory detail busy on_move/>
            <Receipts name=Signal::derive(move || detail.with(|d| d.application.name.clone()))/>
        </section>
    }
}

/// Where the proof of all this is, and how it is checked.
#[component]
fn Receipts(name: Signal<String>) -> impl IntoView {
    let line = move || {
        let name = name.get();
        format!("mac history receipts {name} | mac history verify -")
    };
    view! {
        <p class="muted">
            <a href=move || routes::at(&paths::application_receipts(&name.get())) rel="external" target="_blank">"Receipts"</a>
            ", each with the hash of the one before. To check them: "
            <code>{line}</code>
        </p>
    }
}
