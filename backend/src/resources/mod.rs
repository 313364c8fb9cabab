//! Resources: what a macfile's commands made, with what the commands wrote.

pub mod routes;
mod store;

use shared::{AccountId, InfrastructureId, Resource, ResourceId, ResourceState};
use sqlx::{Any, Transaction};

use crate::{Error, Result, app::App, deployments::fault, infrastructures};

/// What a command wrote, and how it ended.
#[derive(Debug, Clone, Default)]
pub struct Output {
    /// How it ended; none when it did not come to its end.
    pub exit_code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// A resource that is to be made.
#[derive(Debug, Clone)]
pub struct NewResource {
    /// The version that it belongs to.
    pub infrastructure: InfrastructureId,
    /// The macfile's key under `infrastructures`.
    pub name: String,
    /// The macfile's key under `resources`.
    pub kind: String,
    /// The command that makes it, references and all.
    pub create_command: String,
    /// The command that destroys it, references and all.
    pub destroy_command: Option<String>,
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

/// A resource's commands as its macfile has them.
#[derive(Debug, Clone, Default)]
pub struct Commands {
    /// Makes it.
    pub create: String,
    /// Destroys it.
    pub destroy: Option<String>,
    /// The step's parameters in JSON, where another client told them.
    pub params: Option<String>,
}

/// The resources of a version with their commands, oldest first, gone ones too.
pub async fn with_commands(app: &App, id: InfrastructureId) -> Result<Vec<(Resource, Commands)>> {
    Ok(store::with_commands(&app.pool, id).await?)
}

/// Writes the parameters that another client told of.
pub async fn set_params(
    app: &App,
    id: ResourceId,
    params: Option<&serde_json::Value>,
) -> Result<()> {
    Ok(store::set_params(&app.pool, id, params.map(ToString::to_string)).await?)
}

/// Writes that a resource is being made, before it is; one that failed before is made again.
pub async fn begin(app: &App, account: AccountId, new: &NewResource) -> Result<ResourceId> {
    match store::begin_again(&app.pool, new.infrastructure, &new.name).await? {
        Some(id) => Ok(id),
        None => begin_first(app, account, new).await,
    }
}

/// Writes the same of one that was never tried before, as a part of a larger change.
pub async fn begin_in(
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
    id: ResourceId,
    new: &NewResource,
) -> sqlx::Result<()> {
    store::insert(&mut **transaction, account, id, new).await
}

/// Writes how a resource's create command ended, as a part of a larger change.
pub async fn created_in(
    transaction: &mut Transaction<'static, Any>,
    id: ResourceId,
    state: ResourceState,
    output: &Output,
) -> sqlx::Result<()> {
    store::created(&mut **transaction, id, state, output).await
}

async fn begin_first(app: &App, account: AccountId, new: &NewResource) -> Result<ResourceId> {
    fault::point();
    let id = ResourceId::new();
    store::insert(&app.pool, account, id, new).await?;
    fault::point();
    Ok(id)
}

/// Writes where a resource stands.
pub async fn set_state(app: &App, id: ResourceId, state: ResourceState) -> Result<()> {
    fault::point();
    store::set_state(&app.pool, id, state).await?;
    fault::point();
    Ok(())
}

/// Writes how a resource's create command ended.
pub async fn created(
    app: &App,
    id: ResourceId,
    state: ResourceState,
    output: &Output,
) -> Result<()> {
    fault::point();
    store::created(&app.pool, id, state, output).await?;
    fault::point();
    Ok(())
}

/// Writes how a resource's destroy command ended.
pub async fn destroyed(
    app: &App,
    id: ResourceId,
    state: ResourceState,
    output: &Output,
) -> Result<()> {
    fault::point();
    store::destroyed(&app.pool, id, state, output).await?;
    fault::point();
    Ok(())
}
