//! Making, reading, changing and destroying instances.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::{get, post},
};
use serde::Deserialize;
use shared::{
    ChangeInstance, CommandEnded, ConfigureInstance, CreateInstance, Facts, Instance, InstanceId,
    InstanceLog, Page, RunCommand, paths,
};

use super::{NewAlone, agent, alone};
use crate::{
    Error, Result,
    accounts::{self, SignedIn},
    app::App,
};

/// The paths of instances, and of what they tell of themselves.
pub fn router() -> Router<App> {
    let one = format!("{}/{{id}}", paths::INSTANCES);
    let of_one = |name: &str| format!("{one}/{name}");
    Router::new()
        .route(paths::INSTANCES, get(list).post(create))
        .route(&one, get(read).patch(change).delete(destroy))
        .route(&of_one("log"), get(log))
        .route(&of_one("facts"), get(facts))
        .route(&of_one("configuration"), post(configure))
        .route(&of_one("command"), post(command))
        .merge(agent::router())
}

async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Instance>>> {
    let all = super::list(&app, signed_in.account.id).await?;
    Ok(Json(Page::whole(all)))
}

async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Json(asked): Json<CreateInstance>,
) -> Result<(StatusCode, Json<Instance>)> {
    let on_its_own = NewAlone {
        configure: true,
        ..NewAlone::default()
    };
    let made = alone::create(&app, signed_in.account.id, asked, on_its_own).await?;
    Ok((StatusCode::ACCEPTED, Json(made)))
}

async fn read(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Instance>> {
    let account = signed_in.account.id;
    Ok(Json(super::by_id(&app, account, known(&id)?).await?))
}

async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Json(change): Json<ChangeInstance>,
) -> Result<Json<Instance>> {
    let account = signed_in.account.id;
    Ok(Json(
        super::change(&app, account, known(&id)?, change).await?,
    ))
}

async fn destroy(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Instance>)> {
    let gone = alone::destroy(&app, signed_in.account.id, known(&id)?).await?;
    Ok((StatusCode::ACCEPTED, Json(gone)))
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
) -> Result<Json<InstanceLog>> {
    let (account, wait) = (signed_in.account.id, Duration::from_millis(part.wait_ms));
    let log = super::log(&app, account, known(&id)?, part.after, wait).await?;
    Ok(Json(log))
}

async fn facts(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Facts>> {
    let account = signed_in.account.id;
    Ok(Json(super::facts(&app, account, known(&id)?).await?))
}

async fn configure(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Json(asked): Json<ConfigureInstance>,
) -> Result<(StatusCode, Json<Instance>)> {
    let account = signed_in.account.id;
    let instance = super::configure(&app, account, known(&id)?, asked).await?;
    Ok((StatusCode::ACCEPTED, Json(instance)))
}

async fn command(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Json(run): Json<RunCommand>,
) -> Result<Json<CommandEnded>> {
    let tenant = accounts::tenant(&app, signed_in.account.id).await?;
    let ended = super::run_command(&app, &tenant, known(&id)?, &run.command).await?;
    Ok(Json(ended))
}

/// What is not an id is no instance's.
fn known(id: &str) -> Result<InstanceId> {
    id.parse().map_err(|_| Error::NotFound("instance"))
}
