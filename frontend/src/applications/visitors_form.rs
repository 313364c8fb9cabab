//! What becomes of visitors: letting them wait, turning them away, serving them again.

use leptos::{prelude::*, task::spawn_local};
use shared::{ChangeVisitors, Problem, Visitors};

use super::view::{closed, turned_away_line, visitors_words};
use crate::{
    live::{Live, server},
    ui::{Badge, Busy, Button, Command, ProblemNote, Tone, shell},
};

/// What becomes of visitors, and what can be done about it.
#[component]
pub fn VisitorsForm(
    /// The application's name.
    name: Signal<String>,
    /// As it is said to be.
    visitors: Signal<Visitors>,
) -> impl IntoView {
    let now = Live::current().now;
    let stand = Memo::new(move |_| visitors.get().at(now.get()));
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let change = Callback::new(move |change: ChangeVisitors| {
        let name = name.get_untracked();
        busy.set(Busy::Yes);
        spawn_local(async move {
            let changed =
                async { client::applications::set_visitors(&server()?, &name, &change).await };
            problem.try_set(changed.await.err());
            busy.try_set(Busy::No);
        });
    });
    let is_closed = Memo::new(move |_| stand.with(|stand| *stand != Visitors::Served));
    view! {
        <Show when=move || is_closed.get() fallback=move || view! { <Choices name busy change/> }>
            <div class="gate" role="group" aria-label="Visitors">
                <p class="gate-state">
                    <Badge state=Signal::derive(move || (stand.with(closed), Tone::Amber))/>
                    <span>{move || stand.with(|stand| visitors_words(stand, now.get()))}</span>
                </p>
                <div class="buttons">
                    <Button label="Serve visitors again" kind="primary" busy=Signal::from(busy)
                        on_press=move || change.run(ChangeVisitors::Served)/>
                    <Command line=Signal::derive(move || shell(&["mac", "app", "resume", &name.get()]))/>
                </div>
            </div>
        </Show>
        <ProblemNote problem/>
    }
}

#[component]
fn Choices(
    name: Signal<String>,
    busy: RwSignal<Busy>,
    change: Callback<ChangeVisitors>,
) -> impl IntoView {
    let notice = RwSignal::new(String::new());
    let seconds = ChangeVisitors::USUAL_HOLD_SECONDS;
    let turn_away = move || {
        let notice = Some(notice.get_untracked()).filter(|notice| !notice.trim().is_empty());
        change.run(ChangeVisitors::TurnedAway { notice });
    };
    view! {
        <details class="policy">
            <summary>"Visitors are served."</summary>
            <div class="policy-fields">
                <div class="field">
                    <Button label="Let visitors wait for 30 s" busy=Signal::from(busy)
                        on_press=move || change.run(ChangeVisitors::Held { seconds })/>
                    <Command line=Signal::derive(move || shell(&["mac", "app", "pause", &name.get()]))/>
                </div>
                <label class="field">
                    "A page that says"
                    <input type="text" maxlength=ChangeVisitors::LONGEST_NOTICE
                        placeholder="This is being worked on. Please come back soon."
                        prop:value=move || notice.get()
                        on:input=move |event| notice.set(event_target_value(&event))/>
                </label>
                <div class="field">
                    <Button label="Turn visitors away" kind="danger" busy=Signal::from(busy) on_press=turn_away/>
                    <Command line=Signal::derive(move || turned_away_line(&name.get(), &notice.get()))/>
                </div>
            </div>
        </details>
    }
}
