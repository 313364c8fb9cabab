//! The table `infrastructure`.

mod blueprints;
mod retention;

pub(super) use blueprints::{blueprint, is_reported, set_macfile, set_reported};
pub(super) use retention::{due, keep, retain, take_due};
use shared::{
    AccountId, DataChange, Infrastructure, InfrastructureId, InfrastructureState, Instant,
};
use sqlx::{Any, AnyPool, Transaction};

use super::Blueprint;
use crate::words;

#[derive(sqlx::FromRow)]
struct Row {
    infrastructure_id: String,
    name: String,
    version: String,
    description: String,
    state: String,
    endpoint: Option<String>,
    data_change: Option<String>,
    retire_at: Option<i64>,
    live: i64,
    instances: i64,
    resources: i64,
    created_by: String,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn infrastructure(self) -> sqlx::Result<Infrastructure> {
        Ok(Infrastructure {
            id: words::id(&self.infrastructure_id)?,
            name: self.name,
            version: self.version,
            description: self.description,
            state: words::read(&self.state)?,
            live: self.live > 0,
            endpoint: self.endpoint,
            data: self.data_change.as_deref().map(words::read).transpose()?,
            retires_at: self.retire_at.map(Instant::from_unix_ms),
            instances: words::count(self.instances)?,
            resources: words::count(self.resources)?,
            created_by: self.created_by,
            created_at: Instant::from_unix_ms(self.created_at),
            updated_at: Instant::from_unix_ms(self.updated_at),
        })
    }
}

/// The columns of [`Row`] for one account, `$1`; conditions may follow.
const SELECT: &str = "select i.infrastructure_id, i.name, i.version, i.description, i.state, \
       i.endpoint, i.data_change, i.retire_at, \
       (select count(*) from application a where a.account_id = i.account_id \
          and a.name = i.name and a.live = i.version and i.state <> 'destroyed') as live, \
       (select count(*) from instance n where n.infrastructure_id = i.infrastructure_id \
          and n.state <> 'destroyed') as instances, \
       (select count(*) from resource r where r.infrastructure_id = i.infrastructure_id \
          and r.state <> 'destroyed') as resources, \
       account.name as created_by, i.created_at, i.updated_at \
     from infrastructure i join account on account.account_id = i.account_id \
     where i.account_id = $1";

pub(super) async fn list(pool: &AnyPool, account: AccountId) -> sqlx::Result<Vec<Infrastructure>> {
    let sql = format!("{SELECT} and i.state <> 'destroyed' order by i.infrastructure_id desc");
    sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(account.to_string())
        .fetch_all(pool)
        .await?
        .into_iter()
        .map(Row::infrastructure)
        .collect()
}

/// The versions of a name that are not destroyed, newest first.
pub(super) async fn versions(
    pool: &AnyPool,
    account: AccountId,
    name: &str,
) -> sqlx::Result<Vec<Infrastructure>> {
    let sql = format!(
        "{SELECT} and i.name = $2 and i.state <> 'destroyed' order by i.infrastructure_id desc"
    );
    sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(account.to_string())
        .bind(name)
        .fetch_all(pool)
        .await?
        .into_iter()
        .map(Row::infrastructure)
        .collect()
}

/// The version that is not destroyed.
pub(super) async fn by_version(
    pool: &AnyPool,
    account: AccountId,
    name: &str,
    version: &str,
) -> sqlx::Result<Option<Infrastructure>> {
    let sql = format!("{SELECT} and i.name = $2 and i.version = $3 and i.state <> 'destroyed'");
    sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(account.to_string())
        .bind(name)
        .bind(version)
        .fetch_optional(pool)
        .await?
        .map(Row::infrastructure)
        .transpose()
}

pub(super) async fn by_id(
    pool: &AnyPool,
    account: AccountId,
    id: InfrastructureId,
) -> sqlx::Result<Option<Infrastructure>> {
    let sql = format!("{SELECT} and i.infrastructure_id = $2");
    sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(account.to_string())
        .bind(id.to_string())
        .fetch_optional(pool)
        .await?
        .map(Row::infrastructure)
        .transpose()
}

