//! Visits to a terminal, by a link and without an account.

use shared::{NewVisit, Problem, Visit, paths};

use crate::Client;

/// Asks to be let in by a link; nobody need be signed in.
pub async fn ask(client: &Client, visit: &NewVisit) -> Result<Visit, Problem> {
    client.post(paths::VISITS, visit).await
}
