//! Infrastructures: a macfile's name and version, with what was made of it.

mod destroy;
mod make;
pub mod reported;
mod retention;
pub mod routes;
mod store;

use std::collections::{BTreeMap, BTreeSet};

pub use destroy::{clear_after_failure, destroy, keep_destroying};
pub use make::{create, create_again, resume};
pub use retention::{keep, keep_retention, retain};
use shared::{
    AccountId, DataChange, DeploymentKind, DeploymentState, Event, Infrastructure,
    InfrastructureDetail, InfrastructureId, InfrastructureState,
};

use crate::{
    Error, Result,
    app::App,
    deployments::{Begin, fault},
    instances, resources, router,
};

/// What a version was asked to be made from.
#[derive(Debug, Clone)]
pub struct Blueprint {
    /// The macfile's name.
    pub name: String,
    /// The macfile's version.
    pub version: String,
    /// The macfile's text as it was given.
    pub macfile: String,
    /// What fills its `{NAME}` places.
    pub parameters: BTreeMap<String, String>,
    /// The texts of its parents by name.
    pub parents: BTreeMap<String, String>,
    /// The folder that its commands run in, relative to the home.
    pub folder: String,
}

/// An account's infrastructures, newest first, without those that are destroyed.
pub async fn list(app: &App, account: AccountId) -> Result<Vec<Infrastructure>> {
    Ok(store::list(&app.pool, account).await?)
}

/// The versions of an application, newest first, without those that are destroyed.
pub async fn versions(app: &App, account: AccountId, name: &str) -> Result<Vec<Infrastructure>> {
    Ok(store::versions(&app.pool, account, name).await?)
}

/// One version.
pub async fn by_version(
    app: &App,
    account: AccountId,
    name: &str,
    version: &str,
) -> Result<Infrastructure> {
    store::by_version(&app.pool, account, name, version)
        .await?
        .ok_or(Error::NotFound("infrastructure"))
}

/// One version by its id, unless it is destroyed.
pub async fn by_id(app: &App, account: AccountId, id: InfrastructureId) -> Result<Infrastructure> {
    store::by_id(&app.pool, account, id)
        .await?
        .filter(|found| found.state != InfrastructureState::Destroyed)
        .ok_or(Error::NotFound("infrastructure"))
}

/// One version with its parts.
pub async fn read(
    app: &App,
    account: AccountId,
    name: &str,
    version: &str,
) -> Result<InfrastructureDetail> {
    let infrastructure = by_version(app, account, name, version).await?;
    let id = infrastructure.id;
    let endpoint = infrastructure.endpoint.as_deref();
    let link = endpoint.map(|endpoint| router::link(app, account, endpoint));
    Ok(InfrastructureDetail {
        link,
        infrastructure,
        instances: instances::of(app, account, id).await?,
        resources: resources::of(app, id).await?,
        macfile: store::blueprint(&app.pool, id).await?.macfile,
    })
}

fn begin(kind: DeploymentKind, blueprint: &Blueprint, id: InfrastructureId) -> Begin {
    Begin {
        kind,
        application: blueprint.name.clone(),
        version: blueprint.version.clone(),
        from_version: None,
        reason: None,
        state: DeploymentState::Provisioning,
        steps: Vec::new(),
        infrastructure: Some(id),
        rollout: None,
        options: None,
        done: BTreeSet::new(),
        begins: None,
        then: None,
    }
}

/// Why a version can't be destroyed now.
pub fn busy(infrastructure: &Infrastructure) -> String {
    let (name, version) = (&infrastructure.name, &infrastructure.version);
    if infrastructure.live {
        return format!("{name} {version} is live: promote another version first");
    }
    match infrastructure.state {
        InfrastructureState::Creating => format!("{name} {version} is still being made"),
        InfrastructureState::Destroying | InfrastructureState::Destroyed => {
            format!("{name} {version} is being destroyed already")
        }
        InfrastructureState::Ready
        | InfrastructureState::CreateFailed
        | InfrastructureState::DestroyFailed => {
            format!("an address is being moved to or from {name} {version}: wait for its end")
        }
    }
}

/// What a version was made from.
pub async fn blueprint(app: &App, id: InfrastructureId) -> Result<Blueprint> {
    Ok(store::blueprint(&app.pool, id).await?)
}

/// Writes under which name a version serves.
pub async fn set_endpoint(app: &App, id: InfrastructureId, endpoint: &str) -> Result<()> {
    Ok(store::set_endpoint(&app.pool, id, endpoint).await?)
}

/// Writes what a version does to the data that the versions share.
pub async fn set_data(app: &App, id: InfrastructureId, data: DataChange) -> Result<()> {
    Ok(store::set_data(&app.pool, id, data).await?)
}

/// Writes where a version stands, and tells open pages.
pub async fn set_state(
    app: &App,
    account: AccountId,
    id: InfrastructureId,
    state: InfrastructureState,
) -> Result<()> {
    fault::point();
    store::set_state(&app.pool, id, state).await?;
    fault::point();
    tell(app, account, id).await
}

/// Tells open pages how a version stands.
pub async fn tell(app: &App, account: AccountId, id: InfrastructureId) -> Result<()> {
    let infrastructure = store::by_id(&app.pool, account, id)
        .await?
        .ok_or(Error::NotFound("infrastructure"))?;
    let event = match infrastructure.state {
        InfrastructureState::Destroyed => Event::InfrastructureGone { id },
        InfrastructureState::Creating
        | InfrastructureState::Ready
        | InfrastructureState::CreateFailed
        | InfrastructureState::Destroying
        | InfrastructureState::DestroyFailed => Event::Infrastructure { infrastructure },
    };
    app.events.tell(account, event);
    Ok(())
}
