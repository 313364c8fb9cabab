//! Ending an instance.

use std::time::Duration;

use shared::{Instance, InstanceState};
use tokio::time::{self, sleep};

use super::{refused, set_state};
use crate::{Error, Result, accounts::Tenant, app::App};

/// How long a cloud may take until an instance is gone.
const ENDING: Duration = Duration::from_secs(300);
/// How often it is asked meanwhile.
const GLANCE: Duration = Duration::from_millis(200);

/// Ends an instance, and returns once it is gone; one that the cloud does not know is gone already.
///
/// An instance whose launch was asked for and never answered is found by the key of its launch.
pub async fn terminate(app: &App, tenant: &Tenant, instance: &Instance) -> Result<()> {
    set_state(app, instance.id, InstanceState::Destroying, None).await?;
    match end(app, tenant, instance).await {
        Ok(()) => set_state(app, instance.id, InstanceState::Destroyed, None).await,
        Err(error) => {
            let why = error.to_string();
            set_state(app, instance.id, InstanceState::DestroyFailed, Some(&why)).await?;
            Err(error)
        }
    }
}

async fn end(app: &App, tenant: &Tenant, instance: &Instance) -> Result<()> {
    let cloud = super::cloud_of(app, tenant, instance).await?;
    let provider_id = match &instance.provider_id {
        Some(known) => Some(known.clone()),
        None => cloud
            .find(&instance.id.to_string())
            .await
            .map_err(refused)?
            .map(|found| found.provider_id),
    };
    let Some(provider_id) = provider_id else {
        return Ok(()); // nothing was launched
    };
    end_known(&cloud, &provider_id).await
}

/// Ends what the cloud has by this id.
pub(super) async fn end_known(cloud: &cloud::Ec2, provider_id: &str) -> Result<()> {
    match cloud.terminate(provider_id).await {
        Ok(()) => {}
        Err(cloud::Error::NotFound { .. }) => return Ok(()),
        Err(error) => return Err(refused(error)),
    }
    let gone = time::timeout(ENDING, until_gone(cloud, provider_id)).await;
    gone.unwrap_or_else(|_| {
        let waited = ENDING.as_secs();
        Err(Error::Unavailable(format!(
            "{provider_id} still runs after {waited} s"
        )))
    })
}

async fn until_gone(cloud: &cloud::Ec2, provider_id: &str) -> Result<()> {
    loop {
        match cloud.describe(provider_id).await {
            Err(cloud::Error::NotFound { .. }) => return Ok(()),
            Ok(observed) => match observed.state {
                cloud::State::Terminated => return Ok(()),
                cloud::State::Pending
                | cloud::State::Running
                | cloud::State::Stopping
                | cloud::State::Stopped
                | cloud::State::ShuttingDown => {}
            },
            Err(cloud::Error::Unreachable(_)) => {}
            Err(error @ cloud::Error::Refused { .. }) => return Err(refused(error)),
        }
        sleep(GLANCE).await;
    }
}
