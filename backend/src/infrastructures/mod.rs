//! Infrastructures: a macfile's name and version, with what was made of it.

pub mod reported;
pub mod routes;
mod store;

use std::collections::{BTreeMap, BTreeSet};

use shared::{
    AccountId, CreateInfrastructure, DataChange, Deployment, DeploymentKind, DeploymentState,
    Event, Infrastructure, InfrastructureDetail, InfrastructureId, InfrastructureState, RunOptions,
    RunsAt,
};

use crate::{
    Error, Result,
    app::App,
    applications, db,
    deployments::{self, Begin, Journal, fault},
    instances, resources,
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

/// One version with its parts.
pub async fn read(
    app: &App,
    account: AccountId,
    name: &str,
    version: &str,
) -> Result<InfrastructureDetail> {
    let infrastructure = by_version(app, account, name, version).await?;
    let id = infrastructure.id;
    Ok(InfrastructureDetail {
        infrastructure,
        instances: instances::of(app, account, id).await?,
        resources: resources::of(app, id).await?,
        macfile: store::blueprint(&app.pool, id).await?.macfile,
    })
}

/// Accepts a macfile, and starts to make what it describes.
pub async fn create(
    app: &App,
    account: AccountId,
    asked: CreateInfrastructure,
) -> Result<Deployment> {
    can_run(app, asked.options)?;
    let mut blueprint = Blueprint {
        name: String::new(),
        version: String::new(),
        macfile: asked.macfile,
        parameters: asked.parameters,
        parents: asked.parents,
        folder: folder(asked.folder)?,
    };
    let plan = deployments::plan(&blueprint)?;
    blueprint.name.clone_from(&plan.name);
    blueprint.version.clone_from(&plan.version);
    let id = InfrastructureId::new();
    let begin = Begin {
        steps: deployments::steps_to_create(&plan),
        options: Some(asked.options),
        ..begin(DeploymentKind::Create, &blueprint, id)
    };
    let mut transaction = db::begin(&app.pool).await?;
    applications::ensure(&mut transaction, account, &plan.name).await?;
    store::insert(&mut transaction, account, id, &plan.description, &blueprint)
        .await
        .map_err(|error| there_already(error, &blueprint))?;
    let deployment = Journal::begin(&mut transaction, account, &begin).await?;
    transaction.commit().await?;
    applications::tell(app, account, &plan.name).await?;
    tell(app, account, id).await?;
    deployments::start(app, account, deployment).await
}

/// Whether commands can run where they are asked to.
fn can_run(app: &App, options: RunOptions) -> Result<()> {
    let longest = 24 * 60 * 60;
    if options.step_timeout_seconds == 0 || options.step_timeout_seconds > longest {
        let problem = format!(
            "a command may take from 1 to {longest} seconds, not {}",
            options.step_timeout_seconds
        );
        return Err(Error::Invalid(problem, None));
    }
    match options.runs_at {
        RunsAt::Server => app.sandboxes().map(drop),
        RunsAt::Client => Ok(()),
    }
}

/// Goes on with making a version whose making failed, was cancelled or was cut short.
pub async fn resume(
    app: &App,
    account: AccountId,
    name: &str,
    version: &str,
    options: RunOptions,
) -> Result<Deployment> {
    can_run(app, options)?;
    let infrastructure = by_version(app, account, name, version).await?;
    let id = infrastructure.id;
    let blueprint = store::blueprint(&app.pool, id).await?;
    let plan = deployments::plan(&blueprint)?;
    let begin = Begin {
        steps: deployments::steps_to_create(&plan),
        done: deployments::done_before(app, id, &plan).await?,
        options: Some(options),
        ..begin(DeploymentKind::Create, &blueprint, id)
    };
    let mut transaction = db::begin(&app.pool).await?;
    if !store::begin_again(&mut transaction, id).await? {
        return Err(Error::Conflict(not_resumable(&infrastructure)));
    }
    let deployment = Journal::begin(&mut transaction, account, &begin).await?;
    transaction.commit().await?;
    tell(app, account, id).await?;
    deployments::start(app, account, deployment).await
}

fn not_resumable(infrastructure: &Infrastructure) -> String {
    let (name, version) = (&infrastructure.name, &infrastructure.version);
    match infrastructure.state {
        InfrastructureState::Creating => format!("{name} {version} is being made already"),
        InfrastructureState::Ready => format!("all of {name} {version} was made"),
        InfrastructureState::CreateFailed => format!("{name} {version} was just changed"),
        InfrastructureState::Destroying
        | InfrastructureState::DestroyFailed
        | InfrastructureState::Destroyed => {
            format!("{name} {version} is being destroyed, and does not come back")
        }
    }
}

/// Starts to destroy what was made of a version that could not be made whole, as was asked for.
pub async fn clear_after_failure(
    app: &App,
    account: AccountId,
    id: InfrastructureId,
    options: RunOptions,
) -> Result<()> {
    let infrastructure = store::by_id(&app.pool, account, id)
        .await?
        .ok_or(Error::NotFound("infrastructure"))?;
    let begun = begin_to_destroy(app, account, &infrastructure, options).await;
    match begun {
        Ok(_) => Ok(()),
        // somebody was faster, who destroys it as well
        Err(Error::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Starts to destroy a version; a live one only when there is no other to lead the address to.
pub async fn destroy(
    app: &App,
    account: AccountId,
    name: &str,
    version: &str,
    runs_at: RunsAt,
) -> Result<Deployment> {
    let infrastructure = by_version(app, account, name, version).await?;
    let options = RunOptions {
        runs_at,
        ..RunOptions::default()
    };
    begin_to_destroy(app, account, &infrastructure, options).await
}

async fn begin_to_destroy(
    app: &App,
    account: AccountId,
    infrastructure: &Infrastructure,
    options: RunOptions,
) -> Result<Deployment> {
    can_run(app, options)?;
    let id = infrastructure.id;
    let (name, version) = (&infrastructure.name, &infrastructure.version);
    let blueprint = store::blueprint(&app.pool, id).await?;
    let plan = deployments::plan(&blueprint)?;
    let begin = Begin {
        steps: deployments::steps_to_destroy(&plan),
        state: DeploymentState::Destroying,
        options: Some(options),
        ..begin(DeploymentKind::Destroy, &blueprint, id)
    };
    let mut transaction = db::begin(&app.pool).await?;
    if !store::begin_to_destroy(&mut transaction, id).await? {
        return Err(Error::Conflict(busy(infrastructure)));
    }
    applications::retire(app, &mut transaction, account, name, version).await?;
    let deployment = Journal::begin(&mut transaction, account, &begin).await?;
    transaction.commit().await?;
    applications::close(app, account, name).await?;
    tell(app, account, id).await?;
    deployments::start(app, account, deployment).await
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
    }
}

/// Why a version can't be destroyed now.
fn busy(infrastructure: &Infrastructure) -> String {
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

fn there_already(error: sqlx::Error, blueprint: &Blueprint) -> Error {
    if !Error::is_duplicate(&error) {
        return error.into();
    }
    let (name, version) = (&blueprint.name, &blueprint.version);
    Error::Conflict(format!(
        "{name} {version} exists already: destroy it first, or choose another version"
    ))
}

/// A folder below the home; the sandbox keeps commands inside it in any case.
fn folder(folder: String) -> Result<String> {
    let outside = folder.starts_with('/') || folder.split('/').any(|part| part == "..");
    if outside || folder.contains('\0') {
        let problem = format!("{folder} is not a folder below the home");
        return Err(Error::Invalid(problem, None));
    }
    Ok(folder)
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

#[cfg(test)]
mod tests {
    #[test]
    fn commands_run_below_the_home() {
        assert_eq!(super::folder("demo/blue".into()).unwrap(), "demo/blue");
        for outside in ["/etc", "../other", "demo/../../x", "a\0b"] {
            assert!(super::folder(outside.into()).is_err(), "{outside}");
        }
    }
}
