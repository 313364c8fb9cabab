//! Terminals: shells in sandboxes, which belong to an account.
//!
//! So far they are read; nothing here opens one yet.

pub mod routes;
mod store;

use shared::{AccountId, Terminal};

use crate::{Result, app::App};

/// An account's terminals, oldest first.
pub async fn list(app: &App, account: AccountId) -> Result<Vec<Terminal>> {
    Ok(store::list(&app.pool, account).await?)
}
