//! The table `deployment`, and the steps that a new one has.

use rollout::Rollout;
use shared::{
    AccountId, ChangeApplication, Deployment, DeploymentId, DeploymentKind, DeploymentState,
    InfrastructureId, Instant, RunOptions,
};
use sqlx::{Any, AnyPool, Transaction};

use super::{
    Begin, Unfinished,
    queue::{Turn, Waiting},
    steps,
};
use crate::words;

#[derive(sqlx::FromRow)]
struct Row {
    deployment_id: String,
    kind: String,
    application: String,
    version: String,
    from_version: Option<String>,
    state: String,
    step: Option<String>,
    error: Option<String>,
    reason: Option<String>,
    started_by: String,
    created_at: i64,
    finished_at: Option<i64>,
    rollout: Option<String>,
    begins_at: Option<i64>,
}

/// When a state ends by itself that a person may prolong, or until when it can be undone.
fn until(state: DeploymentState, rollout: Option<&str>, begins_at: Option<i64>) -> Option<Instant> {
    if state == DeploymentState::Queued {
        return begins_at.map(Instant::from_unix_ms);
    }
    if !state.is_watched() {
        return None;
    }
    let rollout: Rollout = serde_json::from_str(rollout?).ok()?;
    rollout.deadline_ms.map(Instant::from_unix_ms)
}

impl Row {
    fn deployment(self) -> sqlx::Result<Deployment> {
        let state = words::read(&self.state)?;
        Ok(Deployment {
            until: until(state, self.rollout.as_deref(), self.begins_at),
            id: words::id(&self.deployment_id)?,
            kind: words::read(&self.kind)?,
            application: self.application,
            version: self.version,
            from_version: self.from_version,
            state,
            step: self.step,
            error: self.error,
            reason: self.reason,
            started_by: self.started_by,
            created_at: Instant::from_unix_ms(self.created_at),
            finished_at: self.finished_at.map(Instant::from_unix_ms),
        })
    }
}

/// The columns of [`Row`] for one account, `$1`; conditions may follow.
const SELECT: &str = "select deployment.*, account.name as started_by from deployment \
     join account on account.account_id = deployment.account_id \
     where deployment.account_id = $1";

pub(super) async fn list(pool: &AnyPool, account: AccountId) -> sqlx::Result<Vec<Deployment>> {
    let sql = format!("{SELECT} order by deployment_id desc");
    sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(account.to_string())
        .fetch_all(pool)
        .await?
        .into_iter()
        .map(Row::deployment)
        .collect()
}

/// An application's latest, newest first.
pub(super) async fn latest(
    pool: &AnyPool,
    account: AccountId,
    application: &str,
    limit: i64,
) -> sqlx::Result<Vec<Deployment>> {
    let sql = format!("{SELECT} and application = $2 order by deployment_id desc limit $3");
    sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(account.to_string())
        .bind(application)
        .bind(limit)
        .fetch_all(pool)
        .await?
        .into_iter()
        .map(Row::deployment)
        .collect()
}

/// The change of an application's address that has not ended: the one under way, or the one that
/// waits for it.
pub(super) async fn changing(
    pool: &AnyPool,
    account: AccountId,
    application: &str,
    is_waiting: bool,
) -> sqlx::Result<Option<Deployment>> {
    let sign = if is_waiting { "=" } else { "<>" };
    let sql = format!(
        "{SELECT} and application = $2 and finished_at is null and state {sign} 'queued' \
         and deployment.kind in ('promote', 'roll_back')"
    );
    sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(account.to_string())
        .bind(application)
        .fetch_optional(pool)
        .await?
        .map(Row::deployment)
        .transpose()
}

/// The accounts and names of applications where a change waits, the longest waiting first.
pub(super) async fn all_waiting(pool: &AnyPool) -> sqlx::Result<Vec<(AccountId, String)>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select account_id, application from deployment \
         where finished_at is null and state = 'queued' and kind in ('promote', 'roll_back') \
         order by deployment_id",
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|(account, name)| Ok((words::id(&account)?, name)))
        .collect()
}

/// Writes that a deployment's turn has come; says whether it still waited.
pub(super) async fn take_turn(
    transaction: &mut Transaction<'static, Any>,
    id: DeploymentId,
    turn: &Turn,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "update deployment set state = $2, rollout = $3, from_version = $4 \
         where deployment_id = $1 and state = 'queued' and finished_at is null",
    )
    .bind(id.to_string())
    .bind(words::word(DeploymentState::Checking))
    .bind(&turn.rollout)
    .bind(turn.from_version.clone())
    .execute(&mut **transaction)
    .await?;
    Ok(done.rows_affected() == 1)
}

#[derive(sqlx::FromRow)]
struct WaitingRow {
    deployment_id: String,
    account_id: String,
    infrastructure_id: String,
    by_itself: i64,
}

