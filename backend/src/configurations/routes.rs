//! Reading configurations.

use axum::{Json, Router, routing::get};
use shared::{Configuration, Page, paths};

use crate::{accounts::SignedIn, app::App};

/// The paths of configurations.
pub fn router() -> Router<App> {
    Router::new().route(paths::CONFIGURATIONS, get(list))
}

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
