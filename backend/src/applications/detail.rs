//! An application's page: its versions, what is going on, and what could be done.

use shared::{
    AccountId, Application, ApplicationDetail, ApplicationVersion, DeploymentState, Infrastructure,
    InfrastructureState, RollBackReadiness, WayBack,
};

use super::{by_name, store, ways::ways_back};
use crate::{Result, app::App, deployments, infrastructures, lease};

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
    let went_live = store::went_live(&app.pool, account, name).await?;
    let ways_back = ways_back(&application, &versions, &went_live);
    Ok(ApplicationDetail {
        roll_back: roll_back(&application, &ways_back),
        ways_back,
        versions: versions.into_iter().map(version).collect(),
        application,
        controller: match active {
            Some(_) => Some(lease::controller(&app.pool).await?),
            None => None,
        },
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

/// The way back to the version that was live before.
fn roll_back(application: &Application, ways: &[WayBack]) -> RollBackReadiness {
    let mut ways = ways.iter();
    let way = ways.find(|way| Some(&way.version) == application.previous.as_ref());
    way.map_or_else(
        || RollBackReadiness::Impossible {
            reason: "no version was live before".into(),
        },
        |way| way.readiness.clone(),
    )
}
