//! Webhooks: an account is told of its deployments where it asks for that.
//!
//! A message is stored in the transaction that it tells of, so none is lost and none is made up;
//! it is sent afterwards, and again until it is accepted or given up. It may arrive twice: its id
//! says so.

mod address;
pub mod routes;
mod sender;
mod signature;
mod store;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use rand::RngCore as _;
pub use sender::run;
use shared::{
    AccountId, Delivery, DeliveryId, Deployment, DeploymentState, Instant, MadeWebhook, Message,
    NewWebhook, Webhook, WebhookId,
};
use sqlx::{Any, Transaction};

use crate::{Error, Result, app::App, links, words};

/// How many webhooks an account may have.
const MOST: usize = 10;

/// An account's webhooks, newest first.
pub async fn list(app: &App, account: AccountId) -> Result<Vec<Webhook>> {
    Ok(store::list(&app.pool, account).await?)
}

/// Makes a webhook with a secret of its own.
pub async fn add(app: &App, account: AccountId, new: NewWebhook) -> Result<MadeWebhook> {
    address::check(&new.url, app.config.private_webhooks)?;
    if store::list(&app.pool, account).await?.len() >= MOST {
        return Err(Error::LimitReached(format!(
            "an account has {MOST} webhooks at most"
        )));
    }
    let mut secret = [0; signature::SECRET_BYTES];
    rand::rng().fill_bytes(&mut secret);
    let webhook = Webhook {
        id: WebhookId::new(),
        url: new.url,
        created_at: Instant::now(),
        latest: None,
    };
    let sealed = BASE64.encode(app.seal.close_bytes(account, &secret)?);
    store::insert(&app.pool, account, &webhook, &sealed).await?;
    Ok(MadeWebhook {
        webhook,
        secret: signature::shown(&secret),
    })
}

/// Forgets a webhook with all that was sent to it.
pub async fn remove(app: &App, account: AccountId, id: WebhookId) -> Result<()> {
    match store::delete(&app.pool, account, id).await? {
        true => Ok(()),
        false => Err(Error::NotFound("webhook")),
    }
}

/// The latest messages to a webhook, newest first.
pub async fn deliveries(app: &App, account: AccountId, id: WebhookId) -> Result<Vec<Delivery>> {
    one(app, account, id).await?;
    Ok(store::deliveries(&app.pool, id).await?)
}

/// Sends a message that says nothing.
pub async fn test(app: &App, account: AccountId, id: WebhookId) -> Result<Delivery> {
    one(app, account, id).await?;
    let message = Message {
        kind: "webhook.test".into(),
        timestamp: Instant::now(),
        data: None,
    };
    let delivery = DeliveryId::new();
    store::enqueue_one(&app.pool, id, delivery, &message).await?;
    app.webhooks_due.notify_one();
    found(store::delivery(&app.pool, id, delivery).await?)
}

/// Sends a message again, under the same id.
pub async fn replay(
    app: &App,
    account: AccountId,
    id: WebhookId,
    delivery: DeliveryId,
) -> Result<Delivery> {
    one(app, account, id).await?;
    if !store::again(&app.pool, id, delivery).await? {
        return Err(Error::NotFound("delivery"));
    }
    app.webhooks_due.notify_one();
    found(store::delivery(&app.pool, id, delivery).await?)
}

fn found(delivery: Option<Delivery>) -> Result<Delivery> {
    delivery.ok_or(Error::NotFound("delivery"))
}

async fn one(app: &App, account: AccountId, id: WebhookId) -> Result<Webhook> {
    let all = store::list(&app.pool, account).await?;
    let mut all = all.into_iter();
    all.find(|one| one.id == id)
        .ok_or(Error::NotFound("webhook"))
}

/// Stores what an account's webhooks are told of a deployment, as a part of a larger change; then
/// ring `webhooks_due`.
pub async fn enqueue(
    app: &App,
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
    deployment: Deployment,
) -> sqlx::Result<()> {
    let webhooks = store::ids(transaction, account).await?;
    if webhooks.is_empty() {
        return Ok(());
    }
    let link = if deployment.state == DeploymentState::AwaitingApproval {
        Some(links::make_within(app, transaction, account, deployment.id).await?)
    } else {
        None
    };
    let Some(message) = Message::of(deployment, link, Instant::now()) else {
        return Ok(());
    };
    for webhook in webhooks {
        store::enqueue(transaction, webhook, DeliveryId::new(), &message).await?;
    }
    Ok(())
}

/// What is sent, as it is signed.
fn payload(message: &Message) -> String {
    words::json(message)
}
