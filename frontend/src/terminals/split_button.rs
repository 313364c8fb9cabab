//! Opens another terminal beside the one that is used.

use leptos::{prelude::*, task::spawn_local};
use shared::{OpenTerminal, Problem};

use super::desk::Desk;
use crate::{
    live::{Live, put, server},
    ui::{Busy, Button, ProblemNote},
};

/// What opens another terminal beside the one that is used, by button and by key.
#[derive(Clone, Copy)]
pub struct Splitting {
    busy: RwSignal<Busy>,
    problem: RwSignal<Option<Problem>>,
}

impl Splitting {
    /// Nothing is being opened.
    pub fn new() -> Self {
        Self {
            busy: RwSignal::new(Busy::No),
            problem: RwSignal::new(None),
        }
    }

    /// Opens another, unless there is no room or one is being opened.
    pub fn begin(self, live: Live, desk: Desk) {
        let has_room = desk
            .layout
            .get_untracked()
            .is_some_and(|now| now.has_room());
        if !has_room || self.busy.get_untracked() == Busy::Yes {
            return;
        }
        self.busy.set(Busy::Yes);
        self.problem.set(None);
        spawn_local(async move {
            let size = OpenTerminal::sized(80, 24);
            let answer = async { client::terminals::open(&server()?, &size).await }.await;
            self.busy.try_set(Busy::No);
            match answer {
                Ok(terminal) => {
                    let id = terminal.id;
                    put(live.terminals, terminal, |item| item.id);
                    desk.show(|layout| Some(layout.split(id)));
                }
                Err(refused) => {
                    self.problem.try_set(Some(refused));
                }
            }
        });
    }
}

/// Opens another terminal beside the one that is used.
#[component]
pub fn SplitButton(splitting: Splitting) -> impl IntoView {
    let (live, desk) = (Live::current(), Desk::current());
    let blocked = move || {
        let layout = desk.layout.get();
        let is_full = layout.is_some_and(|now| !now.has_room());
        is_full.then(|| "No more fit.".to_owned())
    };
    view! {
        <span class="split-button">
            <Button
                label="Split"
                busy=Signal::from(splitting.busy)
                blocked=Signal::derive(blocked)
                on_press=move || splitting.begin(live, desk)
            />
        </span>
        <ProblemNote problem=splitting.problem/>
    }
}
