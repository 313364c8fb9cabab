//! Infrastructures: a macfile's name and version, with what was made of it.
//!
//! So far they are read; nothing here makes or destroys one yet.

pub mod routes;
mod store;

use shared::{AccountId, Infrastructure};

use crate::{Result, app::App};

/// An account's infrastructures, newest first, without those that are destroyed.
pub async fn list(app: &App, account: AccountId) -> Result<Vec<Infrastructure>> {
    Ok(store::list(&app.pool, account).await?)
}
