//! Versions that are not live any more: kept as a warm way back for a while, then destroyed.

use std::time::Duration;

use shared::{AccountId, Infrastructure, Instant, KeepVersion};
use sqlx::{Any, Transaction};
use tokio::time::sleep;

use super::{by_version, destroy, store, tell};
use crate::{Error, Result, app::App};

/// How often it is looked.
const ROUND: Duration = Duration::from_secs(1);

/// Writes until when a version is kept, as a part of a larger change; none when somebody has to destroy
/// it.
pub async fn retain(
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
    version: (&str, &str),
    until: Option<Instant>,
) -> Result<()> {
    Ok(store::retain(transaction, account, version, until).await?)
}

/// Keeps a version for longer that would be destroyed by itself, or until somebody destroys it.
pub async fn keep(
    app: &App,
    account: AccountId,
    (name, version): (&str, &str),
    keep: KeepVersion,
) -> Result<Infrastructure> {
    let found = by_version(app, account, name, version).await?;
    let more = match keep.seconds {
        Some(seconds) if seconds > KeepVersion::LONGEST_SECONDS => {
            let why = "a version is kept for 30 days more at most".to_owned();
            return Err(Error::Invalid(why, None));
        }
        Some(seconds) => Some(i64::from(seconds) * 1000),
        None => None,
    };
    let stays = || {
        Error::Conflict(format!(
            "{name} {version} is not about to be destroyed by itself"
        ))
    };
    let until = found.retires_at.ok_or_else(stays)?.unix_ms();
    let until = more.map(|more| Instant::from_unix_ms(until.saturating_add(more)));
    if !store::keep(&app.pool, found.id, until).await? {
        return Err(stays());
    }
    tell(app, account, found.id).await?;
    by_version(app, account, name, version).await
}

/// Destroys the versions whose time is over, until the server ends.
pub async fn keep_retention(app: App) {
    loop {
        if let Err(error) = retire(&app, Instant::now()).await {
            let error = anyhow::Error::from(error);
            tracing::warn!("old versions stay longer than they should: {error:#}");
        }
        sleep(ROUND).await;
    }
}

async fn retire(app: &App, now: Instant) -> Result<()> {
    for (account, id) in store::due(&app.pool, now).await? {
        match destroy::retire(app, account, id, now).await {
            Ok(()) => {}
            // the address is being moved to it or from it: again when that has ended
            Err(Error::Conflict(why)) => tracing::debug!("{id} stays for now: {why}"),
            Err(error) => tracing::warn!("{id} stays longer than it should: {error}"),
        }
    }
    Ok(())
}
