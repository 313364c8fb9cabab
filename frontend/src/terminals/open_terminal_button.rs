//! Opens a terminal.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;
use shared::{Instance, OpenTerminal, Problem};

use super::xterm;
use crate::{
    live::{Live, put, server},
    routes,
    ui::{Busy, Button, ProblemNote},
};

/// The size until the page has measured its own.
const SIZE: OpenTerminal = OpenTerminal::sized(80, 24);

/// Opens a terminal in the account's own sandbox and goes to it; says why when terminals are off.
#[component]
pub fn OpenTerminalButton() -> impl IntoView {
    view! { <Opening label="Open terminal" kind="primary" open=|| SIZE blocked=|| None/> }
}

/// Opens a terminal on an instance and goes to it; says why when the instance does not run.
#[component]
pub fn OpenShellButton(instance: Signal<Instance>) -> impl IntoView {
    let label = move || format!("Open terminal on {}", instance.with(|i| i.name.clone()));
    let open = move || OpenTerminal {
        instance: Some(instance.with_untracked(|i| i.id)),
        ..SIZE
    };
    let blocked = move || {
        let runs = instance.with(|i| i.state.runs());
        (!runs).then(|| "It does not run.".to_owned())
    };
    view! { <Opening label=Signal::derive(label) kind="plain" open blocked/> }
}

#[component]
fn Opening(
    #[prop(into)] label: Signal<String>,
    kind: &'static str,
    open: impl Fn() -> OpenTerminal + Clone + 'static,
    blocked: impl Fn() -> Option<String> + Send + Sync + 'static,
) -> impl IntoView {
    let live = Live::current();
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let navigate = use_navigate();
    let press = move || {
        let (navigate, open) = (navigate.clone(), open());
        busy.set(Busy::Yes);
        // Fetched while the server starts the shell; the screen reports a failure.
        drop(xterm::preload());
        spawn_local(async move {
            let answer = async { client::terminals::open(&server()?, &open).await }.await;
            busy.try_set(Busy::No);
            match answer {
                Ok(terminal) => {
                    let id = terminal.id;
                    put(live.terminals, terminal, |item| item.id);
                    navigate(&routes::terminal(id), Default::default());
                }
                Err(refused) => {
                    problem.try_set(Some(refused));
                }
            }
        });
    };
    let off = move || {
        live.health
            .loaded()
            .with(|h| h.ready().and_then(|h| h.terminals_off.clone()))
    };
    let blocked = move || blocked().or_else(off);
    view! {
        <Button
            label
            kind
            busy=Signal::from(busy)
            blocked=Signal::derive(blocked)
            on_press=press
        />
        <ProblemNote problem/>
    }
}
