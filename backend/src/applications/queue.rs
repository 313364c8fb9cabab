//! What waits for the change of an address that is under way: one promotion at most, the latest.

use rollout::Rollout;
use shared::{Account, AccountId, Deployment, DeploymentId, DeploymentKind, DeploymentState};

use super::{detail::SHOWN, newest_epoch, store};
use crate::{
    Error, Result,
    app::App,
    db,
    deployments::{self, Turn},
};

/// Lets what waits begin, if nothing of the application is under way any more. It is ended instead
/// when what it waited for needs attention: nobody knows then how the address stands.
///
/// What is live may be another version than when it was asked for: it was known that the address
/// was being moved, so that is what it moves from.
pub async fn next(app: &App, account: AccountId, name: &str) -> Result<()> {
    let Some(waiting) = deployments::waiting(app, account, name).await? else {
        return Ok(());
    };
    if deployments::moving_now(app, account, name).await?.is_some() {
        return Ok(());
    }
    if let Some(version) = unclear(app, account, name, &waiting).await? {
        let why = format!("the change to {version}, which it waited for, needs attention");
        deployments::leave_queue(app, account, waiting.id, &why).await?;
        return Ok(());
    }
    let turn = turn(app, account, name, &waiting).await?;
    let mut transaction = db::begin(&app.pool).await?;
    let held = app.lease.hold(&mut transaction).await?;
    match deployments::take_turn(&mut transaction, &held, waiting.id, &turn).await {
        Ok(true) => {}
        // it was ended meanwhile
        Ok(false) => return Ok(()),
        // another change was faster, and lets it begin when it ends
        Err(error) if Error::is_duplicate(&error) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    transaction.commit().await?;
    deployments::start(app, account, waiting.id).await.map(drop)
}

/// The version of a change that needs attention and ended while the other one waited.
async fn unclear(
    app: &App,
    account: AccountId,
    name: &str,
    waiting: &Deployment,
) -> Result<Option<String>> {
    let latest = deployments::latest(app, account, name, SHOWN).await?;
    let mut latest = latest.into_iter();
    let ended = latest.find(|one| {
        matches!(one.kind, DeploymentKind::Promote | DeploymentKind::RollBack)
            && one.state == DeploymentState::NeedsAttention
            && one.finished_at >= Some(waiting.created_at)
    });
    Ok(ended.map(|ended| ended.version))
}

async fn turn(app: &App, account: AccountId, name: &str, waiting: &Deployment) -> Result<Turn> {
    let moving = store::moving(&app.pool, account, name).await?;
    let moving = moving.ok_or(Error::NotFound("application"))?;
    let asked: Rollout = deployments::rollout(app, waiting.id).await?;
    let epoch = newest_epoch(app, &moving);
    let between = (moving.live.as_deref(), asked.target.as_str());
    let policy = rollout::Policy {
        switch_ms: super::switch_ms(app, account, name, between).await?,
        ..asked.policy
    };
    let (live, expected) = (moving.live.clone(), moving.live.clone());
    let rollout = Rollout::promote(asked.target, live, expected, epoch).under(policy);
    Ok(Turn {
        steps: deployments::steps_to_move(&rollout),
        rollout: serde_json::to_string(&rollout).map_err(anyhow::Error::from)?,
        from_version: moving.live,
    })
}

/// Lets what waits in every application begin, unless something of that is under way.
pub async fn next_of_all(app: &App) -> Result<()> {
    for (account, name) in deployments::all_waiting(app).await? {
        // one that can't begin keeps no other, nor the server, from it
        if let Err(error) = next(app, account, &name).await {
            tracing::error!("what waits for {name} does not begin: {error}");
        }
    }
    Ok(())
}

/// Ends what waits, if anything does, and says why.
pub(super) async fn supersede(app: &App, account: AccountId, name: &str, why: &str) -> Result<()> {
    if let Some(waiting) = deployments::waiting(app, account, name).await? {
        deployments::leave_queue(app, account, waiting.id, why).await?;
    }
    Ok(())
}

/// Going back goes first: what waits is ended, and so is what has not moved the address yet.
///
/// Says which change is the one that goes back, if one is that has moved it.
///
/// # Errors
/// The change that would go back goes to another version than the one that is asked for.
pub(super) async fn go_first(
    app: &App,
    asker: &Account,
    name: &str,
    version: &str,
    previous: Option<&str>,
) -> Result<Option<DeploymentId>> {
    let active = deployments::moving_now(app, asker.id, name).await?;
    if let Some(active) = &active
        && active.state.is_watched()
        && previous != Some(version)
    {
        let why = format!("wait until {} is not watched any more", active.version);
        return Err(Error::Conflict(why));
    }
    let why = format!("{} rolls back to {version}", asker.name);
    supersede(app, asker.id, name, &why).await?;
    let Some(active) = active else {
        return Ok(None);
    };
    match active.state {
        DeploymentState::Baking | DeploymentState::Draining => Ok(Some(active.id)),
        DeploymentState::Checking | DeploymentState::AwaitingApproval => {
            let reason = Some(format!("rolling back to {version}"));
            deployments::end(app, asker.id, active.id, &asker.name, reason).await?;
            deployments::gone(app, active.id).await;
            Ok(None)
        }
        DeploymentState::Queued
        | DeploymentState::Provisioning
        | DeploymentState::Switching
        | DeploymentState::RollingBack
        | DeploymentState::Destroying
        | DeploymentState::Succeeded
        | DeploymentState::RolledBack
        | DeploymentState::Failed
        | DeploymentState::Cancelled
        | DeploymentState::NeedsAttention => Ok(None),
    }
}
