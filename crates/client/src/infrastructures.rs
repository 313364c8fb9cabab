//! Infrastructures and their resources.

use shared::{
    CreateInfrastructure, Deployment, Infrastructure, InfrastructureDetail, KeepVersion, Page,
    Problem, Resource, RunOptions, paths,
};

use crate::Client;

/// All infrastructures, newest first.
pub async fn list(client: &Client) -> Result<Page<Infrastructure>, Problem> {
    client.get(paths::INFRASTRUCTURES).await
}

/// One infrastructure with its parts.
pub async fn read(
    client: &Client,
    name: &str,
    version: &str,
) -> Result<InfrastructureDetail, Problem> {
    client.get(&paths::infrastructure(name, version)).await
}

/// Starts to make an infrastructure from a macfile.
pub async fn create(client: &Client, create: &CreateInfrastructure) -> Result<Deployment, Problem> {
    client.post(paths::INFRASTRUCTURES, create).await
}

/// Goes on with making an infrastructure whose making failed or was cut short.
pub async fn resume(
    client: &Client,
    name: &str,
    version: &str,
    options: &RunOptions,
) -> Result<Deployment, Problem> {
    client
        .post(&paths::infrastructure_resume(name, version), options)
        .await
}

/// Keeps a version for longer that is about to be destroyed by itself.
pub async fn keep(
    client: &Client,
    name: &str,
    version: &str,
    keep: KeepVersion,
) -> Result<Infrastructure, Problem> {
    let path = paths::infrastructure_keep(name, version);
    client.put(&path, &keep).await
}

/// Starts to destroy an infrastructure; its commands run on the server.
pub async fn destroy(client: &Client, name: &str, version: &str) -> Result<Deployment, Problem> {
    client.delete(&paths::infrastructure(name, version)).await
}

/// Starts to destroy an infrastructure; for so many seconds that can be undone, by cancelling it.
pub async fn destroy_later(
    client: &Client,
    name: &str,
    version: &str,
    hold_seconds: u32,
) -> Result<Deployment, Problem> {
    let path = paths::infrastructure(name, version);
    client
        .delete(&format!("{path}?hold_seconds={hold_seconds}"))
        .await
}

/// Starts to destroy an infrastructure whose commands this client will run.
pub async fn destroy_here(
    client: &Client,
    name: &str,
    version: &str,
) -> Result<Deployment, Problem> {
    let path = format!("{}?runs_at=client", paths::infrastructure(name, version));
    client.delete(&path).await
}

/// One resource with what its command wrote.
pub async fn resource(
    client: &Client,
    name: &str,
    version: &str,
    resource: &str,
) -> Result<Resource, Problem> {
    client.get(&paths::resource(name, version, resource)).await
}