pub(super) async fn insert(
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
    id: InfrastructureId,
    description: &str,
    blueprint: &Blueprint,
) -> sqlx::Result<()> {
    let now = Instant::now().unix_ms();
    sqlx::query(
        "insert into infrastructure (infrastructure_id, account_id, name, version, description, \
           state, macfile, parameters, folder, created_at, updated_at, parents) \
         values ($1, $2, $3, $4, $5, 'creating', $6, $7, $8, $9, $9, $10)",
    )
    .bind(id.to_string())
    .bind(account.to_string())
    .bind(&blueprint.name)
    .bind(&blueprint.version)
    .bind(description)
    .bind(&blueprint.macfile)
    .bind(words::json(&blueprint.parameters))
    .bind(&blueprint.folder)
    .bind(now)
    .bind(words::json(&blueprint.parents))
    .execute(&mut **transaction)
    .await
    .map(drop)
}

pub(super) async fn set_state(
    pool: &AnyPool,
    id: InfrastructureId,
    state: InfrastructureState,
) -> sqlx::Result<()> {
    sqlx::query(
        "update infrastructure set state = $2, updated_at = $3 where infrastructure_id = $1",
    )
    .bind(id.to_string())
    .bind(words::word(state))
    .bind(Instant::now().unix_ms())
    .execute(pool)
    .await
    .map(drop)
}

/// What of a version must be so that it can be destroyed: it is not being made or destroyed, no part of a
/// move that is under way, and not live beside another version.
const DESTROYABLE: &str = "state in ('ready', 'create_failed', 'destroy_failed') \
    and (not exists (select 1 from application a where a.name = infrastructure.name \
        and a.account_id = infrastructure.account_id and a.live = infrastructure.version) \
      or not exists (select 1 from infrastructure o where o.name = infrastructure.name \
        and o.account_id = infrastructure.account_id and o.state <> 'destroyed' \
        and o.infrastructure_id <> infrastructure.infrastructure_id)) \
    and not exists (select 1 from deployment d where d.application = infrastructure.name \
      and d.account_id = infrastructure.account_id \
      and (d.version = infrastructure.version or d.from_version = infrastructure.version) \
      and d.finished_at is null and d.kind in ('promote', 'roll_back'))";

/// Whether a version could be destroyed now.
pub(super) async fn can_be_destroyed(
    transaction: &mut Transaction<'static, Any>,
    id: InfrastructureId,
) -> sqlx::Result<bool> {
    let sql = format!(
        "select count(*) from infrastructure where infrastructure_id = $1 and {DESTROYABLE}"
    );
    let can: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(id.to_string())
        .fetch_one(&mut **transaction)
        .await?;
    Ok(can > 0)
}

/// Marks a version as going, if it can be destroyed; says whether.
pub(super) async fn begin_to_destroy(
    transaction: &mut Transaction<'static, Any>,
    id: InfrastructureId,
) -> sqlx::Result<bool> {
    let sql = format!(
        "update infrastructure set state = 'destroying', retire_at = null, updated_at = $2 \
         where infrastructure_id = $1 and {DESTROYABLE}"
    );
    let done = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(id.to_string())
        .bind(Instant::now().unix_ms())
        .execute(&mut **transaction)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Marks a version that could not be made as being made again; says whether.
pub(super) async fn begin_again(
    transaction: &mut Transaction<'static, Any>,
    id: InfrastructureId,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "update infrastructure set state = 'creating', updated_at = $2 \
         where infrastructure_id = $1 and state = 'create_failed'",
    )
    .bind(id.to_string())
    .bind(Instant::now().unix_ms())
    .execute(&mut **transaction)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes what a version does to the data.
pub(super) async fn set_data(
    pool: &AnyPool,
    id: InfrastructureId,
    data: DataChange,
) -> sqlx::Result<()> {
    sqlx::query("update infrastructure set data_change = $2 where infrastructure_id = $1")
        .bind(id.to_string())
        .bind(words::word(data))
        .execute(pool)
        .await
        .map(drop)
}

/// The first name that is found stays.
pub(super) async fn set_endpoint(
    pool: &AnyPool,
    id: InfrastructureId,
    endpoint: &str,
) -> sqlx::Result<()> {
    sqlx::query(
        "update infrastructure set endpoint = $2 \
         where infrastructure_id = $1 and endpoint is null",
    )
    .bind(id.to_string())
    .bind(endpoint)
    .execute(pool)
    .await
    .map(drop)
}
