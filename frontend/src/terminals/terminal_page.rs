//! Terminals as tabs, one of them shown.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::{use_navigate, use_params_map};
use shared::{Problem, Terminal, TerminalId, TerminalState};

use super::{open_terminal_button::OpenTerminalButton, screen::TerminalScreen};
use crate::{
    live::{Live, server},
    routes,
    ui::{Busy, Confirm, Listing, PageHeader, ProblemNote},
};

/// Terminals as tabs, one of them shown.
#[component]
pub fn TerminalPage() -> impl IntoView {
    let terminals = Live::current().terminals;
    let params = use_params_map();
    let newest = move || {
        let loaded = terminals.loaded();
        loaded.with(|all| all.ready()?.iter().map(|terminal| terminal.id).max())
    };
    let id = Memo::new(move |_| match params.read().get("id") {
        Some(id) => id.parse::<TerminalId>().ok(),
        None => newest(),
    });
    let exists = Memo::new(move |_| {
        let id = id.get()?;
        terminals
            .loaded()
            .with(|all| all.ready()?.iter().any(|t| t.id == id).then_some(id))
    });
    view! {
        <PageHeader title="Terminals"><OpenTerminalButton/></PageHeader>
        <Listing
            reading=terminals
            empty=|| "No terminal is open. One comes with aws, azure and mac, and stays when you close the page."
            full=move |terminals| view! { <Tabs terminals shown=id/> }.into_any()
        />
        {move || exists.get().map(|id| view! { <TerminalScreen id/> })}
        {move || (id.get().is_some() && exists.get().is_none() && terminals.loaded().with(|t| t.ready().is_some()))
            .then(|| view! { <p role="status">"This terminal is over."</p> })}
    }
}

#[component]
fn Tabs(terminals: Signal<Vec<Terminal>>, shown: Memo<Option<TerminalId>>) -> impl IntoView {
    let in_order = move || {
        let mut all = terminals.get();
        all.sort_by_key(|terminal| terminal.id);
        all
    };
    let tab = move |terminal: Terminal| {
        let (id, href) = (terminal.id, routes::terminal(terminal.id));
        let current = move || (shown.get() == Some(id)).then_some("page");
        let state = match terminal.state {
            TerminalState::Running => None,
            TerminalState::Ended => Some(" (ended)"),
            TerminalState::Lost => Some(" (lost)"),
        };
        view! { <li><a href=href aria-current=current>{terminal.name}{state}</a></li> }
    };
    let named = move || {
        let id = shown.get()?;
        terminals.with(|all| all.iter().find(|terminal| terminal.id == id).cloned())
    };
    view! {
        <nav class="tabs" aria-label="Terminals">
            <ul>{move || in_order().into_iter().map(tab).collect_view()}</ul>
            {move || named().map(|terminal| view! { <EndButton id=terminal.id name=terminal.name/> })}
        </nav>
    }
}

#[component]
fn EndButton(id: TerminalId, name: String) -> impl IntoView {
    let live = Live::current();
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let navigate = use_navigate();
    let end = move || {
        let navigate = navigate.clone();
        busy.set(Busy::Yes);
        spawn_local(async move {
            let answer = async { client::terminals::end(&server()?, id).await }.await;
            busy.try_set(Busy::No);
            match answer {
                Ok(()) => {
                    live.terminals.again();
                    navigate(routes::TERMINALS, Default::default());
                }
                Err(refused) => {
                    problem.try_set(Some(refused));
                }
            }
        });
    };
    view! {
        <Confirm
            label=format!("End {name}")
            says="Its shell ends, with everything that runs in it. Files in the home folder stay."
            busy=Signal::from(busy)
            on_confirm=end
        />
        <ProblemNote problem/>
    }
}
