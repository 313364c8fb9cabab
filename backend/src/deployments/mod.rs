//! Deployments: the history of attempts to make, promote, roll back to or destroy a version.

mod check;
mod client;
mod command;
mod create;
mod destroy;
mod effects;
mod errands;
pub mod fault;
mod fill;
mod follow;
mod hooks;
pub mod journal;
mod launch;
mod lines;
mod observed;
mod order;
mod output;
mod progress;
mod queue;
pub mod reported;
mod rollouts;
pub mod routes;
mod run;
mod runner;
mod scribe;
mod steps;
mod store;
mod switch;
mod underway;

use std::collections::BTreeSet;

pub use client::{client_command, client_report};
pub use create::{endpoint::of as endpoint, steps as steps_to_create};
pub use destroy::steps as steps_to_destroy;
pub use follow::log;
pub use journal::Journal;
use macfile::{Plan, Work};
pub use observed::{Observed, observed};
pub use queue::{
    Turn, Waiting, all_waiting, begin_waiting, destructions_due, gone, is_to_be_destroyed,
    leave_queue, moving_now, rollout, take_turn, waiting,
};
use rollout::{Approval, Input};
pub use rollouts::steps as steps_to_move;
pub use runner::{resume, start};
use shared::{
    Account, AccountId, ChangeApplication, Deployment, DeploymentDetail, DeploymentId,
    DeploymentKind, DeploymentState, InfrastructureId, Instant, Policy, ResourceState, RunOptions,
};
pub use switch::is_by_commands;
pub use underway::{Reach, Underway};

use crate::{
    Error, Result, app::App, configurations, infrastructures::Blueprint, providers, resources,
    words,
};

/// What is said of a destruction that somebody thought better of.
const UNDONE: &str = "it was undone: nothing was destroyed";

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
    /// When it begins, if it waits for that; for destructions.
    pub begins: Option<Begins>,
    /// The change of the address that follows; for versions that are made again.
    pub then: Option<ChangeApplication>,
}

/// When a destruction begins that waits; until then it can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begins {
    /// When.
    pub at: Instant,
    /// Whether nobody asked for it, but the time was over for which its version was kept.
    pub by_itself: bool,
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
    /// The change of the address that follows.
    pub then: Option<ChangeApplication>,
}

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

/// Ends a deployment that is under way: its commands end, and what was made stays; an address that
/// was moved goes back.
pub async fn cancel(app: &App, asker: &Account, id: DeploymentId) -> Result<Deployment> {
    let deployment = by_id(app, asker.id, id).await?;
    match deployment.kind {
        DeploymentKind::Create => {}
        DeploymentKind::Destroy => {
            if leave_queue(app, asker.id, id, UNDONE).await? {
                return by_id(app, asker.id, id).await;
            }
        }
        DeploymentKind::Promote | DeploymentKind::RollBack => {
            let why = format!("{} took it out of the queue", asker.name);
            if leave_queue(app, asker.id, id, &why).await? {
                return by_id(app, asker.id, id).await;
            }
            return end(app, asker.id, id, &asker.name, None).await;
        }
    }
    let ended = || Error::Conflict("the deployment has ended already".into());
    app.underway.get(id).ok_or_else(ended)?.cancel.cancel();
    Ok(deployment)
}

/// Lets a deployment move the address, unless its policy asks for somebody else's word.
pub async fn approve(app: &App, asker: &Account, id: DeploymentId) -> Result<Deployment> {
    let known = by_id(app, asker.id, id).await?;
    if known.state == DeploymentState::AwaitingApproval
        && rollout(app, id).await?.policy.approval == Approval::Others
    {
        let why = format!(
            "somebody else lets {} go live, by a link: make one for them",
            known.version
        );
        return Err(Error::Conflict(why));
    }
    approve_as(app, asker.id, id, asker.name.clone()).await
}

/// Lets a deployment move the address, as somebody who need not have an account.
pub async fn approve_as(
    app: &App,
    account: AccountId,
    id: DeploymentId,
    by: String,
) -> Result<Deployment> {
    want(app, account, id, Input::Approved { by }).await
}

/// Ends a deployment that waits for somebody; one that does not is let alone.
pub async fn reject(
    app: &App,
    account: AccountId,
    id: DeploymentId,
    by: &str,
    why: Option<String>,
) -> Result<Deployment> {
    let known = by_id(app, account, id).await?;
    if known.state != DeploymentState::AwaitingApproval {
        return Err(Error::Conflict("it waits for nobody any more".into()));
    }
    end(app, account, id, by, why).await
}

/// Gives a deployment more time before what comes next.
pub async fn prolong(
    app: &App,
    account: AccountId,
    id: DeploymentId,
    seconds: u32,
) -> Result<Deployment> {
    if !(1..=Policy::LONGEST_BAKE_SECONDS).contains(&seconds) {
        let why = "it is prolonged by a second at least, and by a day at most".to_owned();
        return Err(Error::Invalid(why, None));
    }
    let ms = i64::from(seconds) * 1000;
    want(app, account, id, Input::Prolonged { ms }).await
}

/// Ends a change of an address: one that was not moved yet stays, one that was moved goes back.
pub async fn end(
    app: &App,
    account: AccountId,
    id: DeploymentId,
    by: &str,
    why: Option<String>,
) -> Result<Deployment> {
    let by = by.to_owned();
    want(app, account, id, Input::Ended { by, why }).await
}

/// Tells the state machine of a change of an address what a person wants.
async fn want(app: &App, account: AccountId, id: DeploymentId, input: Input) -> Result<Deployment> {
    let deployment = by_id(app, account, id).await?;
    let orders = app.underway.get(id).map(|reach| reach.orders);
    let done = match orders {
        Some(orders) => orders.want(input).await,
        None => false,
    };
    let deployment = by_id(app, account, id).await.unwrap_or(deployment);
    if done {
        return Ok(deployment);
    }
    let state = words::word(deployment.state).replace('_', " ");
    let why = format!("that means nothing to it now: it is {state}");
    Err(Error::Conflict(why))
}

/// Every account's deployments that have not ended, oldest first.
pub async fn unfinished(app: &App) -> Result<Vec<Unfinished>> {
    Ok(store::unfinished(&app.pool).await?)
}

/// A deployment that has not ended.
async fn unfinished_one(app: &App, id: DeploymentId) -> Result<Option<Unfinished>> {
    Ok(store::unfinished_one(&app.pool, id).await?)
}

/// What a macfile asks for from which something new is to be made, if this server can carry it out.
pub fn plan_new(blueprint: &Blueprint) -> Result<Plan> {
    let (text, parents) = (&blueprint.macfile, &blueprint.parents);
    can_be_done(macfile::parse_with(text, &blueprint.parameters, parents))
}

/// What a macfile asked for from which something was made.
pub fn plan(blueprint: &Blueprint) -> Result<Plan> {
    let (text, parents) = (&blueprint.macfile, &blueprint.parents);
    can_be_done(macfile::parse_made(text, &blueprint.parameters, parents))
}

fn can_be_done(read: Result<Plan, Vec<macfile::Problem>>) -> Result<Plan> {
    let refused = |problems: Vec<String>| {
        Error::Invalid("the macfile is not right".into(), Some(problems.join("\n")))
    };
    let plan =
        read.map_err(|problems| refused(problems.iter().map(ToString::to_string).collect()))?;
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

/// The change of the address that is to follow the making of a version.
pub async fn then_of(app: &App, id: InfrastructureId) -> Result<Option<ChangeApplication>> {
    Ok(store::then_of(&app.pool, id).await?)
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
