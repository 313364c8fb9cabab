//! One recording: the player, and what happened in it.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use shared::{Event, Problem, Recording, RecordingHit, RecordingId, paths};

use super::{
    playback::Controls,
    player::Player,
    words::{amount, clock, missing, state},
};
use crate::{
    live::{Live, read, server},
    routes,
    ui::{Ago, Badge, Busy, Button, Confirm, Fact, PageHeader, ProblemNote, Shown},
};

/// One recording: the player, and what happened in it.
#[component]
pub fn RecordingPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id")?.parse::<RecordingId>().ok());
    move || match id.get() {
        Some(id) => view! { <RecordingOf id/> }.into_any(),
        None => view! { <PageHeader title="No such recording"/> }.into_any(),
    }
}

#[component]
fn RecordingOf(id: RecordingId) -> impl IntoView {
    let reading = read(move || async move { client::recordings::by_id(&server()?, id).await });
    Live::current().listen(move |event| match event {
        Event::Recording { recording } if recording.id == id => reading.again(),
        Event::Resync => reading.again(),
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
        | Event::TutorialPreview { .. }
        | Event::TutorialPreviewGone { .. }
        | Event::Home { .. }
        | Event::Recording { .. }
        | Event::RecordingGone { .. } => {}
    });
    let query = use_query_map();
    let at_ms = query
        .read_untracked()
        .get("at")
        .and_then(|at| at.parse().ok());
    let text = query.read_untracked().get("q").unwrap_or_default();
    let controls = Controls::at(at_ms.unwrap_or_default(), text.clone());
    view! {
        <Shown reading full={move |recording: Signal<Recording>| {
            let text = text.clone();
            view! {
                <PageHeader title=Signal::derive(move || {
                    format!("Recording of {}", recording.with(|one| one.terminal.clone()))
                })>
                    <Badge state=Signal::derive(move || state(recording.with(|one| one.state)))/>
                    <a class="button" data-kind="plain" href=routes::at(&paths::recording_cast(id)) download="" rel="external">"Download (asciicast)"</a>
                    <Remove id/>
                </PageHeader>
                {move || recording.with(missing).map(|said| view! { <p class="warning" role="note">{said}</p> })}
                <Player recording controls/>
                <Deployments recording controls/>
                <Find id controls text/>
                <Facts recording/>
            }.into_any()
        }}/>
    }
}

#[component]
fn Remove(id: RecordingId) -> impl IntoView {
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let live = Live::current();
    let navigate = use_navigate();
    let remove = move || {
        let navigate = navigate.clone();
        busy.set(Busy::Yes);
        spawn_local(async move {
            match async { client::recordings::remove(&server()?, id).await }.await {
                Ok(()) => {
                    live.recordings.again();
                    navigate(routes::RECORDINGS, Default::default());
                }
                Err(why) => {
                    busy.try_set(Busy::No);
                    problem.try_set(Some(why));
                }
            }
        });
    };
    view! {
        <Confirm label="Remove" says="What was recorded is gone for good." busy=Signal::from(busy) on_confirm=remove/>
        <ProblemNote problem/>
    }
}

/// The deployments that were begun in it, each with a way to that moment.
#[component]
fn Deployments(recording: Signal<Recording>, controls: Controls) -> impl IntoView {
    let all = Memo::new(move |_| recording.with(|recording| recording.deployments.clone()));
    let one = move |one: shared::RecordedDeployment| {
        let at_ms = one.at_ms as f64;
        let label = format!("Go to {}", clock(one.at_ms));
        view! {
            <li>
                <Button label=label on_press=move || controls.seek(at_ms)/>
                " "<a href=routes::at(&routes::deployment(one.id))>{one.title}</a>
            </li>
        }
    };
    move || {
        all.with(|all| !all.is_empty()).then(|| {
            view! {
                <section class="section">
                    <h2>"Deployments"</h2>
                    <ul class="hits">{all.get().into_iter().map(one).collect_view()}</ul>
                </section>
            }
        })
    }
}

/// Finds a text in the recording, and goes to where it was written.
#[component]
fn Find(id: RecordingId, controls: Controls, text: String) -> impl IntoView {
    let is_asked = !text.is_empty();
    let text = RwSignal::new(text);
    let hits = RwSignal::new(None::<Vec<RecordingHit>>);
    let problem = RwSignal::new(None::<Problem>);
    let find = move || {
        let wanted = text.get_untracked();
        spawn_local(async move {
            match async { client::recordings::search(&server()?, id, &wanted).await }.await {
                Ok(page) => {
                    problem.try_set(None);
                    hits.try_set(Some(page.items));
                }
                Err(why) => {
                    problem.try_set(Some(why));
                }
            }
        });
    };
    if is_asked {
        find();
    }
    let hit = move |hit: RecordingHit| {
        let at_ms = hit.at_ms as f64;
        let go = move |_| {
            controls.is_playing.set(false);
            controls.find(at_ms, text.get_untracked());
        };
        view! {
            <li><button type="button" class="hit" on:click=go>
                <span class="hit-time">{clock(hit.at_ms)}</span>" "<code>{hit.line}</code>
            </button></li>
        }
    };
    let shown = move || {
        match hits.get() {
        None => ().into_any(),
        Some(all) if all.is_empty() => view! { <p role="status">"It was not written."</p> }.into_any(),
        Some(all) => view! { <ul class="hits" aria-label="Found">{all.into_iter().map(hit).collect_view()}</ul> }.into_any(),
    }
    };
    view! {
        <section class="section">
            <h2>"Find"</h2>
            <form class="recording-search" role="search" on:submit=move |event| {
                event.prevent_default();
                find();
            }>
                <label class="field">
                    "Find in this recording"
                    <input type="search" prop:value=text on:input=move |event| text.set(event_target_value(&event))/>
                </label>
                <Button label="Find" on_press=find/>
            </form>
            <ProblemNote problem/>
            {shown}
        </section>
    }
}

#[component]
fn Facts(recording: Signal<Recording>) -> impl IntoView {
    let text = move |text: fn(&Recording) -> String| move || recording.with(text);
    let kept = move || recording.with(|recording| recording.kept_until);
    view! {
        <dl class="facts">
            <Fact name="When"><Ago at=Signal::derive(move || recording.with(|one| one.started_at))/></Fact>
            <Fact name="How long">{text(|recording| clock(recording.duration_ms))}</Fact>
            <Fact name="Size">{text(|recording| format!("{} × {}", recording.cols, recording.rows))}</Fact>
            <Fact name="Written">{text(|recording| amount(recording.bytes))}</Fact>
            <Fact name="On the disk">{text(|recording| amount(recording.stored_bytes))}</Fact>
            {move || kept().map(|until| {
                let day: String = until.to_string().chars().take(10).collect();
                view! { <Fact name="Kept until">{day.clone()}</Fact> }
            })}
        </dl>
    }
}
