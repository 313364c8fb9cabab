//! One infrastructure.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::{use_navigate, use_params_map};
use shared::{
    DeploymentKind, Event, InfrastructureDetail, InfrastructureState, Problem, RunOptions,
};

use super::{
    infrastructure_badge,
    parts::{InstanceCards, ResourceCards},
    view::{destroy_label, not_destroyable},
};
use crate::{
    applications::PlanOf,
    live::{Live, Reading, read, server},
    routes,
    ui::{Ago, Badge, Busy, Button, Command, Confirm, Fact, PageHeader, ProblemNote, Shown, shell},
};

/// One infrastructure: its parts, and the macfile that made it.
#[component]
pub fn InfrastructurePage() -> impl IntoView {
    let params = use_params_map();
    let param = move |key: &'static str| params.read().get(key).unwrap_or_default();
    let key = Memo::new(move |_| (param("name"), param("version")));
    move || {
        let (name, version) = key.get();
        view! { <InfrastructureOf name version/> }
    }
}

#[component]
fn InfrastructureOf(name: String, version: String) -> impl IntoView {
    let detail = follow(name, version);
    view! {
        <Shown reading=detail full={|detail: Signal<InfrastructureDetail>| {
            view! { <Infrastructure detail/> }.into_any()
        }}/>
    }
}

