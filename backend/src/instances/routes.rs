//! Reading instances.

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::get,
};
use shared::{Instance, InstanceLog, Page, paths};

use crate::{Error, Result, accounts::SignedIn, app::App};

/// The paths of instances.
pub fn router() -> Router<App> {
    Router::new()
        .route(paths::INSTANCES, get(list))
        .route(&format!("{}/{{id}}/log", paths::INSTANCES), get(log))
}

async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Instance>>> {
    Ok(Json(Page::whole(
        super::list(&app, signed_in.account.id).await?,
    )))
}

async fn log(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<InstanceLog>> {
    let id = id.parse().map_err(|_| Error::NotFound("instance"))?;
    Ok(Json(super::log(&app, signed_in.account.id, id).await?))
}
