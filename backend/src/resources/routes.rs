//! Reading resources.

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::get,
};
use shared::{Resource, paths};

use crate::{Result, accounts::SignedIn, app::App};

/// The paths of resources.
pub fn router() -> Router<App> {
    let infrastructure = format!("{}/{{name}}/{{version}}", paths::INFRASTRUCTURES);
    Router::new().route(
        &format!("{infrastructure}/resources/{{resource}}"),
        get(read),
    )
}

async fn read(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((name, version, resource)): Path<(String, String, String)>,
) -> Result<Json<Resource>> {
    let account = signed_in.account.id;
    Ok(Json(
        super::read(&app, account, &name, &version, &resource).await?,
    ))
}
