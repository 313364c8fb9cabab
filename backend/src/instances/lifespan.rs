//! Testing instances end by themselves: their minutes count from when they were asked for or last
//! prolonged, and never while their version is live or on its way there.

use std::time::Duration;

use shared::{AccountId, Instance, Instant};
use tokio::time::sleep;

use super::{alone, store};
use crate::{
    Result,
    app::App,
    deployments::{self, Journal},
};

/// How often it is looked.
const ROUND: Duration = Duration::from_secs(5);
/// How long before its end an instance's end is warned of, in milliseconds.
const WARNING_MS: i64 = 10 * 60 * 1000;
/// Among how many of an application's latest deployments the version's own is looked for.
const LATEST: i64 = 100;

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
            true => begin_end(app, account, instance.clone(), now).await,
            false => warn(app, account, &instance, now).await,
        };
        // one that can't be ended keeps no other from its end
        if let Err(error) = done {
            tracing::warn!("{} is over and stays: {error}", instance.id);
        }
    }
    Ok(())
}

/// Ends it in the background, as a cloud may take minutes.
async fn begin_end(app: &App, account: AccountId, instance: Instance, now: Instant) -> Result<()> {
    if !store::expire(&app.pool, instance.id, now, "its lifespan is over").await? {
        return Ok(());
    }
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(error) = end(&app, account, &instance).await {
            tracing::warn!("{} is over and stays: {error}", instance.id);
        }
    });
    Ok(())
}

async fn end(app: &App, account: AccountId, instance: &Instance) -> Result<()> {
    tracing::info!(
        "the lifespan of {} ({}) is over",
        instance.name,
        instance.id
    );
    super::changed(app, instance.id).await?;
    let ended = alone::end(app, account, instance).await;
    let said = match &ended {
        Ok(()) => "its lifespan was over, and it was destroyed".to_owned(),
        Err(error) => format!("its lifespan is over, and it could not be destroyed: {error}"),
    };
    note(app, account, instance, &said).await?;
    ended
}

/// Says once that the end is near.
async fn warn(app: &App, account: AccountId, instance: &Instance, now: Instant) -> Result<()> {
    if store::set_warned(&app.pool, instance.id, now).await? {
        let end = instance.expires_at.unwrap_or(now).unix_ms();
        let minutes = (end - now.unix_ms() + 59_999) / 60_000;
        let said = format!(
            "its lifespan ends in {minutes} minutes: `mac instance lifespan` lets it live longer"
        );
        note(app, account, instance, &said).await?;
        super::tell(app, account, instance).await?;
    }
    Ok(())
}

/// Writes it into the journal of the version's latest deployment; an instance on its own has none.
async fn note(app: &App, account: AccountId, instance: &Instance, said: &str) -> Result<()> {
    let (Some(name), Some(version)) = (&instance.infrastructure, &instance.version) else {
        return Ok(());
    };
    let latest = deployments::latest(app, account, name, LATEST).await?;
    let Some(of_version) = latest.into_iter().find(|one| one.version == *version) else {
        return Ok(());
    };
    let journal = Journal::open(app, account, of_version.id).await?;
    journal.note(format!("{}: {said}", instance.name)).await?;
    journal.written().await
}
