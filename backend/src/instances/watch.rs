//! Looks after instances that are being made: those that tell what they do on their console alone,
//! and those whose script takes too long.

use std::time::Duration;

use shared::{AccountId, Instance, InstanceState, Instant};
use tokio::time::sleep;

use super::{
    boot::{LONGEST_SCRIPT, Told, told},
    configurations, store,
};
use crate::{Result, accounts, app::App};

/// How often it is looked.
const ROUND: Duration = Duration::from_secs(3);
/// How much later than the instance itself a script is given up that runs too long.
const MARGIN: Duration = Duration::from_secs(60);

/// Looks until the server ends.
pub async fn keep(app: App) {
    loop {
        sleep(ROUND).await;
        if let Err(error) = look(&app).await {
            tracing::warn!(
                "instances are not looked after: {:#}",
                anyhow::Error::from(error)
            );
        }
    }
}

async fn look(app: &App) -> Result<()> {
    for (account, instance) in store::at_work(&app.pool).await? {
        // one that can't be read keeps no other from being looked at
        if let Err(error) = listen(app, account, &instance).await {
            tracing::debug!("{}: {error}", instance.id);
        }
    }
    let longest = (LONGEST_SCRIPT + MARGIN).as_millis();
    let longest = i64::try_from(longest).unwrap_or(i64::MAX);
    let before = Instant::from_unix_ms(Instant::now().unix_ms() - longest);
    for id in configurations::give_up(&app.pool, before).await? {
        super::configured(app, id, None).await?;
    }
    Ok(())
}

/// Reads the console of an instance whose agent has not been heard of.
async fn listen(app: &App, account: AccountId, instance: &Instance) -> Result<()> {
    let Some(known) = configurations::read(&app.pool, instance.id).await? else {
        return Ok(());
    };
    let has_agent = known.facts.is_some();
    if has_agent || known.phase > 0 {
        return Ok(());
    }
    let Some(provider_id) = &instance.provider_id else {
        return Ok(());
    };
    let tenant = accounts::tenant(app, account).await?;
    let cloud = super::cloud_of(app, &tenant, instance).await?;
    let console = cloud
        .console_output(provider_id)
        .await
        .map_err(super::refused)?;
    match told(&console, instance.id) {
        None => Ok(()),
        Some(Told::Running) if known.script.is_some() => Ok(()),
        Some(Told::Running) => super::advance(app, instance.id, InstanceState::Created).await,
        Some(Told::Configuring) => {
            super::advance(app, instance.id, InstanceState::Configuring).await
        }
        Some(Told::Ended(code)) => {
            configurations::next_phase(&app.pool, instance.id, known.phase).await?;
            super::configured(app, instance.id, code).await
        }
    }
}
