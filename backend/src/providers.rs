//! Who runs instances: so far the emulated cloud, for every account.

use std::time::Duration;

use emulator::Credentials;
use tokio::time::{Instant, sleep};

use crate::{Error, Result, accounts::Tenant, app::App};

/// How long the emulated cloud may take to start.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is asked meanwhile.
const GLANCE: Duration = Duration::from_millis(50);

/// The account's part of the emulated cloud; none when there is no emulated cloud.
pub async fn emulated(app: &App, tenant: &Tenant) -> Result<Option<Credentials>> {
    if app.emulator_off().is_some() {
        return Ok(None);
    }
    let id = tenant.account.id.to_string();
    let deadline = Instant::now() + PATIENCE;
    let credentials = loop {
        match app.emulator.account(&id, tenant.number).await {
            Ok(credentials) => break credentials,
            // it is being started
            Err(emulator::client::Error::Unreachable(_)) if Instant::now() < deadline => {
                sleep(GLANCE).await;
            }
            Err(error) => return Err(silent(error)),
        }
    };
    Ok(Some(credentials))
}

fn silent(error: emulator::client::Error) -> Error {
    tracing::warn!("the emulated cloud: {error}");
    Error::Unavailable("the emulated cloud does not answer; try again".into())
}

/// The account's connection to the cloud of `location`, for instances of `amazon`.
pub async fn amazon(app: &App, tenant: &Tenant, location: &str) -> Result<cloud::Ec2> {
    let off = || app.emulator_off().unwrap_or_default();
    let credentials = emulated(app, tenant)
        .await?
        .ok_or_else(|| Error::Unavailable(off()))?;
    let access = cloud::Access {
        access_key_id: credentials.access_key_id,
        secret_access_key: credentials.secret_access_key,
        region: location.to_owned(),
        endpoint: Some(credentials.endpoint),
    };
    Ok(cloud::Ec2::connect(access).await)
}
