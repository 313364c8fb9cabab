//! Reading resources.

use axum::{
    Json,
    extract::{Path, State},
};
use shared::{Resource, paths};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Result, accounts::SignedIn, app::App};

/// The paths of resources.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read))
}

/// One resource with what its commands wrote
#[utoipa::path(
    get,
    context_path = paths::INFRASTRUCTURES,
    path = "/{name}/{version}/resources/{resource}",
    tag = "resources",
    params(("name" = String, Path, description = "the infrastructure's name"),
        ("version" = String, Path, description = "the infrastructure's version"),
        ("resource" = String, Path, description = "its name")),
    responses((status = 200, description = "the resource", body = Resource)),
)]
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
