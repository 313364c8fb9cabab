//! The tables `deployment` and `step`.

use shared::{
    AccountId, Deployment, DeploymentId, DeploymentKind, DeploymentState, InfrastructureId,
    Instant, Step,
};
use sqlx::{Any, AnyPool, Transaction};

use super::{Begin, Unfinished};
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
}

impl Row {
    fn deployment(self) -> sqlx::Result<Deployment> {
        Ok(Deployment {
            id: words::id(&self.deployment_id)?,
            kind: words::read(&self.kind)?,
            application: self.application,
            version: self.version,
            from_version: self.from_version,
            state: words::read(&self.state)?,
            step: self.step,
            error: self.error,
            reason: self.reason,
            started_by: self.started_by,
            created_at: Instant::from_unix_ms(self.created_at),
            finished_at: self.finished_at.map(Instant::from_unix_ms),
        })
    }
}

pub(super) async fn list(pool: &AnyPool, account: AccountId) -> sqlx::Result<Vec<Deployment>> {
    sqlx::query_as::<_, Row>(
        "select deployment.*, account.name as started_by from deployment \
         join account on account.account_id = deployment.account_id \
         where deployment.account_id = $1 order by deployment_id desc",
    )
    .bind(account.to_string())
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(Row::deployment)
    .collect()
}

pub(super) async fn by_id(
    pool: &AnyPool,
    account: AccountId,
    id: DeploymentId,
) -> sqlx::Result<Option<Deployment>> {
    sqlx::query_as::<_, Row>(
        "select deployment.*, account.name as started_by from deployment \
         join account on account.account_id = deployment.account_id \
         where deployment.account_id = $1 and deployment_id = $2",
    )
    .bind(account.to_string())
    .bind(id.to_string())
    .fetch_optional(pool)
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
           from_version, state, reason, created_at, infrastructure_id, rollout) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
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
    .execute(&mut **transaction)
    .await?;
    for (position, name) in (0_i64..).zip(&begin.steps) {
        sqlx::query(
            "insert into step (deployment_id, position, name, state) \
             values ($1, $2, $3, 'waiting')",
        )
        .bind(id.to_string())
        .bind(position)
        .bind(name)
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

/// Where a deployment stands now; one that has ended stays as it is.
pub(super) async fn set_state(
    pool: &AnyPool,
    id: DeploymentId,
    state: DeploymentState,
    step: Option<&str>,
    error: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query(
        "update deployment set state = $2, step = coalesce($3, step), error = $4, \
           finished_at = $5 where deployment_id = $1 and finished_at is null",
    )
    .bind(id.to_string())
    .bind(words::word(state))
    .bind(step.map(str::to_owned))
    .bind(error.map(str::to_owned))
    .bind(state.is_final().then(|| Instant::now().unix_ms()))
    .execute(pool)
    .await
    .map(drop)
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
}

/// Every account's deployments that have not ended, oldest first.
pub(super) async fn unfinished(pool: &AnyPool) -> sqlx::Result<Vec<Unfinished>> {
    sqlx::query_as::<_, UnfinishedRow>(
        "select deployment_id, account_id, kind, infrastructure_id, rollout from deployment \
         where finished_at is null order by deployment_id",
    )
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(|row| {
        let infrastructure: Option<InfrastructureId> = row
            .infrastructure_id
            .as_deref()
            .map(words::id)
            .transpose()?;
        Ok(Unfinished {
            id: words::id(&row.deployment_id)?,
            account: words::id(&row.account_id)?,
            kind: words::read::<DeploymentKind>(&row.kind)?,
            infrastructure,
            rollout: row.rollout,
        })
    })
    .collect()
}

#[derive(sqlx::FromRow)]
struct StepRow {
    position: i64,
    name: String,
    state: String,
    exit_code: Option<i64>,
    started_at: Option<i64>,
    finished_at: Option<i64>,
}

impl StepRow {
    fn step(self) -> sqlx::Result<Step> {
        Ok(Step {
            position: words::count(self.position)?,
            name: self.name,
            state: words::read(&self.state)?,
            exit_code: self.exit_code.and_then(|code| i32::try_from(code).ok()),
            started_at: self.started_at.map(Instant::from_unix_ms),
            finished_at: self.finished_at.map(Instant::from_unix_ms),
        })
    }
}

pub(super) async fn steps(pool: &AnyPool, id: DeploymentId) -> sqlx::Result<Vec<Step>> {
    sqlx::query_as::<_, StepRow>(
        "select position, name, state, exit_code, started_at, finished_at from step \
         where deployment_id = $1 order by position",
    )
    .bind(id.to_string())
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(StepRow::step)
    .collect()
}

pub(super) async fn set_step(pool: &AnyPool, id: DeploymentId, step: &Step) -> sqlx::Result<()> {
    sqlx::query(
        "update step set state = $3, exit_code = $4, started_at = $5, finished_at = $6 \
         where deployment_id = $1 and position = $2",
    )
    .bind(id.to_string())
    .bind(i64::from(step.position))
    .bind(words::word(step.state))
    .bind(step.exit_code.map(i64::from))
    .bind(step.started_at.map(Instant::unix_ms))
    .bind(step.finished_at.map(Instant::unix_ms))
    .execute(pool)
    .await
    .map(drop)
}
