//! Deployments: the history of attempts to make, promote, roll back to or destroy a version.

mod command;
mod create;
mod destroy;
mod effects;
mod errands;
pub mod fault;
mod fill;
pub mod journal;
mod launch;
mod lines;
mod order;
mod output;
mod progress;
pub mod reported;
mod rollouts;
pub mod routes;
mod run;
mod runner;
mod scribe;
mod steps;
mod store;
mod underway;

use std::{collections::BTreeSet, time::Duration};

pub use create::{endpoint::of as endpoint, steps as steps_to_create};
pub use destroy::steps as steps_to_destroy;
pub use journal::Journal;
use macfile::{Plan, Work};
pub use rollouts::steps as steps_to_move;
pub use runner::{resume, start};
use shared::{
    AccountId, ClientCommand, ClientReport, Deployment, DeploymentDetail, DeploymentId,
    DeploymentKind, DeploymentState, Event, InfrastructureId, LogPage, ResourceState, RunOptions,
};
use tokio::{sync::broadcast, time};
pub use underway::Underway;

use crate::{
    Error, Result, app::App, configurations, infrastructures::Blueprint, providers, resources,
};

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
    /// The places of the steps that are done already.
    pub done: BTreeSet<usize>,
    /// The version that it makes or destroys.
    pub infrastructure: Option<InfrastructureId>,
    /// Where its rollout stands, in JSON; for promotions and roll backs.
    pub rollout: Option<String>,
    /// How it is carried out; for macfiles.
    pub options: Option<RunOptions>,
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
    /// How it is carried out.
    pub options: RunOptions,
}

/// The longest that a request for a log is held.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long lines are gathered into one answer: shorter than anybody notices, and longer than
/// many commands take.
const GATHER: Duration = Duration::from_millis(30);
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
        time::timeout(GATHER, end(&mut events, id)).await.ok();
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

/// Waits until a deployment has ended, or may have.
async fn end(events: &mut broadcast::Receiver<(AccountId, Event)>, id: DeploymentId) {
    loop {
        match events.recv().await {
            Ok((_, Event::Deployment { deployment }))
                if deployment.id == id && deployment.state.is_final() =>
            {
                return;
            }
            Ok(_) => {}
            Err(_) => return,
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

/// Ends a deployment that is under way; its commands end, and what was made stays.
pub async fn cancel(app: &App, account: AccountId, id: DeploymentId) -> Result<Deployment> {
    let deployment = by_id(app, account, id).await?;
    match deployment.kind {
        DeploymentKind::Create | DeploymentKind::Destroy => {}
        DeploymentKind::Promote | DeploymentKind::RollBack => {
            let move_ = "an address that is being moved is not let go of: wait, or roll back";
            return Err(Error::Conflict(move_.into()));
        }
    }
    let ended = || Error::Conflict("the deployment has ended already".into());
    app.underway.get(id).ok_or_else(ended)?.cancel.cancel();
    Ok(deployment)
}

/// The next command that a deployment's client has to run; waits for one.
pub async fn client_command(
    app: &App,
    account: AccountId,
    id: DeploymentId,
    wait: Duration,
) -> Result<Option<ClientCommand>> {
    by_id(app, account, id).await?;
    let Some(reach) = app.underway.get(id) else {
        return Ok(None);
    };
    let next = reach.errands.next(wait.min(LONGEST_WAIT));
    tokio::select! {
        command = next => Ok(command),
        // nobody waits for a deployment that has ended
        () = reach.gone.cancelled() => Ok(None),
    }
}

/// Takes what a client tells of a command.
pub async fn client_report(
    app: &App,
    account: AccountId,
    id: DeploymentId,
    number: u64,
    report: ClientReport,
) -> Result<()> {
    by_id(app, account, id).await?;
    let reach = app.underway.get(id);
    let is_taken = match reach {
        Some(reach) => reach.errands.report(number, report).await,
        None => false,
    };
    if is_taken {
        return Ok(());
    }
    let over = format!("nobody waits for command {number} any more");
    Err(Error::Conflict(over))
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
pub fn plan(blueprint: &Blueprint) -> Result<Plan> {
    let refused = |problems: Vec<String>| {
        Error::Invalid("the macfile is not right".into(), Some(problems.join("\n")))
    };
    let plan = macfile::parse_with(
        &blueprint.macfile,
        &blueprint.parameters,
        &blueprint.parents,
    )
    .map_err(|problems| refused(problems.iter().map(ToString::to_string).collect()))?;
    let unknown = plan.steps.iter().filter_map(not_here).collect::<Vec<_>>();
    if unknown.is_empty() {
        Ok(plan)
    } else {
        Err(refused(unknown))
    }
}

/// The places of the steps of making a version that are still done.
pub async fn done_before(app: &App, id: InfrastructureId, plan: &Plan) -> Result<BTreeSet<usize>> {
    let ready: BTreeSet<String> = resources::of(app, id)
        .await?
        .into_iter()
        .filter(|resource| resource.state == ResourceState::Ready)
        .map(|resource| resource.name)
        .collect();
    let mut done = steps::done_before(&app.pool, id).await?;
    done.retain(|place| {
        plan.steps.get(*place).is_some_and(|step| match &step.work {
            Work::Resource(_) => ready.contains(&step.key),
            // instances that are there are found, and not launched again
            Work::Instances(_) => false,
            Work::Action(_) => true,
        })
    });
    Ok(done)
}

/// What of a step this server has not.
fn not_here(step: &macfile::Step) -> Option<String> {
    let Work::Instances(instances) = &step.work else {
        return None;
    };
    let key = &step.key;
    if let Err(error) = providers::check(&instances.provider) {
        return Some(format!("{key}: {error}"));
    }
    let configured = instances.configuration.as_deref();
    let unknown = configured.filter(|tag| configurations::by_tag(tag).is_none())?;
    Some(format!(
        "{key}: there is no configuration {unknown} here; give the role a bootstrap bash"
    ))
}
