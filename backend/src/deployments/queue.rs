//! Deployments that wait for their turn.

use rollout::Rollout;
use shared::{AccountId, Deployment, DeploymentId, InfrastructureId, Instant};
use sqlx::{Any, Transaction};

use super::{Journal, steps, store};
use crate::{Error, Result, app::App, lease::Held};

/// What a deployment begins with whose turn has come.
#[derive(Debug, Clone)]
pub struct Turn {
    /// What it is going to do, in order.
    pub steps: Vec<String>,
    /// Where its rollout stands, in JSON.
    pub rollout: String,
    /// The version that is live.
    pub from_version: Option<String>,
}

/// A destruction that waits until its time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Which one.
    pub id: DeploymentId,
    /// Whose.
    pub account: AccountId,
    /// The version that it destroys.
    pub infrastructure: InfrastructureId,
    /// Whether nobody asked for it, but the time was over for which its version was kept.
    pub by_itself: bool,
}

/// Destructions that wait and whose time has come: all, or one.
pub async fn destructions_due(app: &App, only: Option<DeploymentId>) -> Result<Vec<Waiting>> {
    Ok(store::destructions_due(&app.pool, Instant::now(), only).await?)
}

/// Whether a version's destruction waits.
pub async fn is_to_be_destroyed(app: &App, infrastructure: InfrastructureId) -> Result<bool> {
    Ok(store::is_to_be_destroyed(&app.pool, infrastructure).await?)
}

/// Writes that a destruction begins, by the server that is to carry it out; says whether it still waited.
pub async fn begin_waiting(
    transaction: &mut Transaction<'static, Any>,
    _held: &Held,
    id: DeploymentId,
) -> sqlx::Result<bool> {
    store::begin_waiting(transaction, id).await
}

/// The change of an application's address that is under way.
pub async fn moving_now(app: &App, account: AccountId, name: &str) -> Result<Option<Deployment>> {
    Ok(store::changing(&app.pool, account, name, false).await?)
}

/// The change of an application's address that waits for that.
pub async fn waiting(app: &App, account: AccountId, name: &str) -> Result<Option<Deployment>> {
    Ok(store::changing(&app.pool, account, name, true).await?)
}

/// Whose applications have changes that wait, and their names.
pub async fn all_waiting(app: &App) -> Result<Vec<(AccountId, String)>> {
    Ok(store::all_waiting(&app.pool).await?)
}

/// Where a rollout stands.
pub async fn rollout(app: &App, id: DeploymentId) -> Result<Rollout> {
    let unfinished = super::unfinished_one(app, id).await?;
    let stored = unfinished.and_then(|unfinished| unfinished.rollout);
    let stored = stored.ok_or(Error::NotFound("deployment"))?;
    Ok(serde_json::from_str(&stored).map_err(anyhow::Error::from)?)
}

/// Writes that a deployment's turn has come, by the server that is to carry it out; says whether it
/// still waited.
pub async fn take_turn(
    transaction: &mut Transaction<'static, Any>,
    _held: &Held,
    id: DeploymentId,
    turn: &Turn,
) -> sqlx::Result<bool> {
    let waited = store::take_turn(transaction, id, turn).await?;
    if waited {
        steps::replace(transaction, id, &turn.steps).await?;
    }
    Ok(waited)
}

/// Ends a deployment that waits; one that does not wait any more is let alone.
pub async fn leave_queue(
    app: &App,
    account: AccountId,
    id: DeploymentId,
    why: &str,
) -> Result<bool> {
    let journal = Journal::open(app, account, id).await?;
    let left = journal.leave_queue(why).await?;
    if left {
        // never in the log of one that is carried out: whoever does that numbers its lines
        journal.note(why).await?;
    }
    Ok(left)
}

/// Waits until a deployment is not carried out any more.
pub async fn gone(app: &App, id: DeploymentId) {
    if let Some(reach) = app.underway.get(id) {
        reach.gone.cancelled().await;
    }
}
