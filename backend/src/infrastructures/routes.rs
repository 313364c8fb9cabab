//! Making, reading and destroying infrastructures.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
    response::IntoResponse,
};
use serde::Deserialize;
use shared::{
    CreateInfrastructure, Deployment, Infrastructure, InfrastructureDetail, KeepVersion, Page,
    RunOptions, RunsAt, paths,
};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Result, accounts::SignedIn, app::App};

/// The paths of infrastructures.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, destroy))
        .routes(routes!(resume))
        .routes(routes!(keep))
}

/// The account's infrastructures
#[utoipa::path(
    get,
    path = paths::INFRASTRUCTURES,
    tag = "infrastructures",
    responses((status = 200, description = "all of them", body = Page<Infrastructure>)),
)]
async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Infrastructure>>> {
    Ok(Json(Page::whole(
        super::list(&app, signed_in.account.id).await?,
    )))
}

/// Makes an infrastructure from a macfile
#[utoipa::path(
    post,
    path = paths::INFRASTRUCTURES,
    tag = "infrastructures",
    request_body = CreateInfrastructure,
    responses((status = 202, description = "the deployment that makes it", body = Deployment)),
)]
async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Json(asked): Json<CreateInfrastructure>,
) -> Result<impl IntoResponse> {
    let deployment = super::create(&app, signed_in.account.id, asked).await?;
    Ok((StatusCode::ACCEPTED, Json(deployment)))
}

/// One infrastructure with its parts
#[utoipa::path(
    get,
    context_path = paths::INFRASTRUCTURES,
    path = "/{name}/{version}",
    tag = "infrastructures",
    params(("name" = String, Path, description = "its name"),
        ("version" = String, Path, description = "its version")),
    responses((status = 200, description = "the infrastructure", body = InfrastructureDetail)),
)]
async fn read(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((name, version)): Path<(String, String)>,
) -> Result<Json<InfrastructureDetail>> {
    let account = signed_in.account.id;
    Ok(Json(super::read(&app, account, &name, &version).await?))
}

/// Goes on with making a version whose making failed or was cut short
#[utoipa::path(
    post,
    context_path = paths::INFRASTRUCTURES,
    path = "/{name}/{version}/resume",
    tag = "infrastructures",
    request_body = RunOptions,
    params(("name" = String, Path, description = "its name"),
        ("version" = String, Path, description = "its version")),
    responses((status = 202, description = "the deployment that goes on", body = Deployment)),
)]
async fn resume(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((name, version)): Path<(String, String)>,
    Json(options): Json<RunOptions>,
) -> Result<impl IntoResponse> {
    let account = signed_in.account.id;
    let deployment = super::resume(&app, account, &name, &version, options).await?;
    Ok((StatusCode::ACCEPTED, Json(deployment)))
}

/// Keeps a version for longer that is about to be destroyed by itself
#[utoipa::path(
    put,
    context_path = paths::INFRASTRUCTURES,
    path = "/{name}/{version}/keep",
    tag = "infrastructures",
    request_body = KeepVersion,
    params(("name" = String, Path, description = "its name"),
        ("version" = String, Path, description = "its version")),
    responses((status = 200, description = "the infrastructure", body = Infrastructure)),
)]
async fn keep(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((name, version)): Path<(String, String)>,
    Json(keep): Json<KeepVersion>,
) -> Result<Json<Infrastructure>> {
    let account = signed_in.account.id;
    Ok(Json(
        super::keep(&app, account, (&name, &version), keep).await?,
    ))
}

/// Where the destroy commands run.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct How {
    /// Where they run: `server`, or `client`.
    #[serde(default = "on_the_server")]
    runs_at: RunsAt,
    /// For how many seconds it can be undone, by cancelling it: nothing is destroyed before.
    #[serde(default)]
    #[param(maximum = 3600)]
    hold_seconds: u32,
}

fn on_the_server() -> RunsAt {
    RunsAt::Server
}

/// Destroys an infrastructure
#[utoipa::path(
    delete,
    context_path = paths::INFRASTRUCTURES,
    path = "/{name}/{version}",
    tag = "infrastructures",
    params(("name" = String, Path, description = "its name"),
        ("version" = String, Path, description = "its version"), How),
    responses((status = 202, description = "the deployment that destroys it", body = Deployment)),
)]
async fn destroy(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((name, version)): Path<(String, String)>,
    Query(how): Query<How>,
) -> Result<impl IntoResponse> {
    let account = signed_in.account.id;
    let deployment = super::destroy(
        &app,
        account,
        (&name, &version),
        how.runs_at,
        how.hold_seconds,
    )
    .await?;
    Ok((StatusCode::ACCEPTED, Json(deployment)))
}
