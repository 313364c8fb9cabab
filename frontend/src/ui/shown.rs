//! Something from the server in each of its conditions.

use leptos::prelude::*;
use shared::Problem;

use super::{Button, ProblemNote};
use crate::live::{Loaded, Reading};

#[derive(Clone, PartialEq)]
enum Phase {
    Loading,
    Problem(Problem),
    Full,
}

/// Draws `full` once something was read, and before that how reading it goes.
#[component]
pub fn Shown<T>(
    /// What is read.
    reading: Reading<T>,
    /// Draws it; called once, as the signal brings changes.
    full: impl Fn(Signal<T>) -> AnyView + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let loaded = reading.loaded();
    let phase = Memo::new(move |_| match &*loaded.read() {
        Loaded::Loading => Phase::Loading,
        Loaded::Problem(problem) => Phase::Problem(problem.clone()),
        Loaded::Ready(_) => Phase::Full,
    });
    move || match phase.get() {
        Phase::Loading => view! { <p class="loading" role="status">"Loading…"</p> }.into_any(),
        Phase::Problem(problem) => view! {
            <ProblemNote problem=Some(problem)/>
            <Button label="Try again" on_press={move || reading.again()}/>
        }
        .into_any(),
        Phase::Full => {
            let Some(first) = loaded.with_untracked(|loaded| loaded.ready().cloned()) else {
                return ().into_any();
            };
            let value = Memo::new(move |last: Option<&T>| {
                let now = loaded.with(|loaded| loaded.ready().cloned());
                now.unwrap_or_else(|| last.unwrap_or(&first).clone())
            });
            full(value.into())
        }
    }
}

/// Draws a list once it was read and holds something, and else what is the matter.
#[component]
pub fn Listing<T>(
    /// What is read.
    reading: Reading<Vec<T>>,
    /// What an empty list means, and what to do.
    #[prop(into)]
    empty: ViewFn,
    /// Draws the list.
    full: impl Fn(Signal<Vec<T>>) -> AnyView + Send + Sync + Clone + 'static,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let draw = move |list: Signal<Vec<T>>| {
        let is_empty = Memo::new(move |_| list.with(Vec::is_empty));
        let (empty, full) = (empty.clone(), full.clone());
        (move || match is_empty.get() {
            true => view! { <div class="empty">{empty.run()}</div> }.into_any(),
            false => full(list),
        })
        .into_any()
    };
    view! { <Shown reading full=draw/> }
}

/// One item of a list as a signal, so that its row stays where it is when the item changes.
pub fn row<T>(
    list: Signal<Vec<T>>,
    item: T,
    is_it: impl Fn(&T, &T) -> bool + Send + Sync + 'static,
) -> Signal<T>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    Memo::new(move |_| {
        let now = list.with(|list| list.iter().find(|other| is_it(other, &item)).cloned());
        now.unwrap_or_else(|| item.clone())
    })
    .into()
}
