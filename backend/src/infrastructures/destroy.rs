//! Destroying a version.

use shared::{
    AccountId, Deployment, DeploymentKind, DeploymentState, Infrastructure, InfrastructureId,
    Instant, RunOptions, RunsAt,
};

use super::{begin, busy, by_version, make::can_run, store, tell};
use crate::{
    Error, Result,
    app::App,
    applications, db,
    deployments::{self, Begin, Held, Journal},
};

/// Starts to destroy what was made of a version that could not be made whole, as was asked for.
pub async fn clear_after_failure(
    app: &App,
    account: AccountId,
    id: InfrastructureId,
    options: RunOptions,
) -> Result<()> {
    let infrastructure = store::by_id(&app.pool, account, id)
        .await?
        .ok_or(Error::NotFound("infrastructure"))?;
    let begun = begin_to_destroy(app, account, &infrastructure, options, Why::Asked(0)).await;
    match begun {
        Ok(_) => Ok(()),
        // somebody was faster, who destroys it as well
        Err(Error::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The longest that a destruction can be undone, in seconds.
const LONGEST_HOLD_SECONDS: u32 = 3600;

/// Starts to destroy a version; a live one only when there is no other to lead the address to. For
/// `hold_seconds` it can be undone, by cancelling it: nothing is destroyed before.
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
    begin_to_destroy(
        app,
        account,
        &infrastructure,
        options,
        Why::Asked(hold_seconds),
    )
    .await
}

/// Starts to destroy a version whose time was over at a moment, unless it is live.
pub(super) async fn retire(
    app: &App,
    account: AccountId,
    id: InfrastructureId,
    options: RunOptions,
    now: Instant,
) -> Result<()> {
    let infrastructure = store::by_id(&app.pool, account, id).await?;
    let infrastructure = infrastructure.ok_or(Error::NotFound("infrastructure"))?;
    begin_to_destroy(app, account, &infrastructure, options, Why::Due(now))
        .await
        .map(drop)
}

/// Why a version is destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// Somebody wants it, and can undo it for so many seconds.
    Asked(u32),
    /// Its time was over at this moment.
    Due(Instant),
}

impl Why {
    fn begins(self, now: Instant) -> Instant {
        match self {
            Self::Asked(seconds) => {
                Instant::from_unix_ms(now.unix_ms() + i64::from(seconds) * 1000)
            }
            Self::Due(_) => now,
        }
    }
}

async fn begin_to_destroy(
    app: &App,
    account: AccountId,
    infrastructure: &Infrastructure,
    options: RunOptions,
    why: Why,
) -> Result<Deployment> {
    can_run(app, options)?;
    let id = infrastructure.id;
    let (name, version) = (&infrastructure.name, &infrastructure.version);
    let blueprint = store::blueprint(&app.pool, id).await?;
    let plan = deployments::plan(&blueprint)?;
    let begin = Begin {
        steps: deployments::steps_to_destroy(&plan),
        state: DeploymentState::Destroying,
        options: Some(options),
        reason: match why {
            Why::Asked(_) => None,
            Why::Due(_) => Some("it was kept for as long as the policy says".into()),
        },
        held: Some(Held {
            until: why.begins(Instant::now()),
            before: infrastructure.state,
        }),
        ..begin(DeploymentKind::Destroy, &blueprint, id)
    };
    let mut transaction = db::begin(&app.pool).await?;
    let held = app.lease.hold(&mut transaction).await?;
    if let Why::Due(now) = why
        && !store::take_due(&mut transaction, id, now).await?
    {
        return Err(Error::Conflict(format!("{name} {version} is kept")));
    }
    if !store::begin_to_destroy(&mut transaction, id).await? {
        return Err(Error::Conflict(busy(infrastructure)));
    }
    if !infrastructure.live && applications::leads_to(app, account, name, version).await? {
        let why = format!("the address leads to {version}, whatever is written: promote a version");
        return Err(Error::Conflict(why));
    }
    applications::retire(app, &mut transaction, account, name, version).await?;
    let deployment = Journal::begin(&mut transaction, &held, account, &begin).await?;
    transaction.commit().await?;
    applications::close(app, account, name).await?;
    tell(app, account, id).await?;
    deployments::start(app, account, deployment).await
}
