//! What a person can say to a change of an address that is under way.

use leptos::{prelude::*, task::spawn_local};
use shared::{
    ApplicationDetail, Approval, Controller, Deployment, DeploymentId, DeploymentKind,
    DeploymentState, Link, Problem, Prolong,
};

use super::{
    move_plan::PlanOf,
    view::{MORE_SECONDS, Says, holder, moving, says, says_line},
};
use crate::{
    deployments::{deployment_badge, what},
    live::{Live, server},
    ui::{Badge, Busy, Button, Command, ProblemNote, duration, shell},
};

/// A change of the address that is under way, and what a person can say to it.
#[component]
pub fn Gate(
    /// The application.
    detail: Signal<ApplicationDetail>,
) -> impl IntoView {
    let change = Memo::new(move |_| detail.with(moving));
    let controller = Memo::new(move |_| detail.with(|detail| detail.controller));
    let is_others =
        Memo::new(move |_| detail.with(|d| d.application.policy.approval == Approval::Others));
    let waiting = Memo::new(move |_| detail.with(|detail| detail.waiting.clone()));
    let shown = move |change: Memo<Option<Deployment>>| {
        let is_there = Memo::new(move |_| change.with(Option::is_some));
        view! {
            <Show when=move || is_there.get()>
                <Choices change controller is_others/>
            </Show>
        }
    };
    view! {
        {shown(change)}
        {shown(waiting)}
    }
}

#[component]
fn Choices(
    change: Memo<Option<Deployment>>,
    controller: Memo<Option<Controller>>,
    is_others: Memo<bool>,
) -> impl IntoView {
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
        Memo::new(move |_| change.with(|change| change.as_ref().map(choices).unwrap_or_default()));
    let held_by = move || {
        let controller = controller.get();
        change.with(|change| {
            let change = change.as_ref()?;
            Some(holder(change, controller.as_ref(), now.get()))
        })
    };
    let planned = Memo::new(move |_| {
        change.with(|change| {
            let change = change.as_ref()?;
            let waits = change.state == DeploymentState::AwaitingApproval;
            waits.then(|| {
                (
                    change.id,
                    change.application.clone(),
                    change.version.clone(),
                )
            })
        })
    });
    view! {
        <div class="gate" role="group" aria-label="Under way">
            <p class="gate-state">
                <Badge state=Signal::derive(badge)/>
                <span>{move || of(|change| Some(what(change)))}</span>
                {move || left().map(|left| view! { <span class="muted">{left}</span> })}
            </p>
            {move || of(|change| change.error.clone()).map(|why| view! { <p>{why}</p> })}
            {move || held_by().map(|held_by| view! { <p class="muted">{held_by}</p> })}
            <div class="choices">
                {move || choices.get().into_iter().map(|(what, label, line)| {
                    let kind = if what == Says::Approve { "primary" } else { "plain" };
                    let blocked = move || {
                        let is_theirs = what == Says::Approve && is_others.get();
                        is_theirs.then(|| "Somebody else says so, by a link.".to_owned())
                    };
                    view! {
                        <div class="choice">
                            <Button label kind busy=Signal::from(busy) blocked=Signal::derive(blocked)
                                on_press=move || say(what)/>
                            <Command line/>
                        </div>
                    }
                }).collect_view()}
                {move || planned.get().map(|(id, name, version)| view! {
                    <MakeLink id name=name.clone()/>
                    <PlanOf name version kind=DeploymentKind::Promote/>
                })}
            </div>
            <ProblemNote problem/>
        </div>
    }
}

/// What can be said to a deployment, how its button is called, and the command.
fn choices(deployment: &Deployment) -> Vec<(Says, String, String)> {
    let all = says(deployment).into_iter();
    all.map(|(what, label)| (what, label, says_line(what, deployment)))
        .collect()
}

/// Makes a link by which somebody without an account answers.
#[component]
fn MakeLink(id: DeploymentId, name: String) -> impl IntoView {
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let link = RwSignal::new(None::<Link>);
    let make = move || {
        busy.set(Busy::Yes);
        spawn_local(async move {
            let made = async { client::links::make(&server()?, id).await }.await;
            busy.try_set(Busy::No);
            match made {
                Ok(made) => drop(link.try_set(Some(made))),
                Err(refused) => drop(problem.try_set(Some(refused))),
            }
        });
    };
    view! {
        <div class="choice">
            <Button label="Make a link for somebody else" busy=Signal::from(busy) on_press=make/>
            <Command line=shell(&["mac", "app", "link", &name])/>
        </div>
        {move || link.get().map(|link| view! {
            <p>"Whoever opens it may answer, once, within three days: "<Command line=link.url/></p>
        })}
        <ProblemNote problem/>
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
