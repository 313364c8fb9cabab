//! Carries deployments out: each in a task of its own, and again after a restart.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::BoxFuture;
use rollout::Rollout;
use shared::{
    AccountId, Deployment, DeploymentId, DeploymentKind, DeploymentState, InfrastructureId,
    InfrastructureState,
};
use tokio::{sync::OnceCell, time};

use super::{
    Journal, Unfinished, create, destroy, plan, rollouts,
    run::{Failure, Run},
    underway::Reach,
};
use crate::{Error, Result, accounts, app::App, applications, infrastructures, resources};

/// How long to wait until what could not be stored is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// Starts a deployment that was just written, and returns it.
pub async fn start(app: &App, account: AccountId, id: DeploymentId) -> Result<Deployment> {
    let deployment = super::by_id(app, account, id).await?;
    if let Some(unfinished) = super::unfinished_one(app, id).await? {
        enter(app, unfinished, Beginning::New);
    }
    Ok(deployment)
}

/// Takes up what was under way when the server last ended.
pub async fn resume(app: &App) -> Result<()> {
    let all = super::unfinished(app).await?;
    // a late command of the server before could lead an address elsewhere, and no number tells it
    if let Some(before) = &app.predecessor
        && all.iter().any(moves_by_commands)
    {
        before.end().await;
    }
    for unfinished in all {
        enter(app, unfinished, Beginning::Again);
    }
    applications::next_of_all(app).await
}

fn moves_by_commands(unfinished: &Unfinished) -> bool {
    let stored = unfinished.rollout.as_deref();
    // what can't be read may be one
    stored.is_some_and(|stored| {
        let rollout = serde_json::from_str::<Rollout>(stored);
        rollout.map_or(true, |rollout| rollout.policy.switch_ms > 0)
    })
}

/// Whether a deployment begins or goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beginning {
    New,
    Again,
}

/// Carries a deployment out in a task of its own; it can be reached from now on.
fn enter(app: &App, unfinished: Unfinished, beginning: Beginning) {
    let (reach, entered) = app.underway.enter(unfinished.id);
    let app = app.clone();
    // one deployment may start another, so the compiler needs a type without an end to it
    let task: BoxFuture<'static, ()> = Box::pin(async move {
        let moves = match unfinished.kind {
            DeploymentKind::Promote | DeploymentKind::RollBack => {
                application(&app, &unfinished).await
            }
            DeploymentKind::Create | DeploymentKind::Destroy => None,
        };
        let account = unfinished.account;
        carry_out(&app, unfinished, reach, beginning).await;
        drop(entered);
        if let Some(name) = moves
            && let Err(error) = applications::next(&app, account, &name).await
        {
            tracing::error!("what waits for {name} does not begin: {error}");
        }
    });
    tokio::spawn(task);
}

async fn application(app: &App, unfinished: &Unfinished) -> Option<String> {
    let deployment = super::by_id(app, unfinished.account, unfinished.id).await;
    deployment.ok().map(|deployment| deployment.application)
}

async fn carry_out(app: &App, unfinished: Unfinished, reach: Reach, beginning: Beginning) {
    let (account, id) = (unfinished.account, unfinished.id);
    let destroyed = unfinished
        .infrastructure
        .filter(|_| unfinished.kind == DeploymentKind::Destroy);
    let done = match unfinished.kind {
        DeploymentKind::Create | DeploymentKind::Destroy => {
            build(app, &unfinished, reach, beginning).await
        }
        DeploymentKind::Promote | DeploymentKind::RollBack => {
            keep_moving(app, unfinished, &reach, beginning).await
        }
    };
    if let Err(error) = done {
        // another server goes on with it, and what it writes must stay
        if app.lease.is_lost(&app.pool).await {
            return;
        }
        let failure = Failure::from(error);
        // so that it can be tried again
        if let Some(version) = destroyed
            && let Err(error) = give_up(app, account, version).await
        {
            tracing::error!(deployment.id = %id, "its version stays as it is: {error}");
        }
        // the row stays unfinished if even this can't be written, and a restart takes it up
        if let Err(error) = attend(app, account, id, &failure.why).await {
            tracing::error!(deployment.id = %id, "a deployment is stuck: {error}");
        }
    }
}

/// Carries a rollout to its end. A database that fails meanwhile is as a crash is: nothing was decided
/// that is not stored, so it goes on from there once that can be read again.
async fn keep_moving(
    app: &App,
    mut unfinished: Unfinished,
    reach: &Reach,
    mut beginning: Beginning,
) -> Result<()> {
    let mut orders = reach.orders.hear();
    loop {
        let is_new = beginning == Beginning::New;
        let error = match rollouts::run(app, &unfinished, reach, &mut orders, is_new).await {
            Err(Error::Database(error)) => error,
            ended => return ended,
        };
        tracing::error!(deployment.id = %unfinished.id, "it goes on once it can be stored: {error}");
        // never from what was known before: the last that was stored may be newer
        match stored(app, unfinished.id).await {
            Some(Ok(Some(stored))) => (unfinished, beginning) = (stored, Beginning::Again),
            // it was stored how it ended
            Some(Ok(None)) => return Ok(()),
            Some(Err(other)) => return Err(other),
            None => return Err(error.into()),
        }
    }
}

/// A deployment as it is stored, once that can be read; none when another server goes on with it.
async fn stored(app: &App, id: DeploymentId) -> Option<Result<Option<Unfinished>>> {
    loop {
        time::sleep(AGAIN).await;
        if app.lease.is_lost(&app.pool).await {
            return None;
        }
        match super::unfinished_one(app, id).await {
            Err(Error::Database(error)) => tracing::warn!("{id} can't be read: {error}"),
            read => return Some(read),
        }
    }
}

async fn give_up(app: &App, account: AccountId, version: InfrastructureId) -> Result<()> {
    let state = InfrastructureState::DestroyFailed;
    infrastructures::set_state(app, account, version, state).await
}

async fn attend(app: &App, account: AccountId, id: DeploymentId, why: &str) -> Result<()> {
    let journal = Journal::open(app, account, id).await?;
    journal
        .set(DeploymentState::NeedsAttention, None, Some(why))
        .await
}

async fn build(
    app: &App,
    unfinished: &Unfinished,
    reach: Reach,
    beginning: Beginning,
) -> Result<()> {
    let id = unfinished
        .infrastructure
        .ok_or(Error::NotFound("infrastructure"))?;
    let blueprint = infrastructures::blueprint(app, id).await?;
    let run = Arc::new(Run {
        app: app.clone(),
        tenant: accounts::tenant(app, unfinished.account).await?,
        journal: Journal::open(app, unfinished.account, unfinished.id)
            .await?
            .into(),
        id,
        plan: plan(&blueprint)?,
        blueprint,
        options: unfinished.options,
        then: unfinished.then.clone(),
        reach,
        variables: Vec::new(),
        place: OnceCell::new(),
        told: Mutex::default(),
        before: resources::of(app, id)
            .await?
            .into_iter()
            .map(|one| one.name)
            .collect(),
    });
    if beginning == Beginning::Again {
        run.journal.note("the server was started again").await?;
    }
    match unfinished.kind {
        DeploymentKind::Destroy => destroy::run(&run).await,
        DeploymentKind::Create | DeploymentKind::Promote | DeploymentKind::RollBack => {
            create::run(&run).await
        }
    }
}
