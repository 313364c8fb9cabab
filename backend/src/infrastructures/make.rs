//! Making a version, and going on with that.

use shared::{
    AccountId, ChangeApplication, CreateInfrastructure, Deployment, DeploymentKind, Infrastructure,
    InfrastructureId, InfrastructureState, RunOptions, RunsAt,
};

use super::{Blueprint, begin, by_version, store, tell};
use crate::{
    Error, Result,
    app::App,
    applications, db,
    deployments::{self, Begin, Journal},
};

/// Accepts a macfile, and starts to make what it describes.
pub async fn create(
    app: &App,
    account: AccountId,
    asked: CreateInfrastructure,
) -> Result<Deployment> {
    let blueprint = Blueprint {
        name: String::new(),
        version: String::new(),
        macfile: asked.macfile,
        parameters: asked.parameters,
        parents: asked.parents,
        folder: folder(asked.folder)?,
    };
    make(app, account, blueprint, asked.options, None).await
}

/// Makes a version anew that is destroyed, from what it was made from; then a change of the address
/// follows.
pub async fn create_again(
    app: &App,
    account: AccountId,
    destroyed: InfrastructureId,
    then: ChangeApplication,
) -> Result<Deployment> {
    let blueprint = store::blueprint(&app.pool, destroyed).await?;
    make(app, account, blueprint, RunOptions::default(), Some(then)).await
}

async fn make(
    app: &App,
    account: AccountId,
    mut blueprint: Blueprint,
    options: RunOptions,
    then: Option<ChangeApplication>,
) -> Result<Deployment> {
    can_run(app, options)?;
    let plan = deployments::plan_new(&blueprint)?;
    blueprint.name.clone_from(&plan.name);
    blueprint.version.clone_from(&plan.version);
    let id = InfrastructureId::new();
    let begin = Begin {
        steps: deployments::steps_to_create(&plan),
        options: Some(options),
        reason: then.as_ref().map(|_| "to go back to it".to_owned()),
        then,
        ..begin(DeploymentKind::Create, &blueprint, id)
    };
    let mut transaction = db::begin(&app.pool).await?;
    let held = app.lease.hold(&mut transaction).await?;
    applications::ensure(&mut transaction, account, &plan.name).await?;
    store::insert(&mut transaction, account, id, &plan.description, &blueprint)
        .await
        .map_err(|error| there_already(error, &blueprint))?;
    let deployment = Journal::begin(&mut transaction, &held, account, &begin).await?;
    transaction.commit().await?;
    applications::tell(app, account, &plan.name).await?;
    tell(app, account, id).await?;
    deployments::start(app, account, deployment).await
}

/// Whether commands can run where they are asked to.
pub(super) fn can_run(app: &App, options: RunOptions) -> Result<()> {
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
        // what was to follow then follows now
        then: deployments::then_of(app, id).await?,
        ..begin(DeploymentKind::Create, &blueprint, id)
    };
    let mut transaction = db::begin(&app.pool).await?;
    let held = app.lease.hold(&mut transaction).await?;
    if !store::begin_again(&mut transaction, id).await? {
        return Err(Error::Conflict(not_resumable(&infrastructure)));
    }
    let deployment = Journal::begin(&mut transaction, &held, account, &begin).await?;
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

pub(super) fn there_already(error: sqlx::Error, blueprint: &Blueprint) -> Error {
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
