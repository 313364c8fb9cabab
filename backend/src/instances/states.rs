//! Where instances stand: each change is written, and told to who waits for it.

use shared::{AccountId, Instance, InstanceId, InstanceState};

use super::{boot, configurations, store};
use crate::{Result, app::App, infrastructures};

/// Writes that an instance could not be launched.
pub async fn fail(app: &App, id: InstanceId, why: &str) -> Result<()> {
    set_state(app, id, InstanceState::CreateFailed, Some(why)).await
}

/// An instance runs: its script does, if it has one.
pub(super) async fn runs(app: &App, id: InstanceId) -> Result<()> {
    let known = configurations::read(&app.pool, id).await?;
    let is_configured_at_boot =
        known.is_some_and(|known| known.phase == 0 && known.script.is_some());
    if is_configured_at_boot {
        configurations::begin(&app.pool, id).await?;
        return advance(app, id, InstanceState::Configuring).await;
    }
    advance(app, id, InstanceState::Created).await
}

/// From `Creating` on; an instance that boots again stays what it was.
pub(super) async fn advance(app: &App, id: InstanceId, state: InstanceState) -> Result<()> {
    if store::advance(&app.pool, id, state).await? {
        changed(app, id).await?;
    }
    Ok(())
}

/// An instance's script ended with this code, or ran too long; one that is to be configured anew
/// already waits for that.
pub(super) async fn configured(app: &App, id: InstanceId, code: Option<i32>) -> Result<()> {
    let known = configurations::read(&app.pool, id).await?;
    if known.is_some_and(|known| known.is_wanted) {
        return Ok(());
    }
    let why = match code {
        Some(0) => return settle(app, id, InstanceState::Ready, None).await,
        Some(code) => format!("its bootstrap script ended with {code}"),
        None => format!(
            "its bootstrap script still ran after {} minutes",
            boot::LONGEST_SCRIPT.as_secs() / 60
        ),
    };
    settle(app, id, InstanceState::ConfigureFailed, Some(&why)).await
}

/// Writes where an instance stands, unless it is ending.
pub(super) async fn settle(
    app: &App,
    id: InstanceId,
    state: InstanceState,
    error: Option<&str>,
) -> Result<()> {
    if store::settle(&app.pool, id, state, error).await? {
        changed(app, id).await?;
    }
    Ok(())
}

/// Writes where an instance stands, and tells who waits for that.
pub(super) async fn set_state(
    app: &App,
    id: InstanceId,
    state: InstanceState,
    error: Option<&str>,
) -> Result<()> {
    store::set_state(&app.pool, id, state, error).await?;
    changed(app, id).await
}

pub(super) async fn changed(app: &App, id: InstanceId) -> Result<()> {
    app.instances_changed.notify_waiters();
    match store::owner(&app.pool, id).await? {
        Some((account, Some(infrastructure))) => {
            infrastructures::tell(app, account, infrastructure).await
        }
        Some((_, None)) | None => Ok(()),
    }
}

/// Tells open pages that something of an instance's version changed.
pub(super) async fn tell(app: &App, _account: AccountId, instance: &Instance) -> Result<()> {
    changed(app, instance.id).await
}
