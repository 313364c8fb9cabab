//! Webhooks, and what was sent to them.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use shared::{Delivery, DeliveryId, MadeWebhook, NewWebhook, Page, Webhook, WebhookId, paths};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Result, accounts::SignedIn, app::App};

/// The paths of webhooks.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(remove))
        .routes(routes!(test))
        .routes(routes!(deliveries))
        .routes(routes!(replay))
}

/// The account's webhooks
#[utoipa::path(
    get,
    path = paths::WEBHOOKS,
    tag = "webhooks",
    responses((status = 200, description = "all of them", body = Page<Webhook>)),
)]
async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Webhook>>> {
    let all = super::list(&app, signed_in.account.id).await?;
    Ok(Json(Page::whole(all)))
}

/// Asks for messages at an address
#[utoipa::path(
    post,
    path = paths::WEBHOOKS,
    tag = "webhooks",
    request_body = NewWebhook,
    responses((status = 201, description = "it was made; its secret is shown now and never again", body = MadeWebhook)),
)]
async fn add(
    State(app): State<App>,
    signed_in: SignedIn,
    Json(new): Json<NewWebhook>,
) -> Result<(StatusCode, Json<MadeWebhook>)> {
    let made = super::add(&app, signed_in.account.id, new).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Forgets a webhook with all that was sent to it
#[utoipa::path(
    delete,
    context_path = paths::WEBHOOKS,
    path = "/{id}",
    tag = "webhooks",
    params(("id" = WebhookId, Path, description = "its id")),
    responses((status = 204, description = "it is forgotten")),
)]
async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<WebhookId>,
) -> Result<StatusCode> {
    super::remove(&app, signed_in.account.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a message that says nothing
#[utoipa::path(
    post,
    context_path = paths::WEBHOOKS,
    path = "/{id}/test",
    tag = "webhooks",
    params(("id" = WebhookId, Path, description = "its id")),
    responses((status = 202, description = "it is being sent", body = Delivery)),
)]
async fn test(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<WebhookId>,
) -> Result<(StatusCode, Json<Delivery>)> {
    let sent = super::test(&app, signed_in.account.id, id).await?;
    Ok((StatusCode::ACCEPTED, Json(sent)))
}

/// The latest messages to a webhook
#[utoipa::path(
    get,
    context_path = paths::WEBHOOKS,
    path = "/{id}/deliveries",
    tag = "webhooks",
    params(("id" = WebhookId, Path, description = "its id")),
    responses((status = 200, description = "newest first", body = Page<Delivery>)),
)]
async fn deliveries(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<WebhookId>,
) -> Result<Json<Page<Delivery>>> {
    let all = super::deliveries(&app, signed_in.account.id, id).await?;
    Ok(Json(Page::whole(all)))
}

/// Sends a message again
#[utoipa::path(
    post,
    context_path = paths::WEBHOOKS,
    path = "/{id}/deliveries/{delivery}/replay",
    tag = "webhooks",
    params(
        ("id" = WebhookId, Path, description = "the webhook's id"),
        ("delivery" = DeliveryId, Path, description = "the message's id"),
    ),
    responses((status = 202, description = "it is being sent", body = Delivery)),
)]
async fn replay(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, delivery)): Path<(WebhookId, DeliveryId)>,
) -> Result<(StatusCode, Json<Delivery>)> {
    let sent = super::replay(&app, signed_in.account.id, id, delivery).await?;
    Ok((StatusCode::ACCEPTED, Json(sent)))
}
