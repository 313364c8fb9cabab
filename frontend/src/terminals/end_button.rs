//! Ends a terminal.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;
use shared::{Problem, TerminalId};

use super::desk::Desk;
use crate::{
    live::{Live, server},
    routes,
    ui::{Busy, Confirm, ProblemNote},
};

/// Ends a terminal, once that is confirmed; what stood beside it stays.
#[component]
pub fn EndButton(id: TerminalId, name: String) -> impl IntoView {
    let (live, desk) = (Live::current(), Desk::current());
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let navigate = use_navigate();
    let end = move || {
        let navigate = navigate.clone();
        let left = desk.layout.get_untracked().and_then(|now| now.without(id));
        let next = left.map_or(routes::TERMINALS.to_owned(), |layout| layout.url());
        busy.set(Busy::Yes);
        spawn_local(async move {
            let answer = async { client::terminals::end(&server()?, id).await }.await;
            busy.try_set(Busy::No);
            match answer {
                Ok(()) => {
                    live.terminals.again();
                    navigate(&next, Default::default());
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
