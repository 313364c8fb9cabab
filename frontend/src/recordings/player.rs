//! A player: the screen, and what it is played by.

use std::rc::Rc;

use leptos::{ev::KeyboardEvent, html::Div, prelude::*, task::spawn_local};
use shared::{Recording, RecordingId};
use wasm_bindgen::JsCast as _;
use web_sys::Element;

use super::{
    playback::{Controls, Playback},
    seek_bar::SeekBar,
    tape::{Pauses, Tape},
};
use crate::{
    live::server,
    ui::{Button, ProblemNote},
};

/// How fast a recording may be played.
const SPEEDS: [f64; 5] = [0.5, 1.0, 2.0, 4.0, 8.0];
/// How far an arrow goes.
const STEP_MS: f64 = 5_000.0;

/// A player of a recording.
#[component]
pub fn Player(recording: Signal<Recording>, controls: Controls) -> impl IntoView {
    let id = recording.with_untracked(|recording| recording.id);
    let host = NodeRef::<Div>::new();
    play_on(host, id, controls);
    follow_index(id, recording, controls);
    let is_playing = controls.is_playing;
    let label = move || match is_playing.get() {
        true => "Pause".to_owned(),
        false => "Play".to_owned(),
    };
    let speeds = SPEEDS.map(|speed| {
        let is_it = move || controls.speed.get() == speed;
        view! { <option value=speed.to_string() selected=is_it>{format!("{speed}×")}</option> }
    });
    let skips = move || controls.pauses.get() == Pauses::Skipped;
    view! {
        <section class="player" aria-label="Player" tabindex="0"
            on:keydown=move |event| on_key(&event, controls, recording)
        >
            <div class="terminal-frame"><div class="terminal-screen" node_ref=host></div></div>
            <SeekBar recording controls/>
            <div class="player-controls">
                <Button label=Signal::derive(label) kind="primary" on_press=move || controls.toggle()/>
                <label class="player-speed">
                    "Speed"
                    <select on:change=move |event| {
                        controls.speed.set(event_target_value(&event).parse().unwrap_or(1.0));
                    }>{speeds}</select>
                </label>
                <label class="player-pauses">
                    <input type="checkbox" prop:checked=skips on:change=move |event| {
                        controls.pauses.set(match event_target_checked(&event) {
                            true => Pauses::Skipped,
                            false => Pauses::Kept,
                        });
                    }/>
                    "Skip pauses"
                </label>
                <span class="player-keys"><kbd>"Space"</kbd>" plays, "<kbd>"←"</kbd>" "<kbd>"→"</kbd>" go 5 seconds, "<kbd>"["</kbd>" "<kbd>"]"</kbd>" to a deployment"</span>
            </div>
            <ProblemNote problem=controls.problem/>
        </section>
    }
}

/// Shows it on the page, for as long as that stays.
fn play_on(host: NodeRef<Div>, id: RecordingId, controls: Controls) {
    let opened = StoredValue::new_local(None::<Rc<Playback>>);
    Effect::new(move |_| {
        let Some(host) = host.get() else { return };
        spawn_local(async move {
            match Playback::open(id, &host, controls).await {
                Ok(playback) => {
                    // the page may have gone on to another meanwhile
                    match opened.try_set_value(Some(playback.clone())) {
                        Some(_) => playback.close(),
                        None => playback.run().await,
                    }
                }
                Err(error) => leptos::logging::error!("xterm.js cannot be shown: {error:?}"),
            }
        });
    });
    on_cleanup(move || {
        if let Some(Some(playback)) = opened.try_get_value() {
            playback.close();
        }
    });
}

/// Reads when what was written, and again when there is more.
fn follow_index(id: RecordingId, recording: Signal<Recording>, controls: Controls) {
    let length = Memo::new(move |_| recording.with(|recording| (recording.bytes, recording.state)));
    Effect::new(move |_| {
        length.track();
        spawn_local(async move {
            match async { client::recordings::index(&server()?, id).await }.await {
                Ok(moments) => {
                    let tape = Tape::new(moments);
                    let is_first = controls.tape.try_update(|known| {
                        let is_first = *known == Tape::default();
                        *known = tape;
                        is_first
                    });
                    if is_first == Some(true) {
                        let (at_ms, text) = controls.first.get_value();
                        controls.find(at_ms, text);
                    }
                }
                Err(problem) => {
                    controls.problem.try_set(Some(problem));
                }
            }
        });
    });
}

fn on_key(event: &KeyboardEvent, controls: Controls, recording: Signal<Recording>) {
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return;
    }
    let on = event.target().and_then(|on| on.dyn_into::<Element>().ok());
    let is = |selector| {
        on.as_ref()
            .is_some_and(|on| on.matches(selector) == Ok(true))
    };
    // these have such keys of their own
    let has_space = is("select, button, input[type=checkbox]");
    let has_arrows = is("select");
    let at_ms = controls.at_ms.get_untracked();
    match event.key().as_str() {
        " " if !has_space => controls.toggle(),
        "ArrowLeft" if !has_arrows => controls.seek(at_ms - STEP_MS),
        "ArrowRight" if !has_arrows => controls.seek(at_ms + STEP_MS),
        "Home" if !has_arrows => controls.seek(0.0),
        "End" if !has_arrows => controls.seek(f64::MAX),
        "[" => to_mark(recording, controls, |mark, at| mark < at - 1.0, true),
        "]" => to_mark(recording, controls, |mark, at| mark > at, false),
        _ => return,
    }
    event.prevent_default();
}

fn to_mark(
    recording: Signal<Recording>,
    controls: Controls,
    is_it: impl Fn(f64, f64) -> bool,
    takes_last: bool,
) {
    let at_ms = controls.at_ms.get_untracked();
    let mark = recording.with_untracked(|recording| {
        let all = recording.deployments.iter().map(|one| one.at_ms as f64);
        let mut all: Vec<f64> = all.filter(|mark| is_it(*mark, at_ms)).collect();
        match takes_last {
            true => all.pop(),
            false => all.into_iter().next(),
        }
    });
    if let Some(mark) = mark {
        controls.seek(mark);
    }
}
