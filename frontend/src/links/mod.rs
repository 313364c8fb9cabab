//! The page of a link: somebody without an account answers a deployment that waits.

use leptos::{prelude::*, task::spawn_local};
use shared::{Answer, DeploymentState, LinkAnswer, Linked, Problem};

use crate::{
    deployments::{deployment_badge, what},
    live::{Reading, read, server},
    ui::{Badge, Busy, Button, PageHeader, ProblemNote, Shown, TopBar},
};

/// What a link is about, and the two answers.
#[component]
pub fn LinkPage(
    /// The secret of the link.
    secret: String,
) -> impl IntoView {
    let asked = secret.clone();
    let linked = read(move || {
        let secret = asked.clone();
        async move { client::links::read(&server()?, &secret).await }
    });
    view! {
        <TopBar/>
        <main id="main" class="landing">
            <Shown reading=linked full={move |linked_now: Signal<Linked>| view! {
                <Question secret=secret.clone() linked=linked_now again=linked/>
            }.into_any()}/>
        </main>
    }
}

#[component]
fn Question(secret: String, linked: Signal<Linked>, again: Reading<Linked>) -> impl IntoView {
    let of = move |words: fn(&Linked) -> String| Signal::derive(move || linked.with(words));
    let waits = Memo::new(move |_| {
        linked.with(|linked| {
            linked.used_at.is_none() && linked.deployment.state == DeploymentState::AwaitingApproval
        })
    });
    view! {
        <PageHeader title=of(|linked| what(&linked.deployment))/>
        <p><Badge state=Signal::derive(move || linked.with(|l| deployment_badge(l.deployment.state)))/></p>
        <p>{of(question)}</p>
        <Show when=move || waits.get() fallback=|| view! { <p class="muted">"There is nothing to answer any more."</p> }>
            <Form secret=secret.clone() again/>
        </Show>
    }
}

fn question(linked: &Linked) -> String {
    let (version, address) = (&linked.deployment.version, &linked.address);
    match &linked.deployment.from_version {
        Some(live) => {
            format!("{address} would lead to {version}; it led to {live} when that was asked for.")
        }
        None => format!("{address} would lead to {version}."),
    }
}

#[component]
fn Form(secret: String, again: Reading<Linked>) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let secret = StoredValue::new(secret);
    let send = move |answer: Answer| {
        let said = LinkAnswer {
            answer,
            name: name.get_untracked(),
            reason: None,
        };
        busy.set(Busy::Yes);
        spawn_local(async move {
            let sent =
                async { client::links::answer(&server()?, &secret.get_value(), &said).await };
            let sent = sent.await;
            busy.try_set(Busy::No);
            problem.try_set(sent.err());
            again.again();
        });
    };
    let unnamed = Signal::derive(move || {
        name.with(|name| name.trim().is_empty())
            .then(|| "Say who you are.".to_owned())
    });
    view! {
        <label class="field">
            "Your name"
            <input type="text" maxlength="80" autocomplete="name"
                prop:value=name on:input=move |event| name.set(event_target_value(&event))/>
        </label>
        <div class="buttons">
            <Button label="Let it go live" kind="primary" busy=Signal::from(busy) blocked=unnamed
                on_press=move || send(Answer::Approve)/>
            <Button label="Don\u{2019}t" busy=Signal::from(busy) blocked=unnamed
                on_press=move || send(Answer::Reject)/>
        </div>
        <p class="muted">"It is answered once, and written down with your name."</p>
        <ProblemNote problem/>
    }
}