/// Reads an infrastructure, and again when something of it may have changed.
fn follow(name: String, version: String) -> Reading<InfrastructureDetail> {
    let asked = (name.clone(), version.clone());
    let detail = read(move || {
        let (name, version) = asked.clone();
        async move { client::infrastructures::read(&server()?, &name, &version).await }
    });
    Live::current().listen(move |event| {
        let concerns = match event {
            Event::Resync | Event::Step { .. } => true,
            Event::Infrastructure { infrastructure: i } => i.name == name && i.version == version,
            Event::Deployment { deployment: d } => d.application == name && d.version == version,
            Event::Application { .. }
            | Event::InfrastructureGone { .. }
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
fn Infrastructure(detail: Signal<InfrastructureDetail>) -> impl IntoView {
    let title =
        move || detail.with(|d| format!("{} {}", d.infrastructure.name, d.infrastructure.version));
    view! {
        <PageHeader title=Signal::derive(title)>
            <Badge state=Signal::derive(move || infrastructure_badge(detail.with(|d| d.infrastructure.state)))/>
            <Resume detail/>
            <Destroy detail/>
        </PageHeader>
        <InfrastructureFacts detail/>
        <section class="section">
            <h2>"Instances"</h2>
            {move || detail.with(|d| d.instances.is_empty()).then(|| view! { <p class="muted">"None yet."</p> })}
            <InstanceCards instances=Signal::derive(move || detail.with(|d| d.instances.clone()))/>
        </section>
        <section class="section">
            <h2>"Resources"</h2>
            {move || detail.with(|d| d.resources.is_empty()).then(|| view! { <p class="muted">"None yet."</p> })}
            <ResourceCards resources=Signal::derive(move || detail.with(|d| d.resources.clone()))/>
        </section>
        <details class="section">
            <summary>"Macfile"</summary>
            <pre class="log" tabindex="0" aria-label="Macfile">{move || detail.with(|d| d.macfile.clone())}</pre>
        </details>
    }
}

#[component]
fn InfrastructureFacts(detail: Signal<InfrastructureDetail>) -> impl IntoView {
    let name = Memo::new(move |_| detail.with(|d| d.infrastructure.name.clone()));
    let live = move || detail.with(|d| if d.infrastructure.live { "yes" } else { "no" });
    let endpoint = move || detail.with(|d| d.infrastructure.endpoint.clone());
    let link = move || detail.with(|d| d.link.clone());
    view! {
        <p>{move || detail.with(|d| d.infrastructure.description.clone())}</p>
        <dl class="facts">
            <Fact name="Application"><a href=move || routes::at(&routes::application(&name.get()))>{name}</a></Fact>
            <Fact name="Live">{live}</Fact>
            <Fact name="Serves at">{move || match (endpoint(), link()) {
                (Some(name), Some(link)) => view! { <a href=link rel="external" target="_blank"><code>{name}</code></a> }.into_any(),
                (name, _) => view! { <code>{name.unwrap_or_else(|| "nowhere yet".into())}</code> }.into_any(),
            }}</Fact>
            <Fact name="Made by">{move || detail.with(|d| d.infrastructure.created_by.clone())}</Fact>
            <Fact name="When"><Ago at=Signal::derive(move || detail.with(|d| d.infrastructure.created_at))/></Fact>
        </dl>
    }
}

/// Goes on with making a version that could not be made whole.
#[component]
fn Resume(detail: Signal<InfrastructureDetail>) -> impl IntoView {
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let resume = move || {
        let key = |d: &InfrastructureDetail| {
            let infrastructure = &d.infrastructure;
            (infrastructure.name.clone(), infrastructure.version.clone())
        };
        let (name, version) = detail.with_untracked(key);
        busy.set(Busy::Yes);
        spawn_local(async move {
            let options = RunOptions::default();
            let answer = async {
                client::infrastructures::resume(&server()?, &name, &version, &options).await
            };
            let answer = answer.await;
            busy.try_set(Busy::No);
            problem.try_set(answer.err());
        });
    };
    let line = move || {
        detail.with(|d| {
            let infrastructure = &d.infrastructure;
            let (name, version) = (&infrastructure.name, &infrastructure.version);
            shell(&["mac", "infrastructure", "resume", name, version])
        })
    };
    let can_resume =
        move || detail.with(|d| d.infrastructure.state) == InfrastructureState::CreateFailed;
    view! {
        <Show when=can_resume>
            <Button label="Go on where it failed" kind="primary" busy=Signal::from(busy) on_press=resume/>
            <Command line=Signal::derive(line)/>
        </Show>
        <ProblemNote problem/>
    }
}

/// For how long a destruction can be undone.
const UNDO_SECONDS: u32 = 30;

#[component]
fn Destroy(detail: Signal<InfrastructureDetail>) -> impl IntoView {
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let key = move || {
        detail.with_untracked(|d| {
            (
                d.infrastructure.name.clone(),
                d.infrastructure.version.clone(),
            )
        })
    };
    let navigate = use_navigate();
    let destroy = move || {
        let (name, version) = key();
        let navigate = navigate.clone();
        busy.set(Busy::Yes);
        spawn_local(async move {
            let answer = async {
                let server = server()?;
                client::infrastructures::destroy_later(&server, &name, &version, UNDO_SECONDS).await
            };
            match answer.await {
                // where it can be undone
                Ok(begun) => navigate(&routes::deployment(begun.id), Default::default()),
                Err(refused) => {
                    busy.try_set(Busy::No);
                    problem.try_set(Some(refused));
                }
            }
        });
    };
    let typed = move || {
        let (name, version) = key();
        Some(format!("{name} {version}"))
    };
    let label = move || detail.with(|d| destroy_label(&d.infrastructure));
    let all = Live::current().infrastructures;
    let blocked = move || {
        let reason = |all: &[_]| detail.with(|d| not_destroyable(&d.infrastructure, all));
        let loaded = all.loaded();
        loaded.with(|all| reason(all.ready().map_or(&[], Vec::as_slice)).map(String::from))
    };
    let line = move || {
        let (name, version) = key();
        shell(&["mac", "infrastructure", "destroy", &name, &version])
    };
    let (name, version) = key();
    view! {
        <Confirm
            label=Signal::derive(label)
            says="Its instances are terminated and its destroy commands run. That can be undone for 30 seconds, and then it does not come back. If it is live, the address leads nowhere then."
            typed=Signal::derive(typed)
            busy=Signal::from(busy)
            blocked=Signal::derive(blocked)
            on_confirm=destroy
        >
            <PlanOf name version kind=DeploymentKind::Destroy/>
        </Confirm>
        <Command line=Signal::derive(line)/>
        <ProblemNote problem/>
    }
}
