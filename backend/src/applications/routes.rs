//! Reading applications, and moving their addresses.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};
use shared::{Application, ApplicationDetail, ChangeApplication, Page, paths};

use crate::{Result, accounts::SignedIn, app::App};

/// The paths of applications.
pub fn router() -> Router<App> {
    let one = format!("{}/{{name}}", paths::APPLICATIONS);
    Router::new()
        .route(paths::APPLICATIONS, get(list))
        .route(&one, get(read))
        .route(&format!("{one}/deployments"), post(change))
}

async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Application>>> {
    Ok(Json(Page::whole(
        super::list(&app, signed_in.account.id).await?,
    )))
}

async fn read(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(name): Path<String>,
) -> Result<Json<ApplicationDetail>> {
    Ok(Json(super::read(&app, signed_in.account.id, &name).await?))
}

async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(name): Path<String>,
    Json(change): Json<ChangeApplication>,
) -> Result<impl IntoResponse> {
    let deployment = super::change(&app, signed_in.account.id, &name, change).await?;
    Ok((StatusCode::ACCEPTED, Json(deployment)))
}
