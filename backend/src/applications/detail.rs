//! An application's page: its versions, what is going on, and what could be done.

use shared::{
    AccountId, Application, ApplicationDetail, ApplicationVersion, DataChange, DeploymentState,
    Infrastructure, InfrastructureState, RollBackReadiness,
};

use super::by_name;
use crate::{Result, app::App, deployments, infrastructures};

/// How many deployments are shown beside an application.
pub(super) const SHOWN: i64 = 20;

/// One application with its versions and what is going on.
pub async fn read(app: &App, account: AccountId, name: &str) -> Result<ApplicationDetail> {
    let application = by_name(app, account, name).await?;
    let versions = infrastructures::versions(app, account, name).await?;
    let deployments = deployments::latest(app, account, name, SHOWN).await?;
    let moving = deployments::moving_now(app, account, name).await?;
    let mut latest = deployments.iter();
    let other = latest.find(|one| !one.state.is_final() && one.state != DeploymentState::Queued);
    let active = moving.or_else(|| other.cloned());
    Ok(ApplicationDetail {
        roll_back: readiness(&application, &versions),
        versions: versions.into_iter().map(version).collect(),
        application,
        active,
        waiting: deployments::waiting(app, account, name).await?,
        deployments,
    })
}

fn version(infrastructure: Infrastructure) -> ApplicationVersion {
    ApplicationVersion {
        not_promotable: not_promotable(&infrastructure),
        infrastructure,
    }
}

/// Why a version can't be made live now.
pub(super) fn not_promotable(infrastructure: &Infrastructure) -> Option<String> {
    let version = &infrastructure.version;
    if infrastructure.live {
        return Some(format!("{version} is live"));
    }
    match infrastructure.state {
        InfrastructureState::Creating => Some(format!("{version} is still being made")),
        InfrastructureState::CreateFailed => Some(format!("{version} was not made whole")),
        InfrastructureState::Destroying
        | InfrastructureState::DestroyFailed
        | InfrastructureState::Destroyed => Some(format!("{version} is being destroyed")),
        InfrastructureState::Ready if infrastructure.endpoint.is_none() => Some(format!(
            "{version} serves under no name: none of its commands printed one"
        )),
        InfrastructureState::Ready => None,
    }
}

/// The live version, if it changed the data so that no other can go live by a switch alone.
pub(super) fn one_way<'v>(
    application: &Application,
    versions: &'v [Infrastructure],
) -> Option<&'v str> {
    let live = versions
        .iter()
        .find(|one| Some(&one.version) == application.live.as_ref())?;
    let keeps = live.data.is_none_or(DataChange::keeps_the_way_back);
    (!keeps).then_some(live.version.as_str())
}

fn readiness(application: &Application, versions: &[Infrastructure]) -> RollBackReadiness {
    let impossible = |reason: String| RollBackReadiness::Impossible { reason };
    let Some(previous) = &application.previous else {
        return impossible("no version was live before".into());
    };
    if let Some(live) = one_way(application, versions) {
        return impossible(format!(
            "{live} changed the data one way: {previous} can't work with it"
        ));
    }
    let mut versions = versions.iter();
    match versions.find(|infrastructure| &infrastructure.version == previous) {
        None => impossible(format!("{previous} is destroyed")),
        Some(infrastructure) => match not_promotable(infrastructure) {
            Some(reason) => impossible(reason),
            None => RollBackReadiness::Instant {
                version: previous.clone(),
                until: infrastructure.retires_at,
            },
        },
    }
}
