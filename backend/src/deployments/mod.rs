//! Deployments: the history of attempts to make, promote, roll back to or destroy a version.
//!
//! So far they are read; nothing here starts one yet.

pub mod routes;
mod store;

use shared::{AccountId, Deployment};

use crate::{Result, app::App};

/// An account's deployments, newest first.
pub async fn list(app: &App, account: AccountId) -> Result<Vec<Deployment>> {
    Ok(store::list(&app.pool, account).await?)
}
