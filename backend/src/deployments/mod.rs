//! Deployments: the history of attempts to make, promote, roll back to or destroy a version.

mod command;
mod create;
mod destroy;
mod effects;
mod fill;
pub mod journal;
mod launch;
mod lines;
mod rollouts;
pub mod routes;
mod run;
mod runner;
mod steps;
mod store;

use std::{collections::BTreeMap, time::Duration};

pub use create::steps as steps_to_create;
pub use destroy::steps as steps_to_destroy;
pub use journal::Journal;
use macfile::{Plan, Work};
pub use rollouts::steps as steps_to_move;
pub use runner::{resume, start};
use shared::{
    AccountId, Deployment, DeploymentDetail, DeploymentId, DeploymentKind, DeploymentState, Event,
    InfrastructureId, LogPage,
};
use tokio::{sync::broadcast, time};

use crate::{Error, Result, app::App};

/// A deployment that is to begin.
#[derive(Debug, Clone)]
pub struct Begin {
    /// What it attempts.
    pub kind: DeploymentKind,
    /// The application's name.
    pub application: String,
    /// The version that it is about.
    pub version: String,
    /// The version that is live.
    pub from_version: Option<String>,
    /// Why, as typed.
    pub reason: Option<String>,
    /// The state that it begins in.
    pub state: DeploymentState,
    /// What it is going to do, in order.
    pub steps: Vec<String>,
    /// The version that it makes or destroys.
    pub infrastructure: Option<InfrastructureId>,
    /// Where its rollout stands, in JSON; for promotions and roll backs.
    pub rollout: Option<String>,
}

/// A deployment that had not ended when the server last did.
#[derive(Debug, Clone)]
pub struct Unfinished {
    /// Which one.
    pub id: DeploymentId,
    /// Whose.
    pub account: AccountId,
    /// What it attempts.
    pub kind: DeploymentKind,
    /// The version that it makes or destroys.
    pub infrastructure: Option<InfrastructureId>,
    /// Where its rollout stands, in JSON.
    pub rollout: Option<String>,
}

/// The longest that a request for a log is held.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The most lines that one answer has.
const LINES: i64 = 1000;

/// An account's deployments, newest first.
pub async fn list(app: &App, account: AccountId) -> Result<Vec<Deployment>> {
    Ok(store::list(&app.pool, account).await?)
}

/// An application's latest deployments, newest first.
pub async fn latest(
    app: &App,
    account: AccountId,
    application: &str,
    limit: i64,
) -> Result<Vec<Deployment>> {
    Ok(store::latest(&app.pool, account, application, limit).await?)
}

/// One deployment.
pub async fn by_id(app: &App, account: AccountId, id: DeploymentId) -> Result<Deployment> {
    store::by_id(&app.pool, account, id)
        .await?
        .ok_or(Error::NotFound("deployment"))
}

/// One deployment with its steps.
pub async fn read(app: &App, account: AccountId, id: DeploymentId) -> Result<DeploymentDetail> {
    Ok(DeploymentDetail {
        deployment: by_id(app, account, id).await?,
        steps: steps::of(&app.pool, id).await?,
    })
}

/// A deployment's log after line `after`; waits for more while it runs and has none.
pub async fn log(
    app: &App,
    account: AccountId,
    id: DeploymentId,
    after: u64,
    wait: Duration,
) -> Result<LogPage> {
    // heard from before reading, so that nothing is missed in between
    let mut events = app.events.hear();
    let deadline = time::Instant::now() + wait.min(LONGEST_WAIT);
    loop {
        let page = LogPage {
            // the state first: lines are never written after it is final
            deployment: by_id(app, account, id).await?,
            lines: lines::after(&app.pool, id, after, LINES).await?,
        };
        let has_news = !page.lines.is_empty() || page.deployment.state.is_final();
        if has_news || !changes_before(&mut events, id, deadline).await {
            return Ok(page);
        }
    }
}

/// Waits for an event about a deployment; false once the deadline has passed.
async fn changes_before(
    events: &mut broadcast::Receiver<(AccountId, Event)>,
    id: DeploymentId,
    deadline: time::Instant,
) -> bool {
    loop {
        match time::timeout_at(deadline, events.recv()).await {
            Err(_) => return false,
            Ok(Err(broadcast::error::RecvError::Closed)) => return false,
            Ok(Err(broadcast::error::RecvError::Lagged(_))) => return true,
            Ok(Ok((_, event))) if is_about(&event, id) => return true,
            Ok(Ok(_)) => {}
        }
    }
}

fn is_about(event: &Event, id: DeploymentId) -> bool {
    match event {
        Event::Deployment { deployment } => deployment.id == id,
        Event::Log { deployment_id, .. } => *deployment_id == id,
        Event::Resync
        | Event::Application { .. }
        | Event::Infrastructure { .. }
        | Event::InfrastructureGone { .. }
        | Event::Step { .. }
        | Event::Terminal { .. }
        | Event::TerminalGone { .. } => false,
    }
}

/// Every account's deployments that have not ended, oldest first.
pub async fn unfinished(app: &App) -> Result<Vec<Unfinished>> {
    Ok(store::unfinished(&app.pool).await?)
}

/// A deployment that has not ended.
async fn unfinished_one(app: &App, id: DeploymentId) -> Result<Option<Unfinished>> {
    Ok(store::unfinished_one(&app.pool, id).await?)
}

/// What a macfile asks for, if this server can carry it out.
pub fn plan(macfile: &str, parameters: &BTreeMap<String, String>) -> Result<Plan> {
    let refused = |problems: Vec<String>| {
        Error::Invalid("the macfile is not right".into(), Some(problems.join("\n")))
    };
    let plan = macfile::parse(macfile, parameters)
        .map_err(|problems| refused(problems.iter().map(ToString::to_string).collect()))?;
    let unknown = plan.steps.iter().filter_map(not_here).collect::<Vec<_>>();
    if unknown.is_empty() {
        Ok(plan)
    } else {
        Err(refused(unknown))
    }
}

/// What of a step this server has not.
fn not_here(step: &macfile::Step) -> Option<String> {
    let Work::Instances(instances) = &step.work else {
        return None;
    };
    let (key, provider) = (&step.key, &instances.provider);
    if provider != "amazon" {
        return Some(format!(
            "{key}: there is no provider {provider} here, only amazon"
        ));
    }
    let configured = instances.configuration.as_ref();
    configured.map(|name| {
        format!("{key}: configuration {name} is not here; give the role a bootstrap bash")
    })
}
