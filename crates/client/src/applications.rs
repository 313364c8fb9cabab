//! Applications, and moving their addresses.

use shared::{Application, ApplicationDetail, ChangeApplication, Deployment, Page, Problem, paths};

use crate::Client;

/// All applications, by name.
pub async fn list(client: &Client) -> Result<Page<Application>, Problem> {
    client.get(paths::APPLICATIONS).await
}

/// One application with its versions.
pub async fn read(client: &Client, name: &str) -> Result<ApplicationDetail, Problem> {
    client.get(&paths::application(name)).await
}

/// Starts a promotion or a roll back.
pub async fn change(
    client: &Client,
    name: &str,
    change: &ChangeApplication,
) -> Result<Deployment, Problem> {
    client
        .post(&paths::application_deployments(name), change)
        .await
}
