//! Making, reading, changing and destroying instances.

use std::time::Duration;

use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
};
use serde::Deserialize;
use shared::{
    ChangeInstance, CommandEnded, ConfigureInstance, CreateInstance, Facts, Instance, InstanceId,
    InstanceLog, Page, RunCommand, paths,
};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{NewAlone, alone};
use crate::{
    Result,
    accounts::{self, SignedIn},
    app::App,
    named::Named,
};

/// The paths of instances.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, change, destroy))
        .routes(routes!(log))
        .routes(routes!(facts))
        .routes(routes!(configure))
        .routes(routes!(command))
}

/// The account's instances
#[utoipa::path(
    get,
    path = paths::INSTANCES,
    tag = "instances",
    responses((status = 200, description = "all of them", body = Page<Instance>)),
)]
async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Instance>>> {
    let all = super::list(&app, signed_in.account.id).await?;
    Ok(Json(Page::whole(all)))
}

/// Makes an instance on its own
#[utoipa::path(
    post,
    path = paths::INSTANCES,
    tag = "instances",
    request_body = CreateInstance,
    responses((status = 202, description = "the instance as it begins", body = Instance)),
)]
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

/// One instance
#[utoipa::path(
    get,
    context_path = paths::INSTANCES,
    path = "/{id}",
    tag = "instances",
    params(("id" = InstanceId, Path, description = "its id")),
    responses((status = 200, description = "the instance", body = Instance)),
)]
async fn read(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Instance>,
) -> Result<Json<Instance>> {
    let account = signed_in.account.id;
    Ok(Json(super::by_id(&app, account, id).await?))
}

/// Changes how long a testing instance lives
#[utoipa::path(
    patch,
    context_path = paths::INSTANCES,
    path = "/{id}",
    tag = "instances",
    request_body = ChangeInstance,
    params(("id" = InstanceId, Path, description = "its id")),
    responses((status = 200, description = "the instance as it is now", body = Instance)),
)]
async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Instance>,
    Json(change): Json<ChangeInstance>,
) -> Result<Json<Instance>> {
    let account = signed_in.account.id;
    Ok(Json(super::change(&app, account, id, change).await?))
}

/// Destroys an instance on its own
#[utoipa::path(
    delete,
    context_path = paths::INSTANCES,
    path = "/{id}",
    tag = "instances",
    params(("id" = InstanceId, Path, description = "its id")),
    responses((status = 202, description = "the instance as it ends", body = Instance)),
)]
async fn destroy(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Instance>,
) -> Result<(StatusCode, Json<Instance>)> {
    let gone = alone::destroy(&app, signed_in.account.id, id).await?;
    Ok((StatusCode::ACCEPTED, Json(gone)))
}

/// Which part of a log, and how long to wait for it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Part {
    /// The byte of the scripts' log that the part begins at.
    #[serde(default)]
    #[param(maximum = 4_294_967_295_u32)]
    after: u32,
    /// How long to wait for more, in milliseconds.
    #[serde(default)]
    #[param(maximum = 4_294_967_295_u32)]
    wait_ms: u32,
}

/// What an instance wrote
#[utoipa::path(
    get,
    context_path = paths::INSTANCES,
    path = "/{id}/log",
    tag = "instances",
    params(("id" = InstanceId, Path, description = "its id"), Part),
    responses((status = 200, description = "the log", body = InstanceLog)),
)]
async fn log(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Instance>,
    Query(part): Query<Part>,
) -> Result<Json<InstanceLog>> {
    let (account, wait) = (
        signed_in.account.id,
        Duration::from_millis(part.wait_ms.into()),
    );
    let log = super::log(&app, account, id, part.after.into(), wait).await?;
    Ok(Json(log))
}

/// What is known of an instance from within
#[utoipa::path(
    get,
    context_path = paths::INSTANCES,
    path = "/{id}/facts",
    tag = "instances",
    params(("id" = InstanceId, Path, description = "its id")),
    responses((status = 200, description = "facts by their names", body = Facts)),
)]
async fn facts(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Instance>,
) -> Result<Json<Facts>> {
    let account = signed_in.account.id;
    Ok(Json(super::facts(&app, account, id).await?))
}

/// Configures an instance once more
#[utoipa::path(
    post,
    context_path = paths::INSTANCES,
    path = "/{id}/configuration",
    tag = "instances",
    request_body = ConfigureInstance,
    params(("id" = InstanceId, Path, description = "its id")),
    responses((status = 202, description = "the instance as it begins", body = Instance)),
)]
async fn configure(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Instance>,
    Json(asked): Json<ConfigureInstance>,
) -> Result<(StatusCode, Json<Instance>)> {
    let account = signed_in.account.id;
    let instance = super::configure(&app, account, id, asked).await?;
    Ok((StatusCode::ACCEPTED, Json(instance)))
}

/// Runs a command on an instance
///
/// The answer comes when the command has ended.
#[utoipa::path(
    post,
    context_path = paths::INSTANCES,
    path = "/{id}/command",
    tag = "instances",
    request_body = RunCommand,
    params(("id" = InstanceId, Path, description = "its id")),
    responses((status = 200, description = "how it ended", body = CommandEnded)),
)]
async fn command(
    State(app): State<App>,
    signed_in: SignedIn,
    Named(id): Named<Instance>,
    Json(run): Json<RunCommand>,
) -> Result<Json<CommandEnded>> {
    let tenant = accounts::tenant(&app, signed_in.account.id).await?;
    let ended = super::run_command(&app, &tenant, id, &run.command).await?;
    Ok(Json(ended))
}
