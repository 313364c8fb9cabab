//! Where a recording is, with what happened on the way.

use leptos::prelude::*;
use shared::Recording;

use super::{playback::Controls, tape::Tape, words::clock};

/// Where a recording is, with what happened on the way.
#[component]
pub fn SeekBar(recording: Signal<Recording>, controls: Controls) -> impl IntoView {
    let end = Memo::new(move |_| controls.tape.with(Tape::duration_ms));
    let place = move |at_ms: u64| {
        let end = end.get().max(1.0);
        format!("{:.3}%", (at_ms as f64 / end * 100.0).min(100.0))
    };
    let says = move || {
        let (at, end) = (controls.at_ms.get(), end.get());
        format!("{} of {}", clock(at as u64), clock(end as u64))
    };
    let sizes = move || {
        let all = controls.tape.with(Tape::resized_ms);
        let mark = |at_ms| {
            let title = format!("Another size, {}", clock(at_ms));
            view! { <span class="seek-mark" data-kind="size" title=title style:inset-inline-start=place(at_ms)></span> }
        };
        all.into_iter().map(mark).collect_view()
    };
    let deployments = move || {
        let all = recording.with(|recording| recording.deployments.clone());
        let mark = |one: shared::RecordedDeployment| {
            let title = format!("{}, {}", one.title, clock(one.at_ms));
            let at_ms = one.at_ms as f64;
            view! {
                <button type="button" class="seek-mark" data-kind="deployment" tabindex="-1"
                    title=title.clone() aria-label=title
                    style:inset-inline-start=place(one.at_ms)
                    on:click=move |_| controls.seek(at_ms)
                ></button>
            }
        };
        all.into_iter().map(mark).collect_view()
    };
    view! {
        <div class="seek">
            <div class="seek-bar">
                <input type="range" min="0" step="100" aria-label="Where it is" aria-valuetext=says
                    max=move || end.get().to_string()
                    prop:value=move || controls.at_ms.get().to_string()
                    on:input=move |event| {
                        controls.seek(event_target_value(&event).parse().unwrap_or_default());
                    }
                />
                <div class="seek-marks">{sizes}{deployments}</div>
            </div>
            <output class="seek-clock">{says}</output>
        </div>
    }
}
