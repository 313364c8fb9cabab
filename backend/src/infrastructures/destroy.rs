//! Destroying a version. Each destruction waits first, for no time or for as long as it can be undone;
//! nothing is touched before it begins, and whoever undoes it takes it out of the queue.

use std::time::Duration;

use shared::{
    AccountId, Deployment, DeploymentId, DeploymentKind, DeploymentState, Infrastructure,
    InfrastructureId, Instant, RunOptions, RunsAt,
};
use tokio::time::sleep;

use super::{begin, busy, by_version, make::can_run, store, tell};
use crate::{
    Error, Result,
    app::App,
    applications, db,
    deployments::{self, Begin, Begins, Journal, Observed, Reach, Waiting},
};

/// The longest that a destruction can be undone, in seconds.
const LONGEST_HOLD_SECONDS: u32 = 3600;
/// How often it is looked whether one is to begin.
const ROUND: Duration = Duration::from_secs(1);

/// Starts to destroy what was made of a version that could not be made whole, as was asked for.
pub async fn clear_after_failure(
    app: &App,
    account: AccountId,
    id: InfrastructureId,
    options: RunOptions,
) -> Result<()> {
    let infrastructure = found(app, account, id).await?;
    let begun = destroy_now(app, account, &infrastructure, options).await;
    match begun {
        Ok(_) => Ok(()),
        // somebody was faster, who destroys it as well
        Err(Error::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Starts to destroy a version; a live one only when there is no other to lead the address to. For
/// `hold_seconds` it waits, and can be undone by cancelling it.
pub async fn destroy(
    app: &App,
    account: AccountId,
    (name, version): (&str, &str),
    runs_at: RunsAt,
    hold_seconds: u32,
) -> Result<Deployment> {
    if hold_seconds > LONGEST_HOLD_SECONDS {
        let why = "a destruction can be undone for an hour at most".to_owned();
        return Err(Error::Invalid(why, None));
    }
    let infrastructure = by_version(app, account, name, version).await?;
    let options = RunOptions {
        runs_at,
        ..RunOptions::default()
    };
    if hold_seconds == 0 {
        return destroy_now(app, account, &infrastructure, options).await;
    }
    let why = Why::Asked { hold_seconds };
    let id = ask(app, account, &infrastructure, options, why).await?;
    deployments::by_id(app, account, id).await
}

/// Begins at once, and says so if it can't.
async fn destroy_now(
    app: &App,
    account: AccountId,
    infrastructure: &Infrastructure,
    options: RunOptions,
) -> Result<Deployment> {
    let why = Why::Asked { hold_seconds: 0 };
    let id = ask(app, account, infrastructure, options, why).await?;
    for waiting in deployments::destructions_due(app, Some(id)).await? {
        begin_waiting(app, waiting).await?;
    }
    let deployment = deployments::by_id(app, account, id).await?;
    match (deployment.state, &deployment.error) {
        (DeploymentState::Cancelled, Some(why)) => Err(Error::Conflict(why.clone())),
        _ => Ok(deployment),
    }
}

/// Lets a version that is not live be destroyed, as its time was over at a moment.
pub(super) async fn retire(
    app: &App,
    account: AccountId,
    id: InfrastructureId,
    now: Instant,
) -> Result<()> {
    let infrastructure = found(app, account, id).await?;
    let options = RunOptions::default();
    ask(app, account, &infrastructure, options, Why::Due(now))
        .await
        .map(drop)
}

async fn found(app: &App, account: AccountId, id: InfrastructureId) -> Result<Infrastructure> {
    let found = store::by_id(&app.pool, account, id).await?;
    found.ok_or(Error::NotFound("infrastructure"))
}

/// Why a version is destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// Somebody wants it, and can undo it for so long.
    Asked {
        /// In seconds.
        hold_seconds: u32,
    },
    /// Its time was over at this moment.
    Due(Instant),
}

impl Why {
    fn begins(self, now: Instant) -> Begins {
        let (at, by_itself) = match self {
            Self::Asked { hold_seconds } => {
                let hold_ms = i64::from(hold_seconds) * 1000;
                (Instant::from_unix_ms(now.unix_ms() + hold_ms), false)
            }
            Self::Due(_) => (now, true),
        };
        Begins { at, by_itself }
    }
}

/// Writes that a version is to be destroyed, if that could begin now.
async fn ask(
    app: &App,
    account: AccountId,
    infrastructure: &Infrastructure,
    options: RunOptions,
    why: Why,
) -> Result<DeploymentId> {
    can_run(app, options)?;
    let id = infrastructure.id;
    let blueprint = store::blueprint(&app.pool, id).await?;
    let plan = deployments::plan(&blueprint)?;
    let (name, version) = (&blueprint.name, &blueprint.version);
    if deployments::is_to_be_destroyed(app, id).await? {
        let twice = format!("{name} {version} is about to be destroyed already");
        return Err(Error::Conflict(twice));
    }
    let begin = Begin {
        steps: deployments::steps_to_destroy(&plan),
        state: DeploymentState::Queued,
        options: Some(options),
        reason: match why {
            Why::Asked { .. } => None,
            Why::Due(_) => Some("it was kept for as long as the policy says".into()),
        },
        begins: Some(why.begins(Instant::now())),
        ..begin(DeploymentKind::Destroy, &blueprint, id)
    };
    let mut transaction = db::begin(&app.pool).await?;
    let held = app.lease.hold(&mut transaction).await?;
    if !store::can_be_destroyed(&mut transaction, id).await? {
        return Err(Error::Conflict(busy(infrastructure)));
    }
    if let Why::Due(now) = why
        && !store::take_due(&mut transaction, id, now).await?
    {
        return Err(Error::Conflict(format!("{name} {version} is kept")));
    }
    let deployment = Journal::begin(&mut transaction, &held, account, &begin).await?;
    transaction.commit().await?;
    Journal::open(app, account, deployment).await?;
    Ok(deployment)
}

/// Begins the destructions whose time has come, until the server ends.
pub async fn keep_destroying(app: App) {
    loop {
        match deployments::destructions_due(&app, None).await {
            Ok(due) => due.into_iter().for_each(|waiting| {
                let app = app.clone();
                tokio::spawn(async move {
                    if let Err(error) = begin_waiting(&app, waiting).await {
                        tracing::warn!("{} does not begin: {error}", waiting.id);
                    }
                });
            }),
            Err(error) => tracing::warn!("no destruction begins: {error}"),
        }
        sleep(ROUND).await;
    }
}

/// Begins a destruction whose time has come; one that must not begin is taken out of the queue.
async fn begin_waiting(app: &App, waiting: Waiting) -> Result<()> {
    let (account, id) = (waiting.account, waiting.id);
    let Some((reach, entered)) = app.underway.try_enter(id) else {
        // somebody else has it looked at
        deployments::gone(app, id).await;
        return Ok(());
    };
    let refused = refused(app, waiting, reach).await?;
    drop(entered);
    match refused {
        Some(why) => deployments::leave_queue(app, account, id, &why)
            .await
            .map(drop),
        None => deployments::start(app, account, id).await.map(drop),
    }
}

/// Why a destruction must not begin; if it may, it is written that it does.
async fn refused(app: &App, waiting: Waiting, reach: Reach) -> Result<Option<String>> {
    let (account, id) = (waiting.account, waiting.id);
    let infrastructure = found(app, account, waiting.infrastructure).await?;
    let (name, version) = (&infrastructure.name, &infrastructure.version);
    let live = applications::by_name(app, account, name).await?.live;
    if live.is_some() && !infrastructure.live {
        let observed = deployments::observed(app, account, id, (name, version), reach).await;
        match observed {
            Ok(Observed::Here) => return Ok(Some(leads_to(version))),
            // somebody wants it, who may know better
            Ok(Observed::Unclear(why)) if waiting.by_itself => return Ok(Some(why)),
            Ok(Observed::Elsewhere | Observed::Unclear(_)) => {}
            Err(error) if waiting.by_itself => return Err(error),
            Err(error) => tracing::warn!("{id} begins without a look: {error}"),
        }
    }
    let mut transaction = db::begin(&app.pool).await?;
    let held = app.lease.hold(&mut transaction).await?;
    if !deployments::begin_waiting(&mut transaction, &held, id).await? {
        return Ok(Some("it was undone".into())); // which is written already
    }
    if !store::begin_to_destroy(&mut transaction, infrastructure.id).await? {
        let now = found(app, account, infrastructure.id).await?;
        return Ok(Some(busy(&now)));
    }
    if !infrastructure.live && applications::leads_to(app, account, name, version).await? {
        return Ok(Some(leads_to(version)));
    }
    applications::retire(app, &mut transaction, account, name, version).await?;
    transaction.commit().await?;
    applications::close(app, account, name).await?;
    tell(app, account, infrastructure.id).await?;
    Ok(None)
}

fn leads_to(version: &str) -> String {
    format!("the address leads to {version}, whatever is written: promote a version")
}
