//! Reading the history.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use serde::Deserialize;
use shared::{
    ClientCommand, ClientReport, Deployment, DeploymentDetail, DeploymentId, LogPage, Page,
    Prolong, paths,
};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Result,
    accounts::SignedIn,
    app::App,
    named::{self, Named},
};

/// The paths of deployments.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(log))
        .routes(routes!(cancel))
        .routes(routes!(approve))
        .routes(routes!(prolong))
        .routes(routes!(command))
        .routes(routes!(report))
}

/// The account's deployments, newest first
#[utoipa::path(
    get,
    path = paths::DEPLOYMENTS,
    tag = "deployments",
    responses((status = 200, description = "all of them", body = Page<Deployment>)),
)]
async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Deployment>>> {
    Ok(Json(Page::whole(
        super::list(&app, signed_in.account.id).await?,
    )))
}

/// One deployment with its steps
#[utoipa::path(
    get,
    context_path = paths::DEPLOYMENTS,
    path = "/{id}",
    tag = "deployments",
    params(("id" = DeploymentId, Path, description = "its id")),
    responses((status = 200, description = "the deployment", body = DeploymentDetail)),
)]
async fn read(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Deployment>,
) -> Result<Json<DeploymentDetail>> {
    Ok(Json(super::read(&app, signed_in.account.id, id).await?))
}

/// Which part of a log, and how long to wait for it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Part {
    /// The number of the last line that is already known.
    #[serde(default)]
    #[param(maximum = 4_294_967_295_u32)]
    after: u32,
    /// How long to wait for a line to come, in milliseconds.
    #[serde(default)]
    #[param(maximum = 4_294_967_295_u32)]
    wait_ms: u32,
}

/// A part of a deployment's log
#[utoipa::path(
    get,
    context_path = paths::DEPLOYMENTS,
    path = "/{id}/log",
    tag = "deployments",
    params(("id" = DeploymentId, Path, description = "its id"), Part),
    responses((status = 200, description = "the lines", body = LogPage)),
)]
async fn log(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Deployment>,
    Query(part): Query<Part>,
) -> Result<Json<LogPage>> {
    let (id, wait) = (id, Duration::from_millis(part.wait_ms.into()));
    let account = signed_in.account.id;
    Ok(Json(
        super::log(&app, account, id, part.after.into(), wait).await?,
    ))
}

/// Ends a deployment that is under way
#[utoipa::path(
    post,
    context_path = paths::DEPLOYMENTS,
    path = "/{id}/cancel",
    tag = "deployments",
    params(("id" = DeploymentId, Path, description = "its id")),
    responses((status = 202, description = "the deployment as it ends", body = Deployment)),
)]
async fn cancel(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Deployment>,
) -> Result<(StatusCode, Json<Deployment>)> {
    let cancelled = super::cancel(&app, &signed_in.account, id).await?;
    Ok((StatusCode::ACCEPTED, Json(cancelled)))
}

/// Lets a deployment move the address
#[utoipa::path(
    post,
    context_path = paths::DEPLOYMENTS,
    path = "/{id}/approve",
    tag = "deployments",
    params(("id" = DeploymentId, Path, description = "its id")),
    responses((status = 202, description = "the deployment as it goes on", body = Deployment)),
)]
async fn approve(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Deployment>,
) -> Result<(StatusCode, Json<Deployment>)> {
    let approved = super::approve(&app, &signed_in.account, id).await?;
    Ok((StatusCode::ACCEPTED, Json(approved)))
}

/// Gives a deployment more time before what comes next
#[utoipa::path(
    post,
    context_path = paths::DEPLOYMENTS,
    path = "/{id}/prolong",
    tag = "deployments",
    request_body = Prolong,
    params(("id" = DeploymentId, Path, description = "its id")),
    responses((status = 202, description = "the deployment with its new end", body = Deployment)),
)]
async fn prolong(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Deployment>,
    Json(more): Json<Prolong>,
) -> Result<(StatusCode, Json<Deployment>)> {
    let (account, id) = (signed_in.account.id, id);
    let prolonged = super::prolong(&app, account, id, more.seconds).await?;
    Ok((StatusCode::ACCEPTED, Json(prolonged)))
}

/// How long to wait for a command.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wait {
    /// How long to wait, in milliseconds.
    #[serde(default)]
    #[param(maximum = 4_294_967_295_u32)]
    wait_ms: u32,
}

/// The next command that the deployment's client has to run
///
/// Null when there is none after `wait_ms`.
#[utoipa::path(
    get,
    context_path = paths::DEPLOYMENTS,
    path = "/{id}/command",
    tag = "deployments",
    params(("id" = DeploymentId, Path, description = "its id"), Wait),
    responses((status = 200, description = "the command, or null", body = Option<ClientCommand>)),
)]
async fn command(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Deployment>,
    Query(wait): Query<Wait>,
) -> Result<Json<Option<ClientCommand>>> {
    let (id, wait) = (id, Duration::from_millis(wait.wait_ms.into()));
    let account = signed_in.account.id;
    Ok(Json(super::client_command(&app, account, id, wait).await?))
}

/// Says what a client's command wrote, or that it ended
#[utoipa::path(
    post,
    context_path = paths::DEPLOYMENTS,
    path = "/{id}/commands/{number}",
    tag = "deployments",
    request_body = ClientReport,
    params(("id" = DeploymentId, Path, description = "its id"),
        ("number" = u32, Path, maximum = 4_294_967_295_u32, description = "the command's number")),
    responses((status = 204, description = "written down")),
)]
async fn report(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, number)): Path<(String, u32)>,
    Json(report): Json<ClientReport>,
) -> Result<StatusCode> {
    let (id, account) = (named::read(&id)?, signed_in.account.id);
    super::client_report(&app, account, id, number.into(), report).await?;
    Ok(StatusCode::NO_CONTENT)
}
