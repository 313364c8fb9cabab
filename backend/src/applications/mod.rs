//! Applications: all versions of one name, one of them live behind a stable address.

mod address;
mod destruction;
mod detail;
mod plan;
mod previews;
mod queue;
mod receipts;
pub mod routes;
mod store;
mod visitors;
mod ways;

use detail::not_promotable;
pub use detail::read;
pub use plan::plan;
pub use previews::open as open_preview;
pub use queue::{next, next_of_all};
pub use receipts::{receipts, write_receipt};
use std::collections::BTreeSet;
pub use visitors::{set_visitors, traffic};
use ways::{Way, way_back};

use shared::{
    Account, AccountId, Application, ApplicationId, Approval, ChangeApplication, Deployment,
    DeploymentKind, DeploymentState, Event, Infrastructure, InfrastructureId, Policy,
};
use sqlx::{Any, Transaction};

use crate::{
    Error, Result,
    app::App,
    db,
    deployments::{self, Begin, Journal},
    infrastructures,
    lease::Held,
};

/// An account's applications, by name.
pub async fn list(app: &App, account: AccountId) -> Result<Vec<Application>> {
    Ok(store::list(&app.pool, account, |host| app.names.address(host)).await?)
}

/// The first labels of the addresses of an account's applications.
pub async fn hosts(app: &App, account: AccountId) -> Result<Vec<String>> {
    Ok(store::hosts(&app.pool, account).await?)
}

/// One application.
pub async fn by_name(app: &App, account: AccountId, name: &str) -> Result<Application> {
    let found = store::by_name(&app.pool, account, name, |host| app.names.address(host)).await?;
    found.ok_or(Error::NotFound("application"))
}

/// Says how an application's address is moved from now on.
pub async fn set_policy(
    app: &App,
    account: AccountId,
    name: &str,
    policy: Policy,
) -> Result<Application> {
    let longest = [
        (
            policy.bake_seconds,
            Policy::LONGEST_BAKE_SECONDS,
            "a new version is watched for a day at most",
        ),
        (
            policy.drain_seconds,
            Policy::LONGEST_DRAIN_SECONDS,
            "requests of the old version may take an hour at most",
        ),
        (
            policy.check_seconds,
            Policy::LONGEST_CHECK_SECONDS,
            "a version's own check may take an hour at most",
        ),
        (
            policy.switch_seconds,
            Policy::LONGEST_SWITCH_SECONDS,
            "moving the address may take an hour at most",
        ),
        (
            policy.retain_seconds,
            Policy::LONGEST_RETAIN_SECONDS,
            "an old version is kept by itself for 30 days at most; with 0 it is kept until somebody \
             destroys it",
        ),
    ];
    if let Some((_, _, why)) = longest.iter().find(|(time, longest, _)| time > longest) {
        return Err(Error::Invalid((*why).to_owned(), None));
    }
    if !store::set_policy(&app.pool, account, name, policy).await? {
        return Err(Error::NotFound("application"));
    }
    tell(app, account, name).await?;
    by_name(app, account, name).await
}

/// How a change is carried out: going back asks nobody, is not checked beyond its health, is not
/// watched, and leaves what it goes back from to be looked at.
fn policy_of(kind: DeploymentKind, policy: Policy, switch_ms: i64) -> rollout::Policy {
    let is_promotion = kind == DeploymentKind::Promote;
    let ms = |seconds: u32| i64::from(seconds) * 1000;
    let of_promotion = |seconds: u32| if is_promotion { ms(seconds) } else { 0 };
    rollout::Policy {
        approval: match policy.approval {
            Approval::Needed if is_promotion => rollout::Approval::Needed,
            Approval::Others if is_promotion => rollout::Approval::Others,
            Approval::Others | Approval::Needed | Approval::Automatic => {
                rollout::Approval::Automatic
            }
        },
        bake_ms: of_promotion(policy.bake_seconds),
        drain_ms: ms(policy.drain_seconds),
        check_ms: of_promotion(policy.check_seconds),
        switch_ms,
        retain_ms: of_promotion(policy.retain_seconds),
    }
}

