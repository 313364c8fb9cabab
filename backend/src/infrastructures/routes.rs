//! Reading infrastructures.

use axum::{Json, Router, extract::State, routing::get};
use shared::{Infrastructure, Page, paths};

use crate::{Result, accounts::SignedIn, app::App};

/// The paths of infrastructures.
pub fn router() -> Router<App> {
    Router::new().route(paths::INFRASTRUCTURES, get(list))
}

async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Infrastructure>>> {
    Ok(Json(Page::whole(
        super::list(&app, signed_in.account.id).await?,
    )))
}
