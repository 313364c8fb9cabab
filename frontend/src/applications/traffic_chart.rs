//! How visitors of an application are answered, as it happens.

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use shared::{Event, Instant, Traffic};

use super::traffic::{Bar, Picture};
use crate::{
    live::{Live, server},
    ui::{Badge, Tone},
};

/// How often the picture moves on.
const ROUND_MS: u32 = 1000;
/// The picture's height, in units of which a second has four.
const HEIGHT: u32 = 100;
const BAR: u32 = 4;

/// How visitors of an application are answered, by version and second.
#[component]
pub fn TrafficChart(
    /// The application.
    name: Signal<String>,
    /// The version that is live.
    live: Signal<Option<String>>,
) -> impl IntoView {
    let picture = RwSignal::new(Picture::default());
    let end = follow(name, picture);
    let versions = Memo::new(move |_| picture.with(Picture::versions));
    view! {
        <section class="section traffic" aria-label="Visitors">
            <h2>"Visitors, last minute"</h2>
            {move || versions.with(Vec::is_empty).then(|| view! { <p class="muted">"Nobody came."</p> })}
            <For each=move || versions.get() key=String::clone let:version>
                <VersionRow version live picture end/>
            </For>
        </section>
    }
}

/// Reads what is remembered, and hears what happens; says which second the picture ends at.
fn follow(name: Signal<String>, picture: RwSignal<Picture>) -> RwSignal<i64> {
    let end = RwSignal::new(0);
    // by how many seconds the server's clock is ahead of this one's
    let ahead = StoredValue::new(0);
    let read = move || {
        spawn_local(async move {
            let Some(name) = name.try_get_untracked() else {
                return;
            };
            let told = async { client::applications::traffic(&server()?, &name).await }.await;
            if let Ok(Traffic { until, versions }) = told {
                ahead.try_set_value(seconds(until) - seconds(Instant::now()));
                picture.try_update(|picture| picture.add(&versions));
            }
        });
    };
    read();
    Live::current().listen(move |event| match event {
        Event::Resync => read(),
        Event::Traffic {
            application,
            versions,
        } if name.with_untracked(|name| name == application) => {
            picture.try_update(|picture| picture.add(versions));
        }
        Event::Traffic { .. }
        | Event::Application { .. }
        | Event::Infrastructure { .. }
        | Event::InfrastructureGone { .. }
        | Event::Deployment { .. }
        | Event::Step { .. }
        | Event::Log { .. }
        | Event::Terminal { .. }
        | Event::TerminalGone { .. }
        | Event::Sharing { .. }
        | Event::Recording { .. }
        | Event::RecordingGone { .. }
        | Event::TutorialPreview { .. }
        | Event::TutorialPreviewGone { .. }
        | Event::Home { .. } => {}
    });
    spawn_local(async move {
        while let Some(ahead) = ahead.try_get_value() {
            let now = seconds(Instant::now()) + ahead;
            if end.try_set(now).is_some() {
                return;
            }
            picture.try_maybe_update(|picture| {
                let before = picture.versions().len();
                picture.forget(now);
                (picture.versions().len() != before, ())
            });
            TimeoutFuture::new(ROUND_MS).await;
        }
    });
    end
}

fn seconds(at: Instant) -> i64 {
    at.unix_ms().div_euclid(1000)
}

#[component]
fn VersionRow(
    version: String,
    live: Signal<Option<String>>,
    picture: RwSignal<Picture>,
    end: RwSignal<i64>,
) -> impl IntoView {
    let (shown, of_bars, of_words) = (version.clone(), version.clone(), version.clone());
    let is_live = Memo::new(move |_| live.with(|live| live.as_ref() == Some(&version)));
    let badge = move || match is_live.get() {
        true => ("Live", Tone::Blue),
        false => ("Not live", Tone::Green),
    };
    let bars = move || picture.with(|picture| picture.bars(&of_bars, end.get()));
    let words = Memo::new(move |_| picture.with(|picture| picture.words(&of_words, end.get())));
    let slot = move || if is_live.get() { "blue" } else { "green" };
    let size = format!("0 0 {} {HEIGHT}", Traffic::SECONDS * BAR);
    view! {
        <div class="traffic-row" data-slot=slot>
            <p class="traffic-words">
                <Badge state=Signal::derive(badge)/>
                <code>{shown}</code>
                <span class="muted">{words}</span>
            </p>
            <svg viewBox=size preserveAspectRatio="none" aria-hidden="true">
                {move || bars().into_iter().map(drawn).collect_view()}
            </svg>
        </div>
    }
}

fn drawn(bar: Bar) -> impl IntoView {
    let Bar {
        place,
        height,
        errors,
    } = bar;
    let x = place * BAR;
    view! {
        <rect class="all" x=x y=HEIGHT - height width=BAR - 1 height=height/>
        <rect class="errors" x=x y=HEIGHT - errors width=BAR - 1 height=errors/>
    }
}
