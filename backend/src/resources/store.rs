//! The table `resource`.

use shared::{AccountId, InfrastructureId, Instant, Resource, ResourceId, ResourceState};
use sqlx::AnyPool;

use super::Output;
use crate::words;

#[derive(sqlx::FromRow)]
struct Row {
    resource_id: String,
    name: String,
    infrastructure: String,
    version: String,
    state: String,
    exit_code: Option<i64>,
    stdout: String,
    stderr: String,
    created_at: i64,
}

impl Row {
    fn resource(self) -> sqlx::Result<Resource> {
        Ok(Resource {
            id: words::id(&self.resource_id)?,
            name: self.name,
            infrastructure: self.infrastructure,
            version: self.version,
            state: words::read(&self.state)?,
            exit_code: self.exit_code.and_then(|code| i32::try_from(code).ok()),
            stdout: self.stdout,
            stderr: self.stderr,
            created_at: Instant::from_unix_ms(self.created_at),
        })
    }
}

/// The resources of a version, oldest first, gone ones too.
pub(super) async fn of(pool: &AnyPool, id: InfrastructureId) -> sqlx::Result<Vec<Resource>> {
    sqlx::query_as::<_, Row>(
        "select r.resource_id, r.name, i.name as infrastructure, i.version, r.state, \
           r.exit_code, r.stdout, r.stderr, r.created_at \
         from resource r join infrastructure i on i.infrastructure_id = r.infrastructure_id \
         where r.infrastructure_id = $1 order by r.resource_id",
    )
    .bind(id.to_string())
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(Row::resource)
    .collect()
}

pub(super) async fn insert(
    pool: &AnyPool,
    account: AccountId,
    infrastructure: InfrastructureId,
    id: ResourceId,
    name: &str,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into resource (resource_id, account_id, infrastructure_id, name, state, stdout, \
           stderr, created_at) values ($1, $2, $3, $4, 'creating', '', '', $5)",
    )
    .bind(id.to_string())
    .bind(account.to_string())
    .bind(infrastructure.to_string())
    .bind(name)
    .bind(Instant::now().unix_ms())
    .execute(pool)
    .await
    .map(drop)
}

pub(super) async fn set_state(
    pool: &AnyPool,
    id: ResourceId,
    state: ResourceState,
    output: Option<&Output>,
) -> sqlx::Result<()> {
    sqlx::query(
        "update resource set state = $2, exit_code = coalesce($3, exit_code), \
           stdout = coalesce($4, stdout), stderr = coalesce($5, stderr) where resource_id = $1",
    )
    .bind(id.to_string())
    .bind(words::word(state))
    .bind(output.and_then(|output| output.exit_code).map(i64::from))
    .bind(output.and_then(|output| output.stdout.clone()))
    .bind(output.map(|output| output.stderr.clone()))
    .execute(pool)
    .await
    .map(drop)
}
