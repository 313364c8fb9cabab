//! The page that says which hop fails between a browser and what serves it. Nobody need be signed in.

mod probe;
mod view;

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use shared::{SelfTest, self_test::WORDS};

use crate::{
    live::server,
    ui::{Busy, Button, PageHeader, TopBar},
};
use probe::{Probe, now, word_every_ms};
use view::{Line, Outcome, milliseconds};

/// Longer than proxies let an idle connection be, in seconds.
const IDLE_S: f64 = 70.0;

/// The page that says which hop fails.
#[component]
pub fn SelfTestPage() -> impl IntoView {
    let lines = RwSignal::new(Vec::<Line>::new());
    let busy = RwSignal::new(Busy::No);
    let run = move || {
        lines.set(Vec::new());
        busy.set(Busy::Yes);
        spawn_local(async move {
            try_all(lines).await;
            busy.try_set(Busy::No);
        });
    };
    let run_idle = move || {
        busy.set(Busy::Yes);
        spawn_local(async move {
            try_idle(lines).await;
            busy.try_set(Busy::No);
        });
    };
    run();
    view! {
        <TopBar/>
        <main id="main" class="landing self-test">
            <PageHeader title="Self-test"/>
            <p role="status">{move || lines.with(|lines| view::summary(lines))}</p>
            <ol class="hops">
                {move || lines.get().into_iter().map(|line| view! { <HopLine line/> }).collect_view()}
            </ol>
            <div class="buttons">
                <Button label="Try again" busy=Signal::from(busy) on_press=run/>
                <Button label="Let a connection be idle for 70 seconds" busy=Signal::from(busy) on_press=run_idle/>
            </div>
        </main>
    }
}

#[component]
fn HopLine(line: Line) -> impl IntoView {
    let (state, word, text) = match line.outcome {
        Outcome::Running(text) => ("running", "trying", text),
        Outcome::Well(text) => ("well", "answers", text),
        Outcome::Off(text) => ("off", "off", text),
        Outcome::Fails(text) => ("fails", "fails", text),
    };
    view! {
        <li data-state=state>
            <span class="hop">{line.hop}</span>
            <span class="hop-state">{word}</span>
            <span class="hop-text">{text}</span>
        </li>
    }
}

/// Tries all hops, from the browser on.
async fn try_all(lines: RwSignal<Vec<Line>>) {
    let began = now();
    let asked = async { client::self_test::read(&server()?).await }.await;
    let took = now() - began;
    match asked {
        Err(problem) => say(
            lines,
            "Browser \u{2192} server",
            Outcome::Fails(format!(
                "{} {}",
                problem.title,
                problem.detail.unwrap_or_default()
            )),
        ),
        Ok(found) => {
            say(
                lines,
                "Browser \u{2192} server",
                Outcome::Well(milliseconds(took)),
            );
            try_names(lines, &found);
            try_socket(lines).await;
            for hop in &found.hops {
                lines.try_update(|lines| lines.push(view::behind(hop)));
            }
        }
    }
}

fn try_names(lines: RwSignal<Vec<Line>>, found: &SelfTest) {
    let location = window().location();
    let here = location.host().unwrap_or_default();
    say(
        lines,
        "The name it is asked by",
        view::host(&found.host, &here),
    );
    let path = location.pathname().unwrap_or_default();
    say(
        lines,
        "The path it is below",
        view::base_path(&found.base_path, &path),
    );
}

async fn try_socket(lines: RwSignal<Vec<Line>>) {
    let opened = Probe::open().await;
    let took = opened.as_ref().map(|(_, took)| *took);
    say(lines, "A websocket opens", view::socket(took));
    let Some((probe, _)) = opened else { return };
    let words = probe.words().await;
    let outcome = view::held_back(&words, WORDS, word_every_ms());
    say(lines, "Messages are not held back", outcome);
    if let Some(trip) = probe.round_trip().await {
        say(lines, "There and back", Outcome::Well(milliseconds(trip)));
    }
    say(
        lines,
        "Large messages pass",
        view::large(probe.large().await),
    );
}

/// Opens a websocket and says nothing on it.
async fn try_idle(lines: RwSignal<Vec<Line>>) {
    const HOP: &str = "An idle connection stays";
    lines.try_update(|lines| lines.retain(|line| line.hop != HOP));
    let Some((probe, _)) = Probe::open().await else {
        return say(lines, HOP, view::socket(None));
    };
    let began = now();
    loop {
        let outcome = view::idle((now() - began) / 1000.0, IDLE_S, probe.is_open());
        let is_over = !matches!(outcome, Outcome::Running(_));
        let gone = lines.try_update(|lines| {
            lines.retain(|line| line.hop != HOP);
            lines.push(Line {
                hop: HOP.to_owned(),
                outcome,
            });
        });
        if is_over || gone.is_none() {
            return;
        }
        TimeoutFuture::new(1000).await;
    }
}

fn say(lines: RwSignal<Vec<Line>>, hop: &str, outcome: Outcome) {
    let hop = hop.to_owned();
    lines.try_update(|lines| lines.push(Line { hop, outcome }));
}
