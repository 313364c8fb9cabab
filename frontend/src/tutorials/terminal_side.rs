//! The terminals beside a tutorial's text.

use leptos::{prelude::*, task::spawn_local};
use shared::{OpenTerminal, Problem, TerminalId, TerminalState};

use super::player::Player;
use crate::{
    live::{Live, put, server},
    terminals::GuidedTerminal,
    ui::{Busy, Button, ProblemNote},
};

/// The size until the page has measured its own.
const SIZE: OpenTerminal = OpenTerminal::sized(80, 24);

/// The terminals beside a text: those that the address names, or new ones.
#[component]
pub fn TerminalSide(
    /// Those that the address names.
    named: Memo<Vec<TerminalId>>,
    /// Has the address name others.
    on_open: Callback<Vec<TerminalId>>,
    /// Gives the keyboard back to the text.
    on_leave: Callback<()>,
) -> impl IntoView {
    let live = Live::current();
    let places = Player::current().terminals();
    let count = places.len();
    let terminals = live.terminals.loaded();
    let (busy, problem) = (RwSignal::new(Busy::No), RwSignal::new(None::<Problem>));
    let off = Memo::new(move |_| {
        let health = live.health.loaded();
        health.with(|health| health.ready().and_then(|it| it.terminals_off.clone()))
    });
    // those that have ended stay with their last words, until others are opened
    let running = Memo::new(move |_| {
        terminals.with(|all| {
            let all = all.ready()?;
            let runs = |id: &TerminalId| {
                all.iter()
                    .any(|it| it.id == *id && it.state == TerminalState::Running)
            };
            let running =
                named.with(|named| named.iter().copied().filter(runs).collect::<Vec<_>>());
            Some(running)
        })
    });
    let open = move || {
        let kept = running.get_untracked().unwrap_or_default();
        busy.set(Busy::Yes);
        problem.set(None);
        spawn_local(async move {
            let answer = open_until(kept, count, live).await;
            busy.try_set(Busy::No);
            match answer {
                Ok(ids) => drop(on_open.try_run(ids)),
                Err(refused) => drop(problem.try_set(Some(refused))),
            }
        });
    };
    let are_missing = Memo::new(move |_| {
        running.with(|running| running.as_ref().is_some_and(|it| it.len() < count))
    });
    // as the page opens; later a person is asked
    let asked = StoredValue::new(false);
    Effect::new(move |_| {
        if are_missing.get() && off.with(Option::is_none) && !asked.get_value() {
            asked.set_value(true);
            open();
        }
    });
    let each = places.into_iter().enumerate().map(|(number, (_, guide))| {
        let id = Memo::new(move |_| {
            let named = named.with(|named| named.get(number).copied())?;
            terminals.with(|all| {
                all.ready()?
                    .iter()
                    .any(|it| it.id == named)
                    .then_some(named)
            })
        });
        view! { <GuidedTerminal id guide on_leave/> }
    });
    let each = each.collect_view();
    view! {
        <section class="tutorial-terminals" aria-label="Terminals">
            <ProblemNote problem/>
            <Show when=move || are_missing.get() && busy.get() == Busy::No>
                <Button label="Open another terminal" kind="primary" busy=Signal::from(busy) blocked=off on_press=open/>
            </Show>
            {each}
        </section>
    }
}

/// Opens terminals beside those that there are, until there are so many.
async fn open_until(
    mut ids: Vec<TerminalId>,
    count: usize,
    live: Live,
) -> Result<Vec<TerminalId>, Problem> {
    let client = server()?;
    while ids.len() < count {
        let terminal = client::terminals::open(&client, &SIZE).await?;
        ids.push(terminal.id);
        put(live.terminals, terminal, |item| item.id);
    }
    Ok(ids)
}
