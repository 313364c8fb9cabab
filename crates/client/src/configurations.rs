//! Server configurations.

use shared::{Configuration, Page, Problem, paths};

use crate::Client;

/// All server configurations, by tag.
pub async fn list(client: &Client) -> Result<Page<Configuration>, Problem> {
    client.get(paths::CONFIGURATIONS).await
}
