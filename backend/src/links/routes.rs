//! Links by which somebody without an account answers.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use shared::{Deployment, DeploymentId, Link, LinkAnswer, Linked, paths};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Result, accounts::SignedIn, app::App, named::Named};

/// The paths of links.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(make))
        .routes(routes!(read, answer))
}

/// Makes a link by which somebody without an account may answer
#[utoipa::path(
    post,
    context_path = paths::DEPLOYMENTS,
    path = "/{id}/links",
    tag = "links",
    params(("id" = DeploymentId, Path, description = "the deployment's id")),
    responses((status = 201, description = "the link; it is shown now and never again", body = Link)),
)]
async fn make(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Deployment>,
) -> Result<(StatusCode, Json<Link>)> {
    let link = super::make(&app, signed_in.account.id, id).await?;
    Ok((StatusCode::CREATED, Json(link)))
}

/// What a link is about
///
/// Nobody need be signed in: the secret says enough.
#[utoipa::path(
    get,
    context_path = paths::LINKS,
    path = "/{secret}",
    tag = "links",
    security(()),
    params(("secret" = String, Path, description = "the last part of the link")),
    responses((status = 200, description = "the deployment that waits", body = Linked)),
)]
async fn read(State(app): State<App>, Path(secret): Path<String>) -> Result<Json<Linked>> {
    Ok(Json(super::read(&app, &secret).await?))
}

/// Answers by a link, once
///
/// Nobody need be signed in: the secret says enough.
#[utoipa::path(
    post,
    context_path = paths::LINKS,
    path = "/{secret}",
    tag = "links",
    security(()),
    request_body = LinkAnswer,
    params(("secret" = String, Path, description = "the last part of the link")),
    responses((status = 202, description = "the deployment as it goes on", body = Deployment)),
)]
async fn answer(
    State(app): State<App>,
    Path(secret): Path<String>,
    Json(answer): Json<LinkAnswer>,
) -> Result<(StatusCode, Json<Deployment>)> {
    let deployment = super::answer(&app, &secret, answer).await?;
    Ok((StatusCode::ACCEPTED, Json(deployment)))
}
