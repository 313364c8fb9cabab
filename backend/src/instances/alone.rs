//! Instances on their own, which belong to no version.

use std::time::Duration;

use shared::{
    AccountId, CreateInstance, InfrastructureId, Instance, InstanceId, InstanceKind, InstanceState,
};

use sqlx::{Any, Transaction};

use super::{LIFESPAN_MINUTES, NewInstance, Wanted, launch, store, terminate};
use crate::{Error, Result, accounts, app::App, infrastructures::reported, providers};

/// How many an account may have.
const MOST: i64 = 20;

/// What else is known of an instance that no runner of ours launches.
#[derive(Debug, Clone, Default)]
pub struct NewAlone {
    /// The version that it belongs to, made by the original client.
    pub infrastructure: Option<InfrastructureId>,
    /// The macfile's key that asks for it.
    pub step: String,
    /// The role that it plays.
    pub role: Option<String>,
    /// What the original client told of it.
    pub metadata: Option<serde_json::Value>,
    /// Whether it is configured as soon as it runs; else it waits to be asked.
    pub configure: bool,
}

/// Refuses the transaction that has made one too many.
pub(super) async fn check_count(
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
) -> Result<()> {
    if store::count_alone(transaction, account).await? > MOST {
        let limit = format!("there may be {MOST} instances that belong to no infrastructure");
        return Err(Error::LimitReached(limit));
    }
    Ok(())
}

/// Starts to make an instance on its own.
pub async fn create(
    app: &App,
    account: AccountId,
    asked: CreateInstance,
    of: NewAlone,
) -> Result<Instance> {
    let tenant = accounts::tenant(app, account).await?;
    let minutes = asked.lifespan_minutes.unwrap_or(LIFESPAN_MINUTES);
    if asked.kind == InstanceKind::Testing {
        super::check_lifespan(minutes)?;
    }
    let place = providers::place(app, &tenant, &asked.provider, asked.location.as_deref()).await?;
    let new = NewInstance {
        infrastructure: of.infrastructure,
        step: of.step,
        name: asked
            .name
            .clone()
            .filter(|name| !name.trim().is_empty())
            .unwrap_or_else(made_up),
        role: of.role,
        provider: asked.provider.clone(),
        location: place,
        hardware: providers::hardware(&asked.provider, asked.hardware.as_deref()),
        release: asked.release.clone().unwrap_or_else(|| "any".into()),
        kind: asked.kind,
        lifespan_minutes: minutes,
        script: match of.configure {
            true => super::script(&asked.bootstrap, &asked.environment)?,
            false => None,
        },
        metadata: of.metadata.map(|metadata| metadata.to_string()),
        wanted: Wanted {
            ports: asked.ports,
            net: asked.net,
            disks: asked.disks,
            image: None,
        },
    };
    let id = super::begin(app, account, &new).await?;
    let instance = super::by_id(app, account, id).await?;
    let launch = wanted(&instance, new.wanted);
    tokio::spawn(carry_out(app.clone(), account, id, launch));
    Ok(instance)
}

/// A name that nobody gave.
fn made_up() -> String {
    let number: u32 = rand::random();
    format!("instance-{:06x}", number & 0x00ff_ffff)
}

fn wanted(instance: &Instance, more: Wanted) -> cloud::Launch {
    cloud::Launch {
        client_token: String::new(),
        name: instance.name.clone(),
        image: String::new(),
        hardware: instance.hardware.clone(),
        user_data: String::new(),
        tags: Vec::new(),
        ports: more.ports,
        admin_port: super::SSH_PORT,
        subnet: more.net,
        disks: more.disks.into_iter().map(providers::disk).collect(),
    }
}

async fn carry_out(app: App, account: AccountId, id: InstanceId, wanted: cloud::Launch) {
    let done = async {
        let tenant = accounts::tenant(&app, account).await?;
        launch(&app, &tenant, id, wanted).await
    };
    if let Err(error) = done.await {
        tracing::info!("instance {id} was not made: {error}");
        give_up(&app, id, &error.to_string()).await;
    }
}

/// Writes why, unless more is known already.
async fn give_up(app: &App, id: InstanceId, why: &str) {
    let done = async {
        if store::state(&app.pool, id).await?.0 == InstanceState::Creating {
            super::fail(app, id, why).await?;
        }
        Ok::<_, Error>(())
    };
    if let Err(error) = done.await {
        tracing::error!("instance {id}: {error}");
    }
}

/// Starts to destroy an instance.
pub async fn destroy(app: &App, account: AccountId, id: InstanceId) -> Result<Instance> {
    let instance = super::by_id(app, account, id).await?;
    if instance.state == InstanceState::Destroyed {
        return Ok(instance);
    }
    let (app_, gone) = (app.clone(), instance.clone());
    let ending = tokio::spawn(async move { end(&app_, account, &gone).await });
    // most clouds answer at once; whoever asked sees the state either way
    match tokio::time::timeout(Duration::from_millis(50), ending).await {
        Ok(Ok(done)) => done?,
        Ok(Err(panicked)) => return Err(anyhow::Error::from(panicked).into()),
        Err(_) => {}
    }
    super::by_id(app, account, id).await
}

/// Ends it, and with its last part a version that the original client made.
pub(super) async fn end(app: &App, account: AccountId, instance: &Instance) -> Result<()> {
    let tenant = accounts::tenant(app, account).await?;
    terminate(app, &tenant, instance).await?;
    match (&instance.infrastructure, &instance.version) {
        (Some(name), Some(version)) => reported::part_went(app, account, name, version).await,
        _ => Ok(()),
    }
}

/// Goes on with launches and ends that were under way when the server last ended.
pub async fn resume(app: &App) -> Result<()> {
    for (account, instance) in store::at_work(&app.pool).await? {
        if instance.infrastructure.is_some() || instance.state != InstanceState::Creating {
            continue;
        }
        let launch = wanted(&instance, store::wanted(&app.pool, instance.id).await?);
        tokio::spawn(carry_out(app.clone(), account, instance.id, launch));
    }
    for (account, instance) in store::ending(&app.pool).await? {
        // a version's own end may do the same; ending twice is as once
        tokio::spawn(go_on_ending(app.clone(), account, instance));
    }
    Ok(())
}

async fn go_on_ending(app: App, account: AccountId, instance: Instance) {
    let id = instance.id;
    if let Err(error) = end(&app, account, &instance).await {
        tracing::warn!("instance {id} was not ended: {error}");
    }
}