/// Destructions that wait and whose time has come, all or one.
pub(super) async fn destructions_due(
    pool: &AnyPool,
    now: Instant,
    only: Option<DeploymentId>,
) -> sqlx::Result<Vec<Waiting>> {
    let rows: Vec<WaitingRow> = sqlx::query_as(
        "select deployment_id, account_id, infrastructure_id, by_itself from deployment \
         where kind = 'destroy' and state = 'queued' and finished_at is null and begins_at <= $1 \
           and deployment_id = coalesce($2, deployment_id)",
    )
    .bind(now.unix_ms())
    .bind(only.map(|id| id.to_string()))
    .fetch_all(pool)
    .await?;
    let read = |row: WaitingRow| {
        Ok(Waiting {
            id: words::id(&row.deployment_id)?,
            account: words::id(&row.account_id)?,
            infrastructure: words::id(&row.infrastructure_id)?,
            by_itself: row.by_itself > 0,
        })
    };
    rows.into_iter().map(read).collect()
}

/// Whether a version's destruction waits.
pub(super) async fn is_to_be_destroyed(
    pool: &AnyPool,
    infrastructure: InfrastructureId,
) -> sqlx::Result<bool> {
    let waiting: i64 = sqlx::query_scalar(
        "select count(*) from deployment where infrastructure_id = $1 and kind = 'destroy' \
         and state = 'queued' and finished_at is null",
    )
    .bind(infrastructure.to_string())
    .fetch_one(pool)
    .await?;
    Ok(waiting > 0)
}

/// Writes that a destruction begins; says whether it still waited.
pub(super) async fn begin_waiting(
    transaction: &mut Transaction<'static, Any>,
    id: DeploymentId,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "update deployment set state = $2 \
         where deployment_id = $1 and state = 'queued' and finished_at is null",
    )
    .bind(id.to_string())
    .bind(words::word(DeploymentState::Destroying))
    .execute(&mut **transaction)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes that a deployment that waits has ended; says whether it still waited.
pub(super) async fn leave_queue(
    transaction: &mut Transaction<'static, Any>,
    id: DeploymentId,
    why: &str,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "update deployment set state = $2, error = $3, finished_at = $4 \
         where deployment_id = $1 and state = 'queued' and finished_at is null",
    )
    .bind(id.to_string())
    .bind(words::word(DeploymentState::Cancelled))
    .bind(why)
    .bind(Instant::now().unix_ms())
    .execute(&mut **transaction)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn by_id<'e>(
    executor: impl sqlx::Executor<'e, Database = Any>,
    account: AccountId,
    id: DeploymentId,
) -> sqlx::Result<Option<Deployment>> {
    let sql = format!("{SELECT} and deployment_id = $2");
    sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(account.to_string())
        .bind(id.to_string())
        .fetch_optional(executor)
        .await?
        .map(Row::deployment)
        .transpose()
}

pub(super) async fn insert(
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
    id: DeploymentId,
    begin: &Begin,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into deployment (deployment_id, account_id, kind, application, version, \
           from_version, state, reason, created_at, infrastructure_id, rollout, options, \
           begins_at, by_itself, then_move) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(id.to_string())
    .bind(account.to_string())
    .bind(words::word(begin.kind))
    .bind(&begin.application)
    .bind(&begin.version)
    .bind(begin.from_version.clone())
    .bind(words::word(begin.state))
    .bind(begin.reason.clone())
    .bind(Instant::now().unix_ms())
    .bind(begin.infrastructure.map(|id| id.to_string()))
    .bind(begin.rollout.clone())
    .bind(begin.options.as_ref().map(words::json))
    .bind(begin.begins.map(|begins| begins.at.unix_ms()))
    .bind(begin.begins.map(|begins| i64::from(begins.by_itself)))
    .bind(begin.then.as_ref().map(words::json))
    .execute(&mut **transaction)
    .await?;
    steps::insert(transaction, id, begin).await
}

/// Where a deployment stands now; one that has ended stays as it is. Says whether that is another
/// state than before.
pub(super) async fn set_state(
    transaction: &mut Transaction<'static, Any>,
    id: DeploymentId,
    state: DeploymentState,
    step: Option<&str>,
    error: Option<&str>,
) -> sqlx::Result<bool> {
    let word = words::word(state);
    let before: Option<String> = sqlx::query_scalar(
        "select state from deployment where deployment_id = $1 and finished_at is null",
    )
    .bind(id.to_string())
    .fetch_optional(&mut **transaction)
    .await?;
    sqlx::query(
        "update deployment set state = $2, step = coalesce($3, step), error = $4, \
           finished_at = $5 where deployment_id = $1 and finished_at is null",
    )
    .bind(id.to_string())
    .bind(word.clone())
    .bind(step.map(str::to_owned))
    .bind(error.map(str::to_owned))
    .bind(state.is_final().then(|| Instant::now().unix_ms()))
    .execute(&mut **transaction)
    .await?;
    Ok(before.is_some_and(|before| before != word))
}

