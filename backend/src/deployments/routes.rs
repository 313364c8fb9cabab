//! Reading the history.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::{get, post},
};
use serde::Deserialize;
use shared::{
    ClientCommand, ClientReport, Deployment, DeploymentDetail, DeploymentId, LogPage, Page, paths,
};

use crate::{Result, accounts::SignedIn, app::App};

/// The paths of deployments.
pub fn router() -> Router<App> {
    let one = format!("{}/{{id}}", paths::DEPLOYMENTS);
    Router::new()
        .route(paths::DEPLOYMENTS, get(list))
        .route(&one, get(read))
        .route(&format!("{one}/log"), get(log))
        .route(&format!("{one}/cancel"), post(cancel))
        .route(&format!("{one}/command"), get(command))
        .route(&format!("{one}/commands/{{number}}"), post(report))
}

async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Deployment>>> {
    Ok(Json(Page::whole(
        super::list(&app, signed_in.account.id).await?,
    )))
}

async fn read(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<DeploymentDetail>> {
    let id = known(&id)?;
    Ok(Json(super::read(&app, signed_in.account.id, id).await?))
}

/// Which part of a log, and how long to wait for it.
#[derive(Debug, Deserialize)]
struct Part {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    wait_ms: u64,
}

async fn log(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(part): Query<Part>,
) -> Result<Json<LogPage>> {
    let (id, wait) = (known(&id)?, Duration::from_millis(part.wait_ms));
    let account = signed_in.account.id;
    Ok(Json(super::log(&app, account, id, part.after, wait).await?))
}

async fn cancel(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Deployment>)> {
    let cancelled = super::cancel(&app, signed_in.account.id, known(&id)?).await?;
    Ok((StatusCode::ACCEPTED, Json(cancelled)))
}

/// How long to wait for a command.
#[derive(Debug, Deserialize)]
struct Wait {
    #[serde(default)]
    wait_ms: u64,
}

async fn command(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(wait): Query<Wait>,
) -> Result<Json<Option<ClientCommand>>> {
    let (id, wait) = (known(&id)?, Duration::from_millis(wait.wait_ms));
    let account = signed_in.account.id;
    Ok(Json(super::client_command(&app, account, id, wait).await?))
}

async fn report(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, number)): Path<(String, u64)>,
    Json(report): Json<ClientReport>,
) -> Result<StatusCode> {
    let (id, account) = (known(&id)?, signed_in.account.id);
    super::client_report(&app, account, id, number, report).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is not an id is no deployment's.
fn known(id: &str) -> Result<DeploymentId> {
    id.parse().map_err(|_| crate::Error::NotFound("deployment"))
}
