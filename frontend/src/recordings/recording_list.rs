//! All recordings, and what was written in them.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use shared::{Problem, Recording};

use super::words::{amount, clock, state};
use crate::{
    live::{Live, server},
    routes,
    ui::{Ago, Badge, Button, Listing, PageHeader, ProblemNote, Table},
};

/// All recordings, and what was written in them.
#[component]
pub fn RecordingList() -> impl IntoView {
    let live = Live::current();
    let query = use_query_map();
    let asked = Memo::new(move |_| query.read().get("q").unwrap_or_default());
    let full = |all: Signal<Vec<Recording>>| {
        view! {
            <Table
                columns=&["Terminal", "State", "When", "How long", "Written", "Deployments"]
                items=all
                key=|recording: &Recording| recording.id
                cells=cells
            />
        }
        .into_any()
    };
    view! {
        <PageHeader title="Recordings"/>
        <p class="muted">"What terminals wrote, never what was typed. A terminal is recorded by the button below it."</p>
        <FindForm asked/>
        {move || match asked.get() {
            text if text.is_empty() => view! {
                <Listing reading=live.recordings empty=|| "No terminal was recorded yet." full/>
            }.into_any(),
            text => view! { <Found text/> }.into_any(),
        }}
    }
}

#[component]
fn FindForm(asked: Memo<String>) -> impl IntoView {
    let text = RwSignal::new(asked.get_untracked());
    let navigate = use_navigate();
    let find = move || {
        let options = NavigateOptions::default();
        navigate(&routes::recordings_with(&text.get_untracked()), options);
    };
    let press = find.clone();
    view! {
        <form class="recording-search" role="search" on:submit=move |event| {
            event.prevent_default();
            find();
        }>
            <label class="field">
                "Find in all recordings"
                <input type="search" prop:value=text on:input=move |event| text.set(event_target_value(&event))/>
            </label>
            <Button label="Find" on_press=press/>
        </form>
    }
}

/// The recordings in which a text was written.
#[component]
fn Found(text: String) -> impl IntoView {
    let found = RwSignal::new(None::<Vec<Recording>>);
    let problem = RwSignal::new(None::<Problem>);
    let wanted = text.clone();
    spawn_local(async move {
        match async { client::recordings::with_text(&server()?, &wanted).await }.await {
            Ok(page) => drop(found.try_set(Some(page.items))),
            Err(why) => drop(problem.try_set(Some(why))),
        }
    });
    let card = move |recording: Recording, text: String| {
        let id = recording.id;
        let hits = recording.hits.into_iter().map(|hit| {
            let to = routes::at(&routes::recording_with(id, hit.at_ms, &text));
            view! { <li><a href=to><span class="hit-time">{clock(hit.at_ms)}</span>" "<code>{hit.line}</code></a></li> }
        });
        let hits = hits.collect_view();
        view! {
            <section class="section">
                <h2><a href=routes::at(&routes::recording(id))>{recording.terminal}</a></h2>
                <p class="muted"><Ago at=Signal::stored(recording.started_at)/></p>
                <ul class="hits">{hits}</ul>
            </section>
        }
    };
    let shown = move || match found.get() {
        None if problem.with(Option::is_some) => ().into_any(),
        None => view! { <p class="loading" role="status">"Looking through all recordings…"</p> }
            .into_any(),
        Some(all) if all.is_empty() => {
            view! { <p role="status">"It was written in none of them."</p> }.into_any()
        }
        Some(all) => all
            .into_iter()
            .map(|one| card(one, text.clone()))
            .collect_view()
            .into_any(),
    };
    view! {
        <ProblemNote problem/>
        {shown}
    }
}

fn cells(recording: Signal<Recording>) -> impl IntoView {
    let id = recording.with_untracked(|recording| recording.id);
    let text = move |text: fn(&Recording) -> String| move || recording.with(text);
    view! {
        <td><a href=routes::at(&routes::recording(id))>{text(|recording| recording.terminal.clone())}</a></td>
        <td><Badge state=Signal::derive(move || state(recording.with(|one| one.state)))/></td>
        <td><Ago at=Signal::derive(move || recording.with(|one| one.started_at))/></td>
        <td>{text(|recording| clock(recording.duration_ms))}</td>
        <td>{text(|recording| amount(recording.bytes))}</td>
        <td>{text(|recording| recording.deployments.len().to_string())}</td>
    }
}