/// The latest deployment of a kind that a version has.
pub(super) async fn latest_of(
    pool: &AnyPool,
    infrastructure: InfrastructureId,
    kind: DeploymentKind,
) -> sqlx::Result<Option<DeploymentId>> {
    let id: Option<String> = sqlx::query_scalar(
        "select max(deployment_id) from deployment where infrastructure_id = $1 and kind = $2",
    )
    .bind(infrastructure.to_string())
    .bind(words::word(kind))
    .fetch_one(pool)
    .await?;
    id.as_deref().map(words::id).transpose()
}

/// The change of the address that is to follow the latest attempt to make a version.
pub(super) async fn then_of(
    pool: &AnyPool,
    infrastructure: InfrastructureId,
) -> sqlx::Result<Option<ChangeApplication>> {
    let then: Option<Option<String>> = sqlx::query_scalar(
        "select then_move from deployment where infrastructure_id = $1 and kind = 'create' \
         order by deployment_id desc limit 1",
    )
    .bind(infrastructure.to_string())
    .fetch_optional(pool)
    .await?;
    then.flatten().as_deref().map(words::from_json).transpose()
}

/// Writes how a deployment that is told of stands; it has ended, until more is told.
pub(super) async fn amend(
    transaction: &mut Transaction<'static, Any>,
    id: DeploymentId,
    state: DeploymentState,
    error: Option<String>,
) -> sqlx::Result<()> {
    sqlx::query(
        "update deployment set state = $2, error = coalesce($3, error), finished_at = $4 \
         where deployment_id = $1",
    )
    .bind(id.to_string())
    .bind(words::word(state))
    .bind(error)
    .bind(Instant::now().unix_ms())
    .execute(&mut **transaction)
    .await
    .map(drop)
}

/// Who let a change of an address go on, if somebody was asked.
pub(super) async fn approved_by(
    transaction: &mut Transaction<'static, Any>,
    id: DeploymentId,
) -> sqlx::Result<Option<String>> {
    let rollout: Option<String> =
        sqlx::query_scalar("select rollout from deployment where deployment_id = $1")
            .bind(id.to_string())
            .fetch_one(&mut **transaction)
            .await?;
    let rollout = rollout.and_then(|rollout| serde_json::from_str::<Rollout>(&rollout).ok());
    Ok(rollout.and_then(|rollout| rollout.approved_by))
}

/// Remembers where a rollout stands; part of a larger change.
pub(super) async fn set_rollout(
    transaction: &mut Transaction<'static, Any>,
    id: DeploymentId,
    rollout: &str,
) -> sqlx::Result<()> {
    sqlx::query("update deployment set rollout = $2 where deployment_id = $1")
        .bind(id.to_string())
        .bind(rollout)
        .execute(&mut **transaction)
        .await
        .map(drop)
}

#[derive(sqlx::FromRow)]
struct UnfinishedRow {
    deployment_id: String,
    account_id: String,
    kind: String,
    infrastructure_id: Option<String>,
    rollout: Option<String>,
    options: Option<String>,
    then_move: Option<String>,
}

impl UnfinishedRow {
    fn unfinished(self) -> sqlx::Result<Unfinished> {
        let infrastructure = self.infrastructure_id.as_deref();
        Ok(Unfinished {
            id: words::id(&self.deployment_id)?,
            account: words::id(&self.account_id)?,
            kind: words::read(&self.kind)?,
            infrastructure: infrastructure.map(words::id).transpose()?,
            rollout: self.rollout,
            options: self
                .options
                .as_deref()
                .map_or(Ok(RunOptions::default()), words::from_json)?,
            then: self
                .then_move
                .as_deref()
                .map(words::from_json)
                .transpose()?,
        })
    }
}

/// The columns of [`UnfinishedRow`]; conditions may follow.
const UNFINISHED: &str = "select deployment_id, account_id, kind, infrastructure_id, rollout, options, \
       then_move from deployment where finished_at is null";

/// Every account's deployments that have begun and not ended, oldest first.
pub(super) async fn unfinished(pool: &AnyPool) -> sqlx::Result<Vec<Unfinished>> {
    let sql = format!("{UNFINISHED} and state <> 'queued' order by deployment_id");
    sqlx::query_as::<_, UnfinishedRow>(sqlx::AssertSqlSafe(sql))
        .fetch_all(pool)
        .await?
        .into_iter()
        .map(UnfinishedRow::unfinished)
        .collect()
}

/// One that has not ended.
pub(super) async fn unfinished_one(
    pool: &AnyPool,
    id: DeploymentId,
) -> sqlx::Result<Option<Unfinished>> {
    let sql = format!("{UNFINISHED} and deployment_id = $1");
    sqlx::query_as::<_, UnfinishedRow>(sqlx::AssertSqlSafe(sql))
        .bind(id.to_string())
        .fetch_optional(pool)
        .await?
        .map(UnfinishedRow::unfinished)
        .transpose()
}
