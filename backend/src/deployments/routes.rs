//! Reading the history.

use axum::{Json, Router, extract::State, routing::get};
use shared::{Deployment, Page, paths};

use crate::{Result, accounts::SignedIn, app::App};

/// The paths of deployments.
pub fn router() -> Router<App> {
    Router::new().route(paths::DEPLOYMENTS, get(list))
}

async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Deployment>>> {
    Ok(Json(Page::whole(
        super::list(&app, signed_in.account.id).await?,
    )))
}