/// Starts a promotion or a roll back, as an account's person.
///
/// A promotion waits while the address is being moved, and takes the place of one that waits.
/// Rolling back goes first: what waits is ended, and what has not moved the address yet; a promotion
/// whose version is live already, and is still watched or drained for, is the one that goes back. A version
/// that is destroyed is made again first.
pub async fn change(
    app: &App,
    asker: &Account,
    name: &str,
    change: ChangeApplication,
) -> Result<Deployment> {
    if change.kind == DeploymentKind::RollBack
        && let Way::Again(destroyed) = way_back(app, asker.id, name, &change.version).await?
    {
        return back_again(app, asker.id, name, (change, destroyed)).await;
    }
    let (moving, target) = seen(app, asker.id, name, &change).await?;
    let state = match change.kind {
        DeploymentKind::RollBack => {
            let previous = moving.previous.as_deref();
            let first = queue::go_first(app, asker, name, &change.version, previous);
            if let Some(active) = first.await? {
                return deployments::end(app, asker.id, active, &asker.name, change.reason).await;
            }
            DeploymentState::Checking
        }
        DeploymentKind::Promote | DeploymentKind::Create | DeploymentKind::Destroy => {
            place(app, asker.id, name, &change.version).await?
        }
    };
    begin(app, asker.id, name, change, (moving, target), state).await
}

/// What is asked for must fit what is there now: the application as it stands, and the version.
async fn seen(
    app: &App,
    account: AccountId,
    name: &str,
    change: &ChangeApplication,
) -> Result<(store::Moving, Infrastructure)> {
    let moving = store::moving(&app.pool, account, name).await?;
    let moving = moving.ok_or(Error::NotFound("application"))?;
    let target = infrastructures::by_version(app, account, name, &change.version).await?;
    guard(change, &moving, &target)?;
    Ok((moving, target))
}

/// Whether a promotion begins or waits; what waits already is superseded.
async fn place(
    app: &App,
    account: AccountId,
    name: &str,
    version: &str,
) -> Result<DeploymentState> {
    let Some(active) = deployments::moving_now(app, account, name).await? else {
        return Ok(DeploymentState::Checking);
    };
    if active.version == version {
        return Err(Error::Conflict(format!("{version} is on its way already")));
    }
    let why = format!("superseded by the promotion of {version}");
    queue::supersede(app, account, name, &why).await?;
    Ok(DeploymentState::Queued)
}

async fn begin(
    app: &App,
    account: AccountId,
    name: &str,
    change: ChangeApplication,
    (moving, target): (store::Moving, Infrastructure),
    state: DeploymentState,
) -> Result<Deployment> {
    let policy = by_name(app, account, name).await?.policy;
    let epoch = newest_epoch(app, &moving);
    let (version, live) = (&change.version, moving.live.clone());
    let switch_ms = switch_ms(app, account, name, (live.as_deref(), version)).await?;
    let rollout = rollout::Rollout::promote(version, live, change.expected_live, epoch)
        .under(policy_of(change.kind, policy, switch_ms));
    let begin = Begin {
        kind: change.kind,
        application: name.to_owned(),
        version: change.version,
        steps: deployments::steps_to_move(&rollout),
        from_version: moving.live,
        reason: change.reason,
        state,
        infrastructure: Some(target.id),
        rollout: Some(serde_json::to_string(&rollout).map_err(anyhow::Error::from)?),
        options: None,
        done: BTreeSet::new(),
        begins: None,
        then: None,
    };
    let mut transaction = db::begin(&app.pool).await?;
    let held = app.lease.hold(&mut transaction).await?;
    let id = Journal::begin(&mut transaction, &held, account, &begin)
        .await
        .map_err(|error| under_way(error, name))?;
    transaction.commit().await?;
    if state != DeploymentState::Queued {
        return deployments::start(app, account, id).await;
    }
    Journal::open(app, account, id).await?;
    // what it waits for may have ended before it stood in the queue
    queue::next(app, account, name).await?;
    deployments::by_id(app, account, id).await
}

