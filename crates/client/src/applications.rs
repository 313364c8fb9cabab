//! Applications, and moving their addresses.

use shared::{
    Application, ApplicationDetail, ChangeApplication, ChangeVisitors, Deployment, DeploymentKind,
    MovePlan, OpenPreview, Page, Policy, Preview, Problem, Receipt, Traffic, paths,
};

use crate::Client;

/// All applications, by name.
pub async fn list(client: &Client) -> Result<Page<Application>, Problem> {
    client.get(paths::APPLICATIONS).await
}

/// One application with its versions.
pub async fn read(client: &Client, name: &str) -> Result<ApplicationDetail, Problem> {
    client.get(&paths::application(name)).await
}

/// Says how an application's address is moved from now on.
pub async fn set_policy(
    client: &Client,
    name: &str,
    policy: Policy,
) -> Result<Application, Problem> {
    client.put(&paths::application_policy(name), &policy).await
}

/// Says what becomes of visitors from now on.
pub async fn set_visitors(
    client: &Client,
    name: &str,
    change: &ChangeVisitors,
) -> Result<Application, Problem> {
    client.put(&paths::application_visitors(name), change).await
}

/// How visitors were answered lately.
pub async fn traffic(client: &Client, name: &str) -> Result<Traffic, Problem> {
    client.get(&paths::application_traffic(name)).await
}

/// What an application's deployments came to, oldest first.
pub async fn receipts(client: &Client, name: &str) -> Result<Page<Receipt>, Problem> {
    client.get(&paths::application_receipts(name)).await
}

/// What making a version live, or destroying it, would do; nothing of it is done.
pub async fn plan(
    client: &Client,
    name: &str,
    version: &str,
    kind: DeploymentKind,
) -> Result<MovePlan, Problem> {
    client.get(&paths::version_plan(name, version, kind)).await
}

/// Makes a pass that shows a version at the application's address.
pub async fn open_preview(
    client: &Client,
    name: &str,
    open: &OpenPreview,
) -> Result<Preview, Problem> {
    client.post(&paths::application_previews(name), open).await
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
