//! Deployments: the history, and each one's log.

use shared::{Deployment, DeploymentDetail, DeploymentId, LogPage, Page, Problem, paths};

use crate::Client;

/// The history, newest first.
pub async fn list(client: &Client) -> Result<Page<Deployment>, Problem> {
    client.get(paths::DEPLOYMENTS).await
}

/// One deployment with its steps.
pub async fn read(client: &Client, id: DeploymentId) -> Result<DeploymentDetail, Problem> {
    client.get(&paths::deployment(id)).await
}

/// The log after line `after`; waits up to `wait_ms` for more while the deployment runs.
pub async fn log(
    client: &Client,
    id: DeploymentId,
    after: u64,
    wait_ms: u64,
) -> Result<LogPage, Problem> {
    client.get(&paths::deployment_log(id, after, wait_ms)).await
}
