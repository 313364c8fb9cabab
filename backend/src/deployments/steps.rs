//! The table `step`, once a deployment has begun.

use shared::{DeploymentId, Instant, Step};
use sqlx::AnyPool;

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

pub(super) async fn set(pool: &AnyPool, id: DeploymentId, step: &Step) -> sqlx::Result<()> {
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
