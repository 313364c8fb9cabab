//! Reading configurations.

use axum::Json;
use shared::{Configuration, Page, paths};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{accounts::SignedIn, app::App};

/// The paths of configurations.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Scripts that are ready to configure instances
#[utoipa::path(
    get,
    path = paths::CONFIGURATIONS,
    tag = "configurations",
    responses((status = 200, description = "all of them", body = Page<Configuration>)),
)]
async fn list(_signed_in: SignedIn) -> Json<Page<Configuration>> {
    let all = super::ALL.iter().map(|known| Configuration {
        tag: known.tag.to_owned(),
        name: known.name.to_owned(),
        summary: known.summary.to_owned(),
        url: format!("/docs/configurations/{}", known.tag),
        script: known.script.to_owned(),
    });
    Json(Page::whole(all.collect()))
}
