//! Instances: servers, of an infrastructure or on their own, launched and ended through a cloud.

pub mod agent;
mod alone;
mod boot;
mod configurations;
mod launch;
mod lifespan;
mod log;
mod reach;
pub mod routes;
mod ssh;
mod states;
mod store;
mod terminate;
mod token;
mod watch;

pub use alone::{NewAlone, create, destroy, resume};
pub use launch::launch;
pub use lifespan::keep as keep_lifespans;
pub use log::log;
pub use reach::{run_command, shell};
use shared::{
    AccountId, ChangeInstance, ConfigureInstance, Facts, InfrastructureId, Instance, InstanceId,
    InstanceKind, InstanceState,
};
pub use ssh::{CONFIG as SSH_CONFIG, Key, PORT as SSH_PORT};
pub use states::fail;
use states::{advance, changed, configured, runs, set_state, settle, tell};
pub use terminate::terminate;
pub use token::Signer;
pub use watch::keep as keep_watch;

use crate::{
    Error, Result,
    accounts::{self, Tenant},
    app::App,
    providers::{self},
};

/// An instance that is to be launched.
#[derive(Debug, Clone)]
pub struct NewInstance {
    /// The version that it belongs to; none for one on its own.
    pub infrastructure: Option<InfrastructureId>,
    /// The macfile's key that asks for it; empty for one on its own.
    pub step: String,
    /// How it is shown.
    pub name: String,
    /// The role that it plays.
    pub role: Option<String>,
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
    /// How long a testing one lives.
    pub lifespan_minutes: u32,
    /// The script that configures it; none waits for one.
    pub script: Option<String>,
    /// What the original client told of it, in JSON.
    pub metadata: Option<String>,
    /// What else its launch asks for.
    pub wanted: Wanted,
}

/// What a launch asks for besides, kept so that it can be asked for again.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// The ports that are opened.
    pub ports: Vec<u16>,
    /// The provider's network.
    pub net: Option<String>,
    /// Additional disks.
    pub disks: Vec<shared::Disk>,
    /// The image, once it is known what the release stands for.
    pub image: Option<String>,
}

/// An instance, and the macfile's key that asked for it.
#[derive(Debug, Clone)]
pub struct Known {
    /// The instance.
    pub instance: Instance,
    /// The key.
    pub step: String,
    /// What the original client told of it, in JSON.
    pub metadata: Option<String>,
}

/// How long a testing instance lives when nothing else is asked for, in minutes.
pub const LIFESPAN_MINUTES: u32 = 90;
/// The longest that a testing instance may live, in minutes: 30 days.
const LONGEST_LIFESPAN: u32 = 60 * 24 * 30;
/// A bootstrap script with its variables travels in a database row and over HTTP.
const LARGEST_SCRIPT_BYTES: usize = 256 << 10;

