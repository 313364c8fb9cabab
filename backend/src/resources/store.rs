//! The table `resource`.

use shared::{
    AccountId, DestroyRun, InfrastructureId, Instant, Resource, ResourceId, ResourceState,
};
use sqlx::{Any, AnyPool, Executor};

use super::{Commands, NewResource, Output};
use crate::words;

#[derive(sqlx::FromRow)]
struct Row {
    resource_id: String,
    name: String,
    kind: String,
    infrastructure: String,
    version: String,
    state: String,
    exit_code: Option<i64>,
    stdout: String,
    stderr: String,
    destroyed_at: Option<i64>,
    destroy_exit_code: Option<i64>,
    destroy_stdout: Option<String>,
    destroy_stderr: Option<String>,
    create_command: String,
    destroy_command: Option<String>,
    params: Option<String>,
    created_at: i64,
}

impl Row {
    fn resource(self) -> sqlx::Result<Resource> {
        let destroy = self.destroyed_at.map(|_| DestroyRun {
            exit_code: code(self.destroy_exit_code),
            stdout: self.destroy_stdout.unwrap_or_default(),
            stderr: self.destroy_stderr.unwrap_or_default(),
        });
        Ok(Resource {
            id: words::id(&self.resource_id)?,
            name: self.name,
            kind: self.kind,
            infrastructure: self.infrastructure,
            version: self.version,
            state: words::read(&self.state)?,
            exit_code: code(self.exit_code),
            stdout: self.stdout,
            stderr: self.stderr,
            destroy,
            created_at: Instant::from_unix_ms(self.created_at),
        })
    }
}

fn code(stored: Option<i64>) -> Option<i32> {
    stored.and_then(|code| i32::try_from(code).ok())
}

/// The resources of a version, oldest first, gone ones too.
pub(super) async fn of(pool: &AnyPool, id: InfrastructureId) -> sqlx::Result<Vec<Resource>> {
    rows(pool, id)
        .await?
        .into_iter()
        .map(Row::resource)
        .collect()
}

/// The same with their commands.
pub(super) async fn with_commands(
    pool: &AnyPool,
    id: InfrastructureId,
) -> sqlx::Result<Vec<(Resource, Commands)>> {
    let with = |mut row: Row| {
        let commands = Commands {
            create: std::mem::take(&mut row.create_command),
            destroy: row.destroy_command.take(),
            params: row.params.take(),
        };
        Ok((row.resource()?, commands))
    };
    rows(pool, id).await?.into_iter().map(with).collect()
}

async fn rows(pool: &AnyPool, id: InfrastructureId) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as::<_, Row>(
        "select r.*, i.name as infrastructure, i.version \
         from resource r join infrastructure i on i.infrastructure_id = r.infrastructure_id \
         where r.infrastructure_id = $1 order by r.resource_id",
    )
    .bind(id.to_string())
    .fetch_all(pool)
    .await
}

pub(super) async fn set_params(
    pool: &AnyPool,
    id: ResourceId,
    params: Option<String>,
) -> sqlx::Result<()> {
    sqlx::query("update resource set params = $2 where resource_id = $1")
        .bind(id.to_string())
        .bind(params)
        .execute(pool)
        .await
        .map(drop)
}

pub(super) async fn insert<'e>(
    database: impl Executor<'e, Database = Any>,
    account: AccountId,
    id: ResourceId,
    new: &NewResource,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into resource (resource_id, account_id, infrastructure_id, name, kind, \
           create_command, destroy_command, state, stdout, stderr, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, 'creating', '', '', $8)",
    )
    .bind(id.to_string())
    .bind(account.to_string())
    .bind(new.infrastructure.to_string())
    .bind(&new.name)
    .bind(&new.kind)
    .bind(&new.create_command)
    .bind(new.destroy_command.clone())
    .bind(Instant::now().unix_ms())
    .execute(database)
    .await
    .map(drop)
}

/// Begins once more with one that could not be made; its id, if there is such a one.
pub(super) async fn begin_again(
    pool: &AnyPool,
    infrastructure: InfrastructureId,
    name: &str,
) -> sqlx::Result<Option<ResourceId>> {
    let id: Option<String> = sqlx::query_scalar(
        "update resource set state = 'creating', exit_code = null, stdout = '', stderr = '' \
         where infrastructure_id = $1 and name = $2 and state <> 'destroyed' \
         returning resource_id",
    )
    .bind(infrastructure.to_string())
    .bind(name)
    .fetch_optional(pool)
    .await?;
    id.as_deref().map(words::id).transpose()
}

pub(super) async fn set_state(
    pool: &AnyPool,
    id: ResourceId,
    state: ResourceState,
) -> sqlx::Result<()> {
    sqlx::query("update resource set state = $2 where resource_id = $1")
        .bind(id.to_string())
        .bind(words::word(state))
        .execute(pool)
        .await
        .map(drop)
}

/// Writes how the create command ended.
pub(super) async fn created<'e>(
    database: impl Executor<'e, Database = Any>,
    id: ResourceId,
    state: ResourceState,
    output: &Output,
) -> sqlx::Result<()> {
    sqlx::query(
        "update resource set state = $2, exit_code = $3, stdout = $4, stderr = $5 \
         where resource_id = $1",
    )
    .bind(id.to_string())
    .bind(words::word(state))
    .bind(output.exit_code.map(i64::from))
    .bind(&output.stdout)
    .bind(&output.stderr)
    .execute(database)
    .await
    .map(drop)
}

/// Writes how the destroy command ended; what the create command printed stays to be read.
pub(super) async fn destroyed(
    pool: &AnyPool,
    id: ResourceId,
    state: ResourceState,
    output: &Output,
) -> sqlx::Result<()> {
    sqlx::query(
        "update resource set state = $2, destroyed_at = $3, destroy_exit_code = $4, \
           destroy_stdout = $5, destroy_stderr = $6 where resource_id = $1",
    )
    .bind(id.to_string())
    .bind(words::word(state))
    .bind(Instant::now().unix_ms())
    .bind(output.exit_code.map(i64::from))
    .bind(&output.stdout)
    .bind(&output.stderr)
    .execute(pool)
    .await
    .map(drop)
}
