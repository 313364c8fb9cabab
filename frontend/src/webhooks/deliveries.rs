//! What was sent to a webhook.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use shared::{Delivery, DeliveryId, DeliveryState, Problem, WebhookId};

use crate::{
    live::{Reading, read, server},
    ui::{Ago, Badge, Busy, Button, Listing, ProblemNote, Tone},
};

/// How often is asked how the sending goes, while it does.
const GLANCE: Duration = Duration::from_secs(2);

/// What was sent to a webhook, newest first, and sending it again.
#[component]
pub fn Deliveries(
    webhook: WebhookId,
    /// What else can be done with it.
    children: Children,
) -> impl IntoView {
    let deliveries = read(move || async move {
        let all = client::webhooks::deliveries(&server()?, webhook).await?;
        Ok(all.items)
    });
    look_again(deliveries);
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let send = move |again: Option<DeliveryId>| {
        busy.set(Busy::Yes);
        spawn_local(async move {
            let answer = send(webhook, again).await;
            busy.try_set(Busy::No);
            problem.try_set(answer.err());
            deliveries.again();
        });
    };
    let again = Callback::new(move |id| send(Some(id)));
    view! {
        <Listing reading=deliveries empty=|| "Nothing was sent yet." full={move |all: Signal<Vec<Delivery>>| {
            rows(all, busy.into(), again)
        }}/>
        <div class="buttons">
            <Button label="Send a test" busy=Signal::from(busy) on_press=move || send(None)/>
            {children()}
        </div>
        <ProblemNote problem/>
    }
}

fn rows(all: Signal<Vec<Delivery>>, busy: Signal<Busy>, again: Callback<DeliveryId>) -> AnyView {
    let row = move |one: Delivery| {
        let id = one.id;
        view! {
            <tr>
                <td><code>{one.kind.clone()}</code></td>
                <td><Badge state=badge(&one)/></td>
                <td>{answer(&one)}</td>
                <td><Ago at=Signal::stored(one.created_at)/></td>
                <td><Button label="Send again" busy on_press=move || again.run(id)/></td>
            </tr>
        }
    };
    let heads = ["Message", "State", "Answer", "When", "Again"];
    let heads = heads.map(|head| view! { <th scope="col">{head}</th> });
    view! {
        <div class="table-scroll">
            <table>
                <thead><tr>{heads.into_iter().collect_view()}</tr></thead>
                <tbody>{move || all.get().into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Reads again while something is being sent.
fn look_again(deliveries: Reading<Vec<Delivery>>) {
    let waits = Memo::new(move |_| {
        deliveries.loaded().with(|all| {
            let mut all = all.ready().into_iter().flatten();
            all.any(|one| one.state == DeliveryState::Waiting)
        })
    });
    Effect::new(move |_| {
        if !waits.get() {
            return;
        }
        if let Ok(glances) = set_interval_with_handle(move || deliveries.again(), GLANCE) {
            Owner::on_cleanup(move || glances.clear());
        }
    });
}

async fn send(webhook: WebhookId, again: Option<DeliveryId>) -> Result<Delivery, Problem> {
    let server = server()?;
    match again {
        Some(id) => client::webhooks::replay(&server, webhook, id).await,
        None => client::webhooks::test(&server, webhook).await,
    }
}

fn badge(delivery: &Delivery) -> (&'static str, Tone) {
    match (delivery.state, delivery.attempts) {
        (DeliveryState::Waiting, 0) => ("sending", Tone::Iris),
        (DeliveryState::Waiting, _) => ("sent again later", Tone::Amber),
        (DeliveryState::Delivered, _) => ("accepted", Tone::Quiet),
        (DeliveryState::Failed, _) => ("given up", Tone::Red),
    }
}

fn answer(delivery: &Delivery) -> String {
    match (delivery.status, &delivery.error) {
        (Some(status), _) => status.to_string(),
        (None, Some(error)) => error.clone(),
        (None, None) => String::new(),
    }
}
