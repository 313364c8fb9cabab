//! Testing instances end by themselves: their minutes count from when they were asked for or last
//! prolonged, and never while their version is live or on its way there.

use std::time::Duration;

use shared::{AccountId, Instance, Instant};
use tokio::time::sleep;

use super::store;
use crate::{Result, accounts, app::App};

/// How often it is looked.
const ROUND: Duration = Duration::from_secs(5);
/// How long before its end an instance's end is warned of, in milliseconds.
const WARNING_MS: i64 = 10 * 60 * 1000;

/// Ends what is over, until the server ends.
pub async fn keep(app: App) {
    loop {
        if let Err(error) = end_what_is_over(&app, Instant::now()).await {
            tracing::warn!("lifespans are not kept: {:#}", anyhow::Error::from(error));
        }
        sleep(ROUND).await;
    }
}

async fn end_what_is_over(app: &App, now: Instant) -> Result<()> {
    let soon = Instant::from_unix_ms(now.unix_ms() + WARNING_MS);
    for (account, instance) in store::over_before(&app.pool, soon).await? {
        let is_over = instance.expires_at.is_some_and(|end| end <= now);
        let done = match is_over {
            true => end(app, account, &instance).await,
            false => warn(app, account, &instance, now).await,
        };
        // one that can't be ended keeps no other from its end
        if let Err(error) = done {
            tracing::warn!("{} is over and stays: {error}", instance.id);
        }
    }
    Ok(())
}

async fn end(app: &App, account: AccountId, instance: &Instance) -> Result<()> {
    tracing::info!(
        "the lifespan of {} ({}) is over",
        instance.name,
        instance.id
    );
    let tenant = accounts::tenant(app, account).await?;
    super::terminate(app, &tenant, instance).await
}

/// Says once that the end is near.
async fn warn(app: &App, account: AccountId, instance: &Instance, now: Instant) -> Result<()> {
    if store::set_warned(&app.pool, instance.id, now).await? {
        super::tell(app, account, instance).await?;
    }
    Ok(())
}
