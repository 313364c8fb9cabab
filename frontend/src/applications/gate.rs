//! What a person can say to a change of an address that is under way.

use leptos::{prelude::*, task::spawn_local};
use shared::{ApplicationDetail, Deployment, DeploymentId, DeploymentState, Problem, Prolong};

use super::view::{MORE_SECONDS, Says, moving, says};
use crate::{
    deployments::{deployment_badge, what},
    live::{Live, server},
    ui::{Badge, Busy, Button, ProblemNote, duration},
};

/// A change of the address that is under way, and what a person can say to it.
#[component]
pub fn Gate(
    /// The application.
    detail: Signal<ApplicationDetail>,
) -> impl IntoView {
    let change = Memo::new(move |_| detail.with(moving));
    let waiting = Memo::new(move |_| detail.with(|detail| detail.waiting.clone()));
    let shown = move |change: Memo<Option<Deployment>>| {
        let is_there = Memo::new(move |_| change.with(Option::is_some));
        view! {
            <Show when=move || is_there.get()>
                <Choices change/>
            </Show>
        }
    };
    view! {
        {shown(change)}
        {shown(waiting)}
    }
}

#[component]
fn Choices(change: Memo<Option<Deployment>>) -> impl IntoView {
    let now = Live::current().now;
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let say = move |what: Says| {
        let Some(id) = change.with_untracked(|change| change.as_ref().map(|change| change.id))
        else {
            return;
        };
        busy.set(Busy::Yes);
        spawn_local(async move {
            let answer = say(id, what).await;
            busy.try_set(Busy::No);
            problem.try_set(answer.err());
        });
    };
    let of = move |what: fn(&Deployment) -> Option<String>| {
        change.with(|change| change.as_ref().and_then(what))
    };
    let left = move || {
        let until = change.with(|change| change.as_ref().and_then(|change| change.until))?;
        Some(format!("{} left", duration(now.get(), until)))
    };
    let badge = move || {
        let state = change.with(|change| change.as_ref().map(|change| change.state));
        deployment_badge(state.unwrap_or(DeploymentState::Succeeded))
    };
    let choices =
        Memo::new(move |_| change.with(|change| change.as_ref().map(says).unwrap_or_default()));
    view! {
        <div class="gate" role="group" aria-label="Under way">
            <p class="gate-state">
                <Badge state=Signal::derive(badge)/>
                <span>{move || of(|change| Some(what(change)))}</span>
                {move || left().map(|left| view! { <span class="muted">{left}</span> })}
            </p>
            {move || of(|change| change.error.clone()).map(|why| view! { <p>{why}</p> })}
            <div class="buttons">
                {move || choices.get().into_iter().map(|(what, label)| {
                    let kind = if what == Says::Approve { "primary" } else { "plain" };
                    view! { <Button label kind busy=Signal::from(busy) on_press=move || say(what)/> }
                }).collect_view()}
            </div>
            <ProblemNote problem/>
        </div>
    }
}

async fn say(id: DeploymentId, what: Says) -> Result<Deployment, Problem> {
    let server = server()?;
    match what {
        Says::Approve => client::deployments::approve(&server, id).await,
        Says::Wait => {
            let seconds = MORE_SECONDS;
            client::deployments::prolong(&server, id, Prolong { seconds }).await
        }
        Says::End => client::deployments::cancel(&server, id).await,
    }
}
