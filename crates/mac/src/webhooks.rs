//! Webhooks.

use std::process::ExitCode;

use shared::{Delivery, NewWebhook, Webhook};

use crate::arguments::WebhookCommand;
use crate::output::{Output, word};
use crate::table::{Align, boxed};

/// Carries out a command about webhooks.
pub async fn run(command: WebhookCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let client = crate::signed_in(output)?;
    match command {
        WebhookCommand::List => {
            let all = client::webhooks::list(&client).await?.items;
            output.either(&all, || table(&all))?;
        }
        WebhookCommand::Add { url } => {
            let made = client::webhooks::add(&client, &NewWebhook { url }).await?;
            output.either(&made, || {
                let (id, secret) = (made.webhook.id, &made.secret);
                format!("{id}\nThe secret is shown now and never again: {secret}")
            })?;
        }
        WebhookCommand::Remove { id } => {
            client::webhooks::remove(&client, id).await?;
            output.either(&(), || "It is forgotten.".to_owned())?;
        }
        WebhookCommand::Test { id } => {
            let sent = client::webhooks::test(&client, id).await?;
            output.either(&sent, || sending(&sent))?;
        }
        WebhookCommand::Deliveries { id } => {
            let all = client::webhooks::deliveries(&client, id).await?.items;
            output.either(&all, || sent(&all))?;
        }
        WebhookCommand::Replay { id, delivery } => {
            let sent = client::webhooks::replay(&client, id, delivery).await?;
            output.either(&sent, || sending(&sent))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn sending(delivery: &Delivery) -> String {
    format!("{} is being sent", delivery.id)
}

fn table(all: &[Webhook]) -> String {
    let latest = |one: &Webhook| one.latest.as_ref().map(|latest| word(&latest.state));
    let rows: Vec<_> = all
        .iter()
        .map(|one| {
            [
                one.id.to_string(),
                one.url.clone(),
                latest(one).unwrap_or_default(),
            ]
        })
        .collect();
    boxed(Align::Left, ["Webhook", "Address", "Latest"], &rows)
}

fn sent(all: &[Delivery]) -> String {
    let answer = |one: &Delivery| match one.status {
        Some(status) => status.to_string(),
        None => one.error.clone().unwrap_or_default(),
    };
    let rows: Vec<_> = all
        .iter()
        .map(|one| {
            [
                one.id.to_string(),
                one.kind.clone(),
                word(&one.state),
                one.attempts.to_string(),
                answer(one),
                one.created_at.to_string(),
            ]
        })
        .collect();
    let heads = ["Message", "Of", "State", "Sent", "Answer", "When"];
    boxed(Align::Left, heads, &rows)
}
