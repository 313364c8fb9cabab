//! Makes a link to a terminal.

use leptos::{prelude::*, task::spawn_local};
use shared::{MadeShare, NewShare, Problem, TerminalId, terminal::Role};

use super::{
    sharings::Sharings,
    view::{LASTS, USUAL_S, may},
};
use crate::{
    live::server,
    ui::{Busy, Button, ProblemNote},
};

/// Makes a link to a terminal: what it lets people do, how long, and whom it is for.
#[component]
pub fn ShareForm(
    id: TerminalId,
    /// Takes the link.
    made: RwSignal<Option<MadeShare>>,
) -> impl IntoView {
    let sharings = Sharings::current();
    let role = RwSignal::new(Role::View);
    let lasts_s = RwSignal::new(USUAL_S);
    let label = RwSignal::new(String::new());
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let make = move || {
        let new = NewShare {
            role: role.get_untracked(),
            lasts_s: lasts_s.get_untracked(),
            label: Some(label.get_untracked()),
        };
        busy.set(Busy::Yes);
        spawn_local(async move {
            let answer = async { client::shares::make(&server()?, id, &new).await }.await;
            busy.try_set(Busy::No);
            match answer {
                Ok(new) => {
                    made.try_set(Some(new));
                    label.try_set(String::new());
                    problem.try_set(None);
                    sharings.read(id);
                }
                Err(why) => {
                    problem.try_set(Some(why));
                }
            }
        });
    };
    let choice = move |one: Role| {
        view! {
            <label class="choice">
                <input type="radio" name="share-role"
                    prop:checked=move || role.get() == one
                    on:change=move |_| role.set(one)/>
                {may(one)}
            </label>
        }
    };
    let times = LASTS.map(|(seconds, words)| {
        view! { <option value=seconds.to_string() selected=seconds == USUAL_S>{words}</option> }
    });
    view! {
        <form class="share-form" on:submit=move |event| {
            event.prevent_default();
            make();
        }>
            <fieldset class="choices">
                <legend>"A link"</legend>
                {choice(Role::View)}
                {choice(Role::Write)}
            </fieldset>
            <label class="field">
                "For"
                <select on:change=move |event| lasts_s.set(event_target_value(&event).parse().unwrap_or(USUAL_S))>
                    {times.collect_view()}
                </select>
            </label>
            <label class="field">
                "To whom"
                <input type="text" maxlength="60" placeholder="optional" autocomplete="off"
                    prop:value=label on:input=move |event| label.set(event_target_value(&event))/>
            </label>
            <p class="muted">"Whoever has the link needs no account, and sees nothing but this terminal."</p>
            <Button label="Make a link" kind="primary" busy=Signal::from(busy) on_press=make/>
        </form>
        <ProblemNote problem/>
    }
}
