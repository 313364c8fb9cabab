//! What instances wrote: on their consoles, and by their scripts.

use std::time::Duration;

use shared::{AccountId, Instance, InstanceId, InstanceLog, InstanceState};
use tokio::time;

use super::{by_id, cloud_of, configurations, refused};
use crate::{Result, accounts, app::App};

/// The longest that a request for a log is held.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What an instance wrote; what its scripts wrote from byte `after` on, waiting for more.
pub async fn log(
    app: &App,
    account: AccountId,
    id: InstanceId,
    after: u64,
    wait: Duration,
) -> Result<InstanceLog> {
    let deadline = time::Instant::now() + wait.min(LONGEST_WAIT);
    loop {
        let news = app.instances_changed.notified();
        tokio::pin!(news);
        news.as_mut().enable();
        let instance = by_id(app, account, id).await?;
        let (configuration, next) = log_after(app, id, after).await?;
        let is_over = !configuration.is_empty() || !is_at_work(instance.state);
        if is_over || time::timeout_at(deadline, news).await.is_err() {
            return Ok(InstanceLog {
                console: console(app, account, &instance).await?,
                configuration,
                next,
                state: instance.state,
            });
        }
    }
}

/// Whether more is to be expected.
fn is_at_work(state: InstanceState) -> bool {
    match state {
        InstanceState::Creating | InstanceState::Created | InstanceState::Configuring => true,
        InstanceState::Ready
        | InstanceState::CreateFailed
        | InstanceState::ConfigureFailed
        | InstanceState::Destroying
        | InstanceState::Destroyed
        | InstanceState::DestroyFailed => false,
    }
}

async fn log_after(app: &App, id: InstanceId, after: u64) -> Result<(String, u64)> {
    let Some(known) = configurations::read(&app.pool, id).await? else {
        return Ok((String::new(), 0)); // made before there were such logs
    };
    let begins = known.log_begins.unsigned_abs();
    let skip = usize::try_from(after.saturating_sub(begins)).unwrap_or(usize::MAX);
    let from = known.log.ceil_char_boundary(skip.min(known.log.len()));
    let next = begins + known.log.len() as u64;
    Ok((known.log[from..].to_owned(), next))
}

/// The end of an instance's console; empty before it has one.
async fn console(app: &App, account: AccountId, instance: &Instance) -> Result<String> {
    let Some(provider_id) = &instance.provider_id else {
        return Ok(String::new());
    };
    let tenant = accounts::tenant(app, account).await?;
    let cloud = cloud_of(app, &tenant, instance).await?;
    match cloud.console_output(provider_id).await {
        Ok(text) => Ok(text),
        // one that is gone has no console any more
        Err(cloud::Error::NotFound { .. }) => Ok(String::new()),
        Err(error) => Err(refused(error)),
    }
}