/// How long commands may take to move an address between two versions; 0 when our router alone leads it.
async fn switch_ms(
    app: &App,
    account: AccountId,
    name: &str,
    (live, version): (Option<&str>, &str),
) -> Result<i64> {
    let between: Vec<&str> = live.into_iter().chain([version]).collect();
    if !deployments::is_by_commands(app, account, name, &between).await? {
        return Ok(0);
    }
    let policy = by_name(app, account, name).await?.policy;
    Ok(i64::from(policy.switch_seconds.max(1)) * 1000)
}

/// The number of the newest route that was stored or taken.
fn newest_epoch(app: &App, moving: &store::Moving) -> u64 {
    let taken = app.router.table.newest_epoch(&moving.host);
    moving.epoch.max(taken)
}

/// Writes that an application has no live version any more, as its last one is to be destroyed;
/// a part of a larger change, after which [`close`] follows.
pub async fn retire(
    app: &App,
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
    name: &str,
    version: &str,
) -> Result<()> {
    let moving = store::moving(&app.pool, account, name).await?;
    let moving = moving.ok_or(Error::NotFound("application"))?;
    let epoch = newest_epoch(app, &moving) + 1;
    Ok(store::retire(transaction, moving.id, version, epoch).await?)
}

/// Whether an application's address leads to a version, as the router itself says: after a change
/// that needs attention that may be another one than what is written.
pub async fn leads_to(app: &App, account: AccountId, name: &str, version: &str) -> Result<bool> {
    let host = moving(app, account, name).await?.host;
    let route = app.router.table.route(&host);
    Ok(route.is_some_and(|route| route.version == version))
}

/// Lets the address of an application without a live version lead nowhere.
pub async fn close(app: &App, account: AccountId, name: &str) -> Result<()> {
    let moving = moving(app, account, name).await?;
    if moving.live.is_none() {
        app.router.table.remove(&moving.host);
    }
    tell(app, account, name).await
}

/// What the asker saw must still be so.
fn guard(
    change: &ChangeApplication,
    moving: &store::Moving,
    target: &Infrastructure,
) -> Result<()> {
    match change.kind {
        DeploymentKind::Promote | DeploymentKind::RollBack => {}
        DeploymentKind::Create | DeploymentKind::Destroy => return Err(moves_nothing()),
    }
    still_live(change, moving)?;
    not_promotable(target).map_or(Ok(()), |reason| Err(Error::Conflict(reason)))
}

fn still_live(change: &ChangeApplication, moving: &store::Moving) -> Result<()> {
    if moving.live == change.expected_live {
        return Ok(());
    }
    let live = moving.live.as_deref().unwrap_or("no version");
    Err(Error::Conflict(format!("{live} is live now: look again")))
}

/// Makes a version again that is destroyed; once it is there, the address goes back to it.
async fn back_again(
    app: &App,
    account: AccountId,
    name: &str,
    (change, destroyed): (ChangeApplication, InfrastructureId),
) -> Result<Deployment> {
    let moving = store::moving(&app.pool, account, name).await?;
    still_live(&change, &moving.ok_or(Error::NotFound("application"))?)?;
    infrastructures::create_again(app, account, destroyed, change).await
}

/// Begins the change of the address that was to follow; says why not, if it can't be any more.
pub async fn go_on(
    app: &App,
    asker: &Account,
    name: &str,
    then: &ChangeApplication,
) -> Result<Option<String>> {
    match change(app, asker, name, then.clone()).await {
        Ok(_) => Ok(None),
        Err(Error::Conflict(why)) => Ok(Some(why)),
        Err(error) => Err(error),
    }
}

