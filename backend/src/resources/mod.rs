//! Resources: what a macfile's commands made, with what the commands wrote.

pub mod routes;
mod store;

use shared::{AccountId, InfrastructureId, Resource, ResourceId, ResourceState};

use crate::{Error, Result, app::App, infrastructures};

/// What a command wrote.
#[derive(Debug, Clone)]
pub struct Output {
    /// How it ended.
    pub exit_code: Option<i32>,
    /// Its standard output; none keeps what the create command wrote.
    pub stdout: Option<String>,
    /// Its standard error.
    pub stderr: String,
}

/// One resource of a version.
pub async fn read(
    app: &App,
    account: AccountId,
    name: &str,
    version: &str,
    resource: &str,
) -> Result<Resource> {
    let infrastructure = infrastructures::by_version(app, account, name, version).await?;
    let mut resources = of(app, infrastructure.id).await?;
    resources.retain(|known| known.name == resource);
    resources.pop().ok_or(Error::NotFound("resource"))
}

/// The resources of a version, oldest first, gone ones too.
pub async fn of(app: &App, id: InfrastructureId) -> Result<Vec<Resource>> {
    Ok(store::of(&app.pool, id).await?)
}

/// Writes that a resource is being made, before it is.
pub async fn begin(
    app: &App,
    account: AccountId,
    infrastructure: InfrastructureId,
    name: &str,
) -> Result<ResourceId> {
    let id = ResourceId::new();
    store::insert(&app.pool, account, infrastructure, id, name).await?;
    infrastructures::tell(app, account, infrastructure).await?;
    Ok(id)
}

/// Writes where a resource stands.
pub async fn set_state(
    app: &App,
    id: ResourceId,
    state: ResourceState,
    output: Option<&Output>,
) -> Result<()> {
    Ok(store::set_state(&app.pool, id, state, output).await?)
}
