//! Instances: servers of an infrastructure, launched and ended through a cloud.

pub mod routes;
mod store;

use std::time::Duration;

use shared::{
    AccountId, InfrastructureId, Instance, InstanceId, InstanceKind, InstanceLog, InstanceState,
};
use tokio::time::{self, sleep};

use crate::{
    Error, Result,
    accounts::{self, Tenant},
    app::App,
    providers,
};

/// An instance that is to be launched.
#[derive(Debug, Clone)]
pub struct NewInstance {
    /// The version that it belongs to.
    pub infrastructure: InfrastructureId,
    /// The macfile's key that asks for it.
    pub step: String,
    /// How it is shown.
    pub name: String,
    /// The role that it plays.
    pub role: String,
    /// Who runs it.
    pub provider: String,
    /// Where.
    pub location: String,
    /// Its hardware.
    pub hardware: String,
    /// Its image.
    pub release: String,
    /// Whether it ends by itself.
    pub kind: InstanceKind,
}

/// An instance, and the macfile's key that asked for it.
#[derive(Debug, Clone)]
pub struct Known {
    /// The instance.
    pub instance: Instance,
    /// The key.
    pub step: String,
}

/// How long a cloud may take until an instance runs.
const STARTING: Duration = Duration::from_secs(300);
/// How often it is asked meanwhile.
const GLANCE: Duration = Duration::from_millis(300);

/// An account's instances, newest first, without those that are gone.
pub async fn list(app: &App, account: AccountId) -> Result<Vec<Instance>> {
    let known = store::list(&app.pool, account).await?;
    Ok(known.into_iter().map(|known| known.instance).collect())
}

/// The same, with the keys that asked for them.
pub async fn list_with_steps(app: &App, account: AccountId) -> Result<Vec<Known>> {
    Ok(store::list(&app.pool, account).await?)
}

/// The instances of a version, oldest first, gone ones too.
pub async fn of(app: &App, account: AccountId, id: InfrastructureId) -> Result<Vec<Instance>> {
    let known = with_steps(app, account, id).await?;
    Ok(known.into_iter().map(|known| known.instance).collect())
}

/// The instances of a version with the keys that asked for them, oldest first.
pub async fn with_steps(app: &App, account: AccountId, id: InfrastructureId) -> Result<Vec<Known>> {
    Ok(store::of(&app.pool, account, id).await?)
}

/// What an instance wrote on its console.
pub async fn log(app: &App, account: AccountId, id: InstanceId) -> Result<InstanceLog> {
    let known = store::by_id(&app.pool, account, id).await?;
    let instance = known.ok_or(Error::NotFound("instance"))?.instance;
    let tenant = accounts::tenant(app, account).await?;
    let Some(provider_id) = instance.provider_id else {
        return Err(Error::Conflict("the instance has not been launched".into()));
    };
    let ec2 = providers::amazon(app, &tenant, &instance.location).await?;
    let text = ec2.console_output(&provider_id).await.map_err(refused)?;
    Ok(InstanceLog {
        console: text,
        configuration: String::new(),
        next: 0,
        state: instance.state,
    })
}

/// Writes that an instance is to be launched, before it is; its id makes the launch repeatable.
pub async fn begin(app: &App, account: AccountId, new: &NewInstance) -> Result<InstanceId> {
    let id = InstanceId::new();
    store::insert(&app.pool, account, id, new).await?;
    Ok(id)
}

/// Launches an instance, or finds the one that was launched before, and waits until it runs.
pub async fn launch(
    app: &App,
    tenant: &Tenant,
    id: InstanceId,
    location: &str,
    launch: cloud::Launch,
) -> Result<cloud::Observed> {
    let ec2 = providers::amazon(app, tenant, location).await?;
    let launched = ec2.launch(launch).await.map_err(refused)?;
    store::observe(&app.pool, id, &launched).await?;
    let running = time::timeout(STARTING, until_running(&ec2, &launched.provider_id)).await;
    let Ok(running) = running else {
        let waited = STARTING.as_secs();
        let silent = format!("{} does not run after {waited} s", launched.provider_id);
        return Err(Error::Unavailable(silent));
    };
    let running = running?;
    store::observe(&app.pool, id, &running).await?;
    store::set_state(&app.pool, id, InstanceState::Ready).await?;
    Ok(running)
}

async fn until_running(ec2: &cloud::Ec2, provider_id: &str) -> Result<cloud::Observed> {
    loop {
        match ec2.describe(provider_id).await {
            Ok(observed) => match observed.state {
                cloud::State::Running => return Ok(observed),
                cloud::State::Pending => {}
                cloud::State::Stopping
                | cloud::State::Stopped
                | cloud::State::ShuttingDown
                | cloud::State::Terminated => {
                    let ended = format!("{provider_id} ended before it ran");
                    return Err(Error::Unavailable(ended));
                }
            },
            // a cloud may know an instance a moment after it has launched it
            Err(cloud::Error::NotFound { .. } | cloud::Error::Unreachable(_)) => {}
            Err(error @ cloud::Error::Refused { .. }) => return Err(refused(error)),
        }
        sleep(GLANCE).await;
    }
}

/// Ends an instance; one that the cloud does not know is gone already.
pub async fn terminate(app: &App, tenant: &Tenant, instance: &Instance) -> Result<()> {
    store::set_state(&app.pool, instance.id, InstanceState::Destroying).await?;
    if let Some(provider_id) = &instance.provider_id {
        let ec2 = providers::amazon(app, tenant, &instance.location).await?;
        match ec2.terminate(provider_id).await {
            Ok(()) | Err(cloud::Error::NotFound { .. }) => {}
            Err(error) => {
                store::set_state(&app.pool, instance.id, InstanceState::DestroyFailed).await?;
                return Err(refused(error));
            }
        }
    }
    Ok(store::set_state(&app.pool, instance.id, InstanceState::Destroyed).await?)
}

/// Writes that an instance could not be launched.
pub async fn fail(app: &App, id: InstanceId) -> Result<()> {
    Ok(store::set_state(&app.pool, id, InstanceState::CreateFailed).await?)
}

fn refused(error: cloud::Error) -> Error {
    match error {
        cloud::Error::Unreachable(source) => {
            tracing::warn!("the cloud cannot be reached: {source}");
            Error::Unavailable("the cloud cannot be reached; try again".into())
        }
        refusal @ (cloud::Error::Refused { .. } | cloud::Error::NotFound { .. }) => {
            Error::Unavailable(refusal.to_string())
        }
    }
}