fn moves_nothing() -> Error {
    let problem = "an address is moved by promote or roll_back".into();
    Error::Invalid(problem, None)
}

fn under_way(error: sqlx::Error, name: &str) -> Error {
    if Error::is_duplicate(&error) {
        return Error::Conflict(format!("another change of {name} is under way"));
    }
    error.into()
}

/// Makes the first version that is whole live, as nothing else could be.
pub async fn promote_first(app: &App, account: AccountId, name: &str, version: &str) -> Result<()> {
    let first = ChangeApplication {
        kind: DeploymentKind::Promote,
        version: version.to_owned(),
        expected_live: None,
        reason: Some("the first version".into()),
    };
    let begun = async {
        let seen = seen(app, account, name, &first).await?;
        begin(
            app,
            account,
            name,
            first.clone(),
            seen,
            DeploymentState::Checking,
        )
        .await
    };
    match begun.await {
        Ok(_) => Ok(()),
        // another one is live or about to be, or this one serves under no name
        Err(Error::Conflict(_)) => tell(app, account, name).await,
        Err(error) => Err(error),
    }
}

/// What a rollout needs to know of the application that it moves.
#[derive(Debug, Clone)]
pub struct Moving {
    /// Which one.
    pub id: ApplicationId,
    /// The first label of its address.
    pub host: String,
    /// The version that is live.
    pub live: Option<String>,
}

/// What moving an address needs to know.
pub async fn moving(app: &App, account: AccountId, name: &str) -> Result<Moving> {
    let moving = store::moving(&app.pool, account, name).await?;
    let moving = moving.ok_or(Error::NotFound("application"))?;
    Ok(Moving {
        id: moving.id,
        host: moving.host,
        live: moving.live,
    })
}

/// Writes which version is live as a part of a larger change, by the server that may.
pub async fn commit(
    transaction: &mut Transaction<'static, Any>,
    _held: &Held,
    id: ApplicationId,
    (live, previous): (&str, Option<&str>),
    epoch: u64,
) -> Result<()> {
    if store::commit(transaction, id, live, previous, epoch).await? {
        return Ok(());
    }
    Err(Error::Conflict("a newer change was made meanwhile".into()))
}

/// Whether anybody's application has the address of that host.
pub async fn is_address(app: &App, host: &str) -> Result<bool> {
    Ok(store::has_host(&app.pool, host).await?)
}

/// Lets every address lead to where it did when the server last ran.
///
/// One row that can't be read keeps no other address from leading somewhere.
pub async fn restore_routes(app: &App) -> Result<()> {
    for route in store::routes(&app.pool).await? {
        match route.map(|route| app.router.table.take(route)) {
            Ok(Ok(())) => {}
            Ok(Err(newer)) => tracing::error!("route {newer} was taken before the stored ones"),
            Err(error) => tracing::error!("an address is not restored: {error}"),
        }
    }
    for (host, visitors) in store::doors(&app.pool).await? {
        app.router.table.set_visitors(&host, visitors);
    }
    Ok(())
}

/// Makes an application as a part of a larger change, unless the account has it.
pub async fn ensure(
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
    name: &str,
) -> Result<()> {
    for host in address::hosts(name) {
        if store::ensure(transaction, account, name, &host).await? {
            return Ok(());
        }
    }
    let taken = format!("every address like {name}'s is taken: choose another name");
    Err(Error::Conflict(taken))
}

/// Tells open pages how an application and its versions stand.
pub async fn tell(app: &App, account: AccountId, name: &str) -> Result<()> {
    let application = by_name(app, account, name).await?;
    app.events.tell(account, Event::Application { application });
    for infrastructure in infrastructures::versions(app, account, name).await? {
        app.events
            .tell(account, Event::Infrastructure { infrastructure });
    }
    Ok(())
}
