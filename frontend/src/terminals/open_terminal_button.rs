//! Opens a terminal.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;
use shared::{OpenTerminal, Problem};

use super::xterm;
use crate::{
    live::{Live, put, server},
    routes,
    ui::{Busy, Button, ProblemNote},
};

/// The size until the page has measured its own.
const SIZE: OpenTerminal = OpenTerminal { cols: 80, rows: 24 };

/// Opens a terminal and goes to it; says why when terminals are off.
#[component]
pub fn OpenTerminalButton() -> impl IntoView {
    let live = Live::current();
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let navigate = use_navigate();
    let open = move || {
        let navigate = navigate.clone();
        busy.set(Busy::Yes);
        // Fetched while the server starts the shell; the screen reports a failure.
        drop(xterm::preload());
        spawn_local(async move {
            let answer = async { client::terminals::open(&server()?, &SIZE).await }.await;
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
    let blocked = move || {
        live.health
            .loaded()
            .with(|h| h.ready().and_then(|h| h.terminals_off.clone()))
    };
    view! {
        <Button
            label="Open terminal"
            kind="primary"
            busy=Signal::from(busy)
            blocked=Signal::derive(blocked)
            on_press=open
        />
        <ProblemNote problem/>
    }
}
