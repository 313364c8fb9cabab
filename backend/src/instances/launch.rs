//! Launching an instance, and waiting until it is configured.

use std::time::Duration;

use shared::{Instance, InstanceId, InstanceState};
use tokio::time::{self, sleep};

use super::{
    agent,
    boot::{Boot, LARGEST_BYTES, LONGEST_SCRIPT},
    configurations, refused, set_state,
    ssh::Key,
    store,
    terminate::end_known,
};
use crate::{
    Error, Result,
    accounts::Tenant,
    app::App,
    providers::{self, Whose},
};

/// How long a cloud may take until an instance runs.
const STARTING: Duration = Duration::from_secs(300);
/// How long an instance that runs may take to tell so.
///
/// Amazon may show a console some minutes late, and only there is anything told where the
/// instance can't reach us.
const TELLING: Duration = Duration::from_secs(600);
/// How often a cloud is asked meanwhile.
const GLANCE: Duration = Duration::from_millis(200);

/// Launches an instance, or finds the one that was launched before, and waits until it is
/// configured, or has nothing to be configured with.
///
/// `launch` has no user data yet, no image and no key: they come from here.
pub async fn launch(
    app: &App,
    tenant: &Tenant,
    id: InstanceId,
    launch: cloud::Launch,
) -> Result<cloud::Observed> {
    let instance = super::by_id(app, tenant.account.id, id).await?;
    let cloud = super::cloud_of(app, tenant, &instance).await?;
    let launch = cloud::Launch {
        client_token: id.to_string(),
        image: image(app, &cloud, &instance).await?,
        user_data: user_data(app, tenant, &instance).await?,
        ..launch
    };
    if is_ending(app, id).await? {
        return Err(ended_meanwhile());
    }
    let launched = cloud.launch(launch).await.map_err(refused)?;
    store::observe(&app.pool, id, &launched).await?;
    // who ended it while the cloud was asked found nothing to end
    if is_ending(app, id).await? {
        end_known(&cloud, &launched.provider_id).await?;
        return Err(ended_meanwhile());
    }
    let running = time::timeout(STARTING, until_running(&cloud, &launched.provider_id)).await;
    let Ok(running) = running else {
        let waited = STARTING.as_secs();
        let silent = format!("{} does not run after {waited} s", launched.provider_id);
        return Err(Error::Unavailable(silent));
    };
    let running = running?;
    store::observe(&app.pool, id, &running).await?;
    until_configured(app, id).await?;
    Ok(running)
}

/// The image that the instance's release stood for when this was asked first: a newer one would be
/// another launch to the cloud.
async fn image(app: &App, cloud: &cloud::Ec2, instance: &Instance) -> Result<String> {
    let mut wanted = store::wanted(&app.pool, instance.id).await?;
    if let Some(image) = wanted.image {
        return Ok(image);
    }
    let whose = store::whose(&app.pool, instance.id).await?;
    let (provider, release) = (&instance.provider, &instance.release);
    let image = providers::image(cloud, whose, provider, release).await?;
    wanted.image = Some(image.clone());
    store::want(&app.pool, instance.id, &wanted).await?;
    Ok(image)
}

async fn is_ending(app: &App, id: InstanceId) -> Result<bool> {
    let (state, _) = store::state(&app.pool, id).await?;
    Ok(matches!(
        state,
        InstanceState::Destroying | InstanceState::Destroyed | InstanceState::DestroyFailed
    ))
}

fn ended_meanwhile() -> Error {
    Error::Unavailable("it was ended meanwhile".into())
}

/// The same whenever it is asked for: a cloud refuses another launch with the same key.
async fn user_data(app: &App, tenant: &Tenant, instance: &Instance) -> Result<String> {
    let id = instance.id;
    let known = configurations::read(&app.pool, id).await?;
    let known = known.ok_or(Error::NotFound("instance"))?;
    let url = agent_url(app, store::whose(&app.pool, id).await?);
    let token = agent::token(app, id, 0, instance.created_at);
    let key = Key::of(app, tenant).await?;
    let boot = Boot {
        id,
        key: &key.public,
        url: &url,
        token: &token,
        script: known.script.as_deref(),
        longest: LONGEST_SCRIPT,
    };
    let whole = boot.user_data();
    if whole.len() <= LARGEST_BYTES || url.is_empty() {
        return Ok(whole);
    }
    // too large for the cloud: its agent fetches the script
    configurations::want(&app.pool, id, None).await?;
    Ok(Boot {
        script: None,
        ..boot
    }
    .user_data())
}

/// Where an instance's agent asks; empty when it can't.
fn agent_url(app: &App, whose: Whose) -> String {
    let base = match (whose, app.config.console_only) {
        (_, true) => None,
        (Whose::Emulated, false) => Some(format!("http://127.0.0.1:{}", emulator::SERVER_PORT)),
        (Whose::Own, false) => app.config.public_url.clone(),
    };
    base.map_or_else(String::new, |base| {
        format!("{}{}", base.trim_end_matches('/'), agent::AGENT)
    })
}

async fn until_running(cloud: &cloud::Ec2, provider_id: &str) -> Result<cloud::Observed> {
    loop {
        match cloud.describe(provider_id).await {
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

/// Waits until the instance says that its script has ended, or that it waits for one.
async fn until_configured(app: &App, id: InstanceId) -> Result<()> {
    let told = time::Instant::now() + TELLING;
    loop {
        let news = app.instances_changed.notified();
        tokio::pin!(news);
        news.as_mut().enable();
        let (state, why) = store::state(&app.pool, id).await?;
        match state {
            InstanceState::Creating => {}
            // a watch ends what takes too long
            InstanceState::Configuring => {
                news.await;
                continue;
            }
            InstanceState::Created | InstanceState::Ready => return Ok(()),
            InstanceState::CreateFailed
            | InstanceState::ConfigureFailed
            | InstanceState::Destroying
            | InstanceState::Destroyed
            | InstanceState::DestroyFailed => {
                let why = why.unwrap_or_else(|| "it was ended meanwhile".into());
                return Err(Error::Unavailable(why));
            }
        }
        if time::timeout_at(told, news).await.is_err() {
            let why = format!("it runs, and has not told so after {} s", TELLING.as_secs());
            set_state(app, id, InstanceState::CreateFailed, Some(&why)).await?;
        }
    }
}
