//! Making, reading and destroying infrastructures.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};
use serde::Deserialize;
use shared::{
    CreateInfrastructure, Infrastructure, InfrastructureDetail, Page, RunOptions, RunsAt, paths,
};

use crate::{Result, accounts::SignedIn, app::App};

/// The paths of infrastructures.
pub fn router() -> Router<App> {
    let one = format!("{}/{{name}}/{{version}}", paths::INFRASTRUCTURES);
    Router::new()
        .route(paths::INFRASTRUCTURES, get(list).post(create))
        .route(&one, get(read).delete(destroy))
        .route(&format!("{one}/resume"), post(resume))
}

async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Infrastructure>>> {
    Ok(Json(Page::whole(
        super::list(&app, signed_in.account.id).await?,
    )))
}

async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Json(asked): Json<CreateInfrastructure>,
) -> Result<impl IntoResponse> {
    let deployment = super::create(&app, signed_in.account.id, asked).await?;
    Ok((StatusCode::ACCEPTED, Json(deployment)))
}

async fn read(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((name, version)): Path<(String, String)>,
) -> Result<Json<InfrastructureDetail>> {
    let account = signed_in.account.id;
    Ok(Json(super::read(&app, account, &name, &version).await?))
}

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

/// Where the destroy commands run.
#[derive(Debug, Deserialize)]
struct How {
    #[serde(default = "on_the_server")]
    runs_at: RunsAt,
}

fn on_the_server() -> RunsAt {
    RunsAt::Server
}

async fn destroy(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((name, version)): Path<(String, String)>,
    Query(how): Query<How>,
) -> Result<impl IntoResponse> {
    let account = signed_in.account.id;
    let deployment = super::destroy(&app, account, &name, &version, how.runs_at).await?;
    Ok((StatusCode::ACCEPTED, Json(deployment)))
}