/// An account's instances, newest first, without those that are gone.
pub async fn list(app: &App, account: AccountId) -> Result<Vec<Instance>> {
    let known = list_with_steps(app, account).await?;
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

/// One instance.
pub async fn by_id(app: &App, account: AccountId, id: InstanceId) -> Result<Instance> {
    Ok(known(app, account, id).await?.instance)
}

/// One instance with the key that asked for it.
pub async fn known(app: &App, account: AccountId, id: InstanceId) -> Result<Known> {
    let known = store::by_id(&app.pool, account, id).await?;
    known.ok_or(Error::NotFound("instance"))
}

/// Writes that an instance is to be launched, before it is; its id makes the launch repeatable.
pub async fn begin(app: &App, account: AccountId, new: &NewInstance) -> Result<InstanceId> {
    providers::check(&new.provider)?;
    if new
        .script
        .as_ref()
        .is_some_and(|script| script.len() > LARGEST_SCRIPT_BYTES)
    {
        let most = LARGEST_SCRIPT_BYTES >> 10;
        let problem = format!("a bootstrap script may have up to {most} KiB");
        return Err(Error::Invalid(problem, None));
    }
    let id = InstanceId::new();
    let whose = providers::whose(app, account, &new.provider).await?;
    let mut transaction = crate::db::begin(&app.pool).await?;
    accounts::lock(&mut transaction, account).await?;
    store::insert(&mut transaction, account, id, new, whose).await?;
    if new.infrastructure.is_none() {
        alone::check_count(&mut transaction, account).await?;
    }
    configurations::insert(&mut transaction, id, new.script.as_deref()).await?;
    transaction.commit().await?;
    Ok(id)
}

/// A script with variables, as an instance is configured with it.
pub fn script(
    bootstrap: &str,
    environment: &std::collections::BTreeMap<String, String>,
) -> Result<Option<String>> {
    let is_name = |name: &str| {
        let mut letters = name.bytes();
        letters
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
            && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
    };
    if let Some(strange) = environment.keys().find(|name| !is_name(name)) {
        let problem = format!("\"{strange}\" is not a variable's name");
        return Err(Error::Invalid(problem, None));
    }
    Ok(boot::script(bootstrap, environment))
}

/// Changes how long a testing instance lives.
pub async fn change(
    app: &App,
    account: AccountId,
    id: InstanceId,
    change: ChangeInstance,
) -> Result<Instance> {
    let instance = by_id(app, account, id).await?;
    if instance.kind == InstanceKind::Production {
        let stays = "a production instance stays until somebody destroys it";
        return Err(Error::Conflict(stays.into()));
    }
    check_lifespan(change.lifespan_minutes)?;
    store::set_lifespan(&app.pool, id, change.lifespan_minutes).await?;
    tell(app, account, &instance).await?;
    by_id(app, account, id).await
}

/// Whether a testing instance may live that long.
pub fn check_lifespan(minutes: u32) -> Result<()> {
    if (1..=LONGEST_LIFESPAN).contains(&minutes) {
        return Ok(());
    }
    let problem =
        format!("a testing instance lives from 1 to {LONGEST_LIFESPAN} minutes, not {minutes}");
    Err(Error::Invalid(problem, None))
}

/// Configures an instance once more.
pub async fn configure(
    app: &App,
    account: AccountId,
    id: InstanceId,
    configure: ConfigureInstance,
) -> Result<Instance> {
    let instance = by_id(app, account, id).await?;
    match instance.state {
        InstanceState::Created | InstanceState::Ready | InstanceState::ConfigureFailed => {}
        InstanceState::Creating | InstanceState::Configuring => {
            return Err(Error::Conflict(
                "it is being made or configured: wait".into(),
            ));
        }
        InstanceState::CreateFailed
        | InstanceState::Destroying
        | InstanceState::Destroyed
        | InstanceState::DestroyFailed => {
            return Err(Error::Conflict("it does not run".into()));
        }
    }
    let script = match &configure.bootstrap {
        Some(bootstrap) => script(bootstrap, &configure.environment)?,
        None => None,
    };
    if !configurations::has_agent(&app.pool, id).await? {
        let silent = "the instance can't reach this server: start the server with --public-url, \
                      and make the instance anew";
        return Err(Error::Unavailable(silent.into()));
    }
    configurations::want(&app.pool, id, script.as_deref()).await?;
    settle(app, id, InstanceState::Configuring, None).await?;
    by_id(app, account, id).await
}

/// What an instance told of itself; unavailable until it has.
pub async fn facts(app: &App, account: AccountId, id: InstanceId) -> Result<Facts> {
    // another account's is not found
    by_id(app, account, id).await?;
    let known = configurations::read(&app.pool, id).await?;
    known
        .and_then(|known| known.facts)
        .ok_or_else(|| Error::Unavailable("the instance has not told of itself yet".into()))
}

/// The cloud that an instance runs in.
async fn cloud_of(app: &App, tenant: &Tenant, instance: &Instance) -> Result<cloud::Ec2> {
    let whose = store::whose(&app.pool, instance.id).await?;
    let (provider, location) = (&instance.provider, &instance.location);
    providers::cloud(app, tenant, whose, provider, location).await
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
