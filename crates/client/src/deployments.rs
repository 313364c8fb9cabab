//! Deployments: the history, and each one's log.

use shared::{
    ClientCommand, ClientReport, Deployment, DeploymentDetail, DeploymentId, LogPage, Page,
    Problem, Prolong, paths,
};

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

/// Ends a deployment that is under way.
pub async fn cancel(client: &Client, id: DeploymentId) -> Result<Deployment, Problem> {
    client.post(&paths::deployment_cancel(id), &()).await
}

/// Lets a deployment move the address.
pub async fn approve(client: &Client, id: DeploymentId) -> Result<Deployment, Problem> {
    client.post(&paths::deployment_approve(id), &()).await
}

/// Gives a deployment more time before what comes next.
pub async fn prolong(
    client: &Client,
    id: DeploymentId,
    more: Prolong,
) -> Result<Deployment, Problem> {
    client.post(&paths::deployment_prolong(id), &more).await
}

/// The next command that this client has to run; none after `wait_ms` without one.
pub async fn command(
    client: &Client,
    id: DeploymentId,
    wait_ms: u64,
) -> Result<Option<ClientCommand>, Problem> {
    client.get(&paths::deployment_command(id, wait_ms)).await
}

/// Tells what a command of this client's wrote, or that it ended.
pub async fn report(
    client: &Client,
    id: DeploymentId,
    number: u64,
    report: &ClientReport,
) -> Result<(), Problem> {
    client
        .post(&paths::deployment_command_report(id, number), report)
        .await
}
