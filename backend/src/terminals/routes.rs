//! Reading terminals.

use axum::{Json, Router, extract::State, routing::get};
use shared::{Page, Terminal, paths};

use crate::{Result, accounts::SignedIn, app::App};

/// The paths of terminals.
pub fn router() -> Router<App> {
    Router::new().route(paths::TERMINALS, get(list))
}

async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Terminal>>> {
    Ok(Json(Page::whole(
        super::list(&app, signed_in.account.id).await?,
    )))
}
