//! Webhooks, and what was sent to them.

use shared::{
    Delivery, DeliveryId, MadeWebhook, NewWebhook, Page, Problem, Webhook, WebhookId, paths,
};

use crate::Client;

/// All webhooks, newest first.
pub async fn list(client: &Client) -> Result<Page<Webhook>, Problem> {
    client.get(paths::WEBHOOKS).await
}

/// Asks for messages at an address.
pub async fn add(client: &Client, new: &NewWebhook) -> Result<MadeWebhook, Problem> {
    client.post(paths::WEBHOOKS, new).await
}

/// Forgets a webhook with all that was sent to it.
pub async fn remove(client: &Client, id: WebhookId) -> Result<(), Problem> {
    client.delete(&paths::webhook(id)).await
}

/// Sends a message that says nothing.
pub async fn test(client: &Client, id: WebhookId) -> Result<Delivery, Problem> {
    client.post(&paths::webhook_test(id), &()).await
}

/// The latest messages, newest first.
pub async fn deliveries(client: &Client, id: WebhookId) -> Result<Page<Delivery>, Problem> {
    client.get(&paths::webhook_deliveries(id)).await
}

/// Sends a message again.
pub async fn replay(
    client: &Client,
    id: WebhookId,
    delivery: DeliveryId,
) -> Result<Delivery, Problem> {
    let path = paths::webhook_replay(id, delivery);
    client.post(&path, &()).await
}
