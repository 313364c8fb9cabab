//! The table `deployment`.

use shared::{AccountId, Deployment, Instant};
use sqlx::AnyPool;

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
