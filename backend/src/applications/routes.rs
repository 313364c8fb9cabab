//! Reading applications.

use axum::{Json, Router, extract::State, routing::get};
use shared::{Application, Page, paths};

use crate::{Result, accounts::SignedIn, app::App};

/// The paths of applications.
pub fn router() -> Router<App> {
    Router::new().route(paths::APPLICATIONS, get(list))
}

async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Application>>> {
    Ok(Json(Page::whole(
        super::list(&app, signed_in.account.id).await?,
    )))
}
