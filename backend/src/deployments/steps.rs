//! The table `step`, once a deployment has begun.

use std::collections::BTreeSet;

use shared::{DeploymentId, InfrastructureId, Instant, Step, StepState};
use sqlx::{Any, AnyPool, Transaction};

use super::Begin;
use crate::words;

#[derive(sqlx::FromRow)]
struct Row {
    position: i64,
    name: String,
    state: String,
    exit_code: Option<i64>,
    started_at: Option<i64>,
    finished_at: Option<i64>,
}

impl Row {
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

pub(super) async fn of(pool: &AnyPool, id: DeploymentId) -> sqlx::Result<Vec<Step>> {
    sqlx::query_as::<_, Row>(
        "select position, name, state, exit_code, started_at, finished_at from step \
         where deployment_id = $1 order by position",
    )
    .bind(id.to_string())
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(Row::step)
    .collect()
}

/// The steps of a new deployment.
pub(super) async fn insert(
    transaction: &mut Transaction<'static, Any>,
    id: DeploymentId,
    begin: &Begin,
) -> sqlx::Result<()> {
    for (position, name) in begin.steps.iter().enumerate() {
        let state = match begin.done.contains(&position) {
            true => StepState::Done,
            false => StepState::Waiting,
        };
        insert_one(transaction, id, position, name, state).await?;
    }
    Ok(())
}

/// Writes other steps in the place of those that a deployment has, none of which has begun.
pub(super) async fn replace(
    transaction: &mut Transaction<'static, Any>,
    id: DeploymentId,
    steps: &[String],
) -> sqlx::Result<()> {
    sqlx::query("delete from step where deployment_id = $1")
        .bind(id.to_string())
        .execute(&mut **transaction)
        .await?;
    for (position, name) in steps.iter().enumerate() {
        insert_one(transaction, id, position, name, StepState::Waiting).await?;
    }
    Ok(())
}

/// Writes that what has not begun will not.
pub(super) async fn skip(
    transaction: &mut Transaction<'static, Any>,
    id: DeploymentId,
) -> sqlx::Result<()> {
    sqlx::query("update step set state = $2 where deployment_id = $1 and state = $3")
        .bind(id.to_string())
        .bind(words::word(StepState::Skipped))
        .bind(words::word(StepState::Waiting))
        .execute(&mut **transaction)
        .await
        .map(drop)
}

async fn insert_one(
    transaction: &mut Transaction<'static, Any>,
    id: DeploymentId,
    position: usize,
    name: &str,
    state: StepState,
) -> sqlx::Result<()> {
    sqlx::query("insert into step (deployment_id, position, name, state) values ($1, $2, $3, $4)")
        .bind(id.to_string())
        .bind(words::index(position)?)
        .bind(name)
        .bind(words::word(state))
        .execute(&mut **transaction)
        .await
        .map(drop)
}

/// Adds a step that has ended to a deployment's.
pub(super) async fn append(
    transaction: &mut Transaction<'static, Any>,
    id: DeploymentId,
    name: &str,
    state: StepState,
    exit_code: Option<i32>,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into step (deployment_id, position, name, state, exit_code, started_at, \
           finished_at) values ($1, (select count(*) from step where deployment_id = $1), $2, $3, \
           $4, $5, $5)",
    )
    .bind(id.to_string())
    .bind(name)
    .bind(words::word(state))
    .bind(exit_code.map(i64::from))
    .bind(Instant::now().unix_ms())
    .execute(&mut **transaction)
    .await
    .map(drop)
}

/// The places of what the last attempt to make a version got done.
pub(super) async fn done_before(
    pool: &AnyPool,
    infrastructure: InfrastructureId,
) -> sqlx::Result<BTreeSet<usize>> {
    let places: Vec<i64> = sqlx::query_scalar(
        "select position from step where state = 'done' and deployment_id = \
           (select max(deployment_id) from deployment \
            where infrastructure_id = $1 and kind = 'create')",
    )
    .bind(infrastructure.to_string())
    .fetch_all(pool)
    .await?;
    let place = |place| words::count(place).map(|place| place as usize);
    places.into_iter().map(place).collect()
}

pub(super) async fn set(
    transaction: &mut Transaction<'static, Any>,
    id: DeploymentId,
    step: &Step,
) -> sqlx::Result<()> {
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
    .execute(&mut **transaction)
    .await
    .map(drop)
}
