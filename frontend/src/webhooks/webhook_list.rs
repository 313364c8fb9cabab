//! All webhooks, and asking for another one.

use leptos::{prelude::*, task::spawn_local};
use shared::{MadeWebhook, NewWebhook, Problem, Webhook};

use super::deliveries::Deliveries;
use crate::{
    live::{Reading, read, server},
    ui::{Busy, Button, Command, Commands, Confirm, Listing, PageHeader, ProblemNote, shell},
};

/// All webhooks, and asking for another one.
#[component]
pub fn WebhookList() -> impl IntoView {
    let webhooks = read(|| async { Ok(client::webhooks::list(&server()?).await?.items) });
    let empty = || "No webhook yet. Each deployment that waits for somebody, goes back or ends is told to it.";
    view! {
        <PageHeader title="Webhooks"/>
        <p class="muted">
            "Messages are signed as "
            <a href="https://www.standardwebhooks.com/" rel="external noreferrer" target="_blank">"Standard Webhooks"</a>
            " write it, and sent again for three days until they are accepted."
        </p>
        <AddForm webhooks/>
        <Listing reading=webhooks empty full={move |all: Signal<Vec<Webhook>>| cards(all, webhooks)}/>
    }
}

fn cards(all: Signal<Vec<Webhook>>, webhooks: Reading<Vec<Webhook>>) -> AnyView {
    let card = move |webhook: Webhook| view! { <WebhookCard webhook webhooks/> };
    view! { <For each=move || all.get() key=|one| one.id children=card/> }.into_any()
}

#[component]
fn AddForm(webhooks: Reading<Vec<Webhook>>) -> impl IntoView {
    let url = RwSignal::new(String::new());
    let made = RwSignal::new(None::<MadeWebhook>);
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let add = move || {
        let new = NewWebhook {
            url: url.get_untracked(),
        };
        busy.set(Busy::Yes);
        spawn_local(async move {
            let answer = async { client::webhooks::add(&server()?, &new).await }.await;
            busy.try_set(Busy::No);
            match answer {
                Ok(new) => {
                    made.try_set(Some(new));
                    url.try_set(String::new());
                    problem.try_set(None);
                    webhooks.again();
                }
                Err(why) => {
                    problem.try_set(Some(why));
                }
            }
        });
    };
    let is_empty = move || {
        url.with(String::is_empty)
            .then(|| "Type an address.".to_owned())
    };
    view! {
        <form class="webhook-form" on:submit=move |event| {
            event.prevent_default();
            if !url.with_untracked(String::is_empty) {
                add();
            }
        }>
            <label class="field">
                "Address"
                <input type="url" placeholder="https://example.com/hook"
                    prop:value=url on:input=move |event| url.set(event_target_value(&event))/>
            </label>
            <Button label="Add" kind="primary" busy=Signal::from(busy)
                blocked=Signal::derive(is_empty) on_press=add/>
        </form>
        <Command line=Signal::derive(move || match url.get().as_str() {
            "" => "mac webhook add URL".to_owned(),
            url => shell(&["mac", "webhook", "add", url]),
        })/>
        <ProblemNote problem/>
        {move || made.get().map(|made| view! {
            <p class="secret" role="status">
                "The secret of "<code>{made.webhook.url}</code>" is shown now and never again: "
                <code>{made.secret}</code>
            </p>
        })}
    }
}

#[component]
fn WebhookCard(webhook: Webhook, webhooks: Reading<Vec<Webhook>>) -> impl IntoView {
    let (id, url) = (webhook.id, webhook.url.clone());
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let remove = move || {
        busy.set(Busy::Yes);
        spawn_local(async move {
            let answer = async { client::webhooks::remove(&server()?, id).await }.await;
            busy.try_set(Busy::No);
            problem.try_set(answer.err());
            webhooks.again();
        });
    };
    let says = format!(
        "{} is not told of anything any more, and what it was told is forgotten.",
        webhook.url
    );
    view! {
        <section class="section">
            <h2 class="webhook-url">{url}</h2>
            <Deliveries webhook=id>
                <Confirm label="Forget" says=says.clone() busy=Signal::from(busy) on_confirm=remove/>
            </Deliveries>
            <Commands lines=vec![
                ("Send a test", format!("mac webhook test {id}")),
                ("Send again", format!("mac webhook replay {id} DELIVERY")),
                ("Forget", format!("mac webhook remove {id}")),
            ]/>
            <ProblemNote problem/>
        </section>
    }
}
