//! The table `instance`.

mod launches;
mod lifespans;

pub(super) use launches::{count_alone, want, wanted, whose};
pub(super) use lifespans::{expire, over_before, set_lifespan, set_warned};

use shared::{
    AccountId, InfrastructureId, Instance, InstanceId, InstanceKind, InstanceState, Instant,
};
use sqlx::{Any, AnyPool, Transaction};

use super::{Known, NewInstance};
use crate::{providers::Whose, words};

#[derive(sqlx::FromRow)]
struct Row {
    account_id: String,
    instance_id: String,
    name: String,
    infrastructure: Option<String>,
    version: Option<String>,
    role: Option<String>,
    provider: String,
    location: String,
    hardware: String,
    release: String,
    kind: String,
    provider_id: Option<String>,
    public_address: Option<String>,
    private_address: Option<String>,
    state: String,
    error: Option<String>,
    ends_at: Option<i64>,
    created_at: i64,
    step: String,
    metadata: Option<String>,
}

impl Row {
    fn known(self) -> sqlx::Result<Known> {
        let instance = Instance {
            id: words::id(&self.instance_id)?,
            name: self.name,
            infrastructure: self.infrastructure,
            version: self.version,
            role: self.role,
            provider: self.provider,
            location: self.location,
            hardware: self.hardware,
            release: self.release,
            kind: words::read(&self.kind)?,
            provider_id: self.provider_id,
            public_address: self.public_address,
            private_address: self.private_address,
            state: words::read(&self.state)?,
            error: self.error,
            expires_at: self.ends_at.map(Instant::from_unix_ms),
            created_at: Instant::from_unix_ms(self.created_at),
        };
        Ok(Known {
            instance,
            step: self.step,
            metadata: self.metadata,
        })
    }

    fn owned(self) -> sqlx::Result<(AccountId, Instance)> {
        Ok((words::id(&self.account_id)?, self.known()?.instance))
    }
}

/// The columns of [`Row`]; conditions follow. What is live has no end.
const SELECT: &str = "select n.account_id, n.instance_id, n.name, i.name as infrastructure, \
       i.version, n.role, n.provider, n.location, n.hardware, n.release, n.kind, n.provider_id, \
       n.public_address, n.private_address, n.state, n.error, n.created_at, n.step, n.metadata, \
       case when n.kind = 'production' or exists (select 1 from application a \
         where a.account_id = i.account_id and a.name = i.name and a.live = i.version) \
         then null else n.expires_at end as ends_at \
     from instance n left join infrastructure i on i.infrastructure_id = n.infrastructure_id";

/// Every instance that is not gone, newest first.
pub(super) async fn list(pool: &AnyPool, account: AccountId) -> sqlx::Result<Vec<Known>> {
    let sql = format!(
        "{SELECT} where n.account_id = $1 and n.state <> 'destroyed' order by n.instance_id desc"
    );
    sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(account.to_string())
        .fetch_all(pool)
        .await?
        .into_iter()
        .map(Row::known)
        .collect()
}

/// The instances of a version, oldest first, gone ones too.
pub(super) async fn of(
    pool: &AnyPool,
    account: AccountId,
    infrastructure: InfrastructureId,
) -> sqlx::Result<Vec<Known>> {
    let sql = format!(
        "{SELECT} where n.account_id = $1 and n.infrastructure_id = $2 order by n.instance_id"
    );
    sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(account.to_string())
        .bind(infrastructure.to_string())
        .fetch_all(pool)
        .await?
        .into_iter()
        .map(Row::known)
        .collect()
}

pub(super) async fn by_id(
    pool: &AnyPool,
    account: AccountId,
    id: InstanceId,
) -> sqlx::Result<Option<Known>> {
    let sql = format!("{SELECT} where n.account_id = $1 and n.instance_id = $2");
    sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(account.to_string())
        .bind(id.to_string())
        .fetch_optional(pool)
        .await?
        .map(Row::known)
        .transpose()
}

/// Every account's instances that are being made.
pub(super) async fn at_work(pool: &AnyPool) -> sqlx::Result<Vec<(AccountId, Instance)>> {
    let sql = format!("{SELECT} where n.state in ('creating', 'created', 'configuring')");
    sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .fetch_all(pool)
        .await?
        .into_iter()
        .map(Row::owned)
        .collect()
}

pub(super) async fn insert(
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
    id: InstanceId,
    new: &NewInstance,
    whose: Whose,
) -> sqlx::Result<()> {
    let now = Instant::now().unix_ms();
    let lifespan = (new.kind == InstanceKind::Testing).then_some(i64::from(new.lifespan_minutes));
    sqlx::query(
        "insert into instance (instance_id, account_id, infrastructure_id, name, role, provider, \
           location, state, created_at, step, hardware, release, kind, lifespan_minutes, \
           expires_at, metadata, cloud, wanted) \
         values ($1, $2, $3, $4, $5, $6, $7, 'creating', $8, $9, $10, $11, $12, $13, $14, $15, \
           $16, $17)",
    )
    .bind(id.to_string())
    .bind(account.to_string())
    .bind(new.infrastructure.map(|id| id.to_string()))
    .bind(&new.name)
    .bind(new.role.clone())
    .bind(&new.provider)
    .bind(&new.location)
    .bind(now)
    .bind(&new.step)
    .bind(&new.hardware)
    .bind(&new.release)
    .bind(words::word(new.kind))
    .bind(lifespan)
    .bind(lifespan.map(|minutes| now + minutes * 60_000))
    .bind(new.metadata.clone())
    .bind(words::word(whose))
    .bind(words::json(&new.wanted))
    .execute(&mut **transaction)
    .await
    .map(drop)
}

pub(super) async fn observe(
    pool: &AnyPool,
    id: InstanceId,
    observed: &cloud::Observed,
) -> sqlx::Result<()> {
    sqlx::query(
        "update instance set provider_id = $2, public_address = $3, private_address = $4 \
         where instance_id = $1",
    )
    .bind(id.to_string())
    .bind(&observed.provider_id)
    .bind(observed.public_address.clone())
    .bind(observed.private_address.clone())
    .execute(pool)
    .await
    .map(drop)
}

pub(super) async fn set_state(
    pool: &AnyPool,
    id: InstanceId,
    state: InstanceState,
    error: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query("update instance set state = $2, error = $3 where instance_id = $1")
        .bind(id.to_string())
        .bind(words::word(state))
        .bind(error.map(str::to_owned))
        .execute(pool)
        .await
        .map(drop)
}

/// From being made to a later state; says whether it was being made.
pub(super) async fn advance(
    pool: &AnyPool,
    id: InstanceId,
    state: InstanceState,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "update instance set state = $2 where instance_id = $1 and state in ('creating', 'created')",
    )
    .bind(id.to_string())
    .bind(words::word(state))
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Where an instance that is not ending stands now; says whether it is not.
pub(super) async fn settle(
    pool: &AnyPool,
    id: InstanceId,
    state: InstanceState,
    error: Option<&str>,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "update instance set state = $2, error = $3 where instance_id = $1 and state in \
           ('creating', 'created', 'configuring', 'ready', 'configure_failed')",
    )
    .bind(id.to_string())
    .bind(words::word(state))
    .bind(error.map(str::to_owned))
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Every account's instances whose end was begun.
pub(super) async fn ending(pool: &AnyPool) -> sqlx::Result<Vec<(AccountId, Instance)>> {
    let sql = format!("{SELECT} where n.state = 'destroying'");
    sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .fetch_all(pool)
        .await?
        .into_iter()
        .map(Row::owned)
        .collect()
}

/// Where an instance stands, and why.
pub(super) async fn state(
    pool: &AnyPool,
    id: InstanceId,
) -> sqlx::Result<(InstanceState, Option<String>)> {
    let (state, error): (String, Option<String>) =
        sqlx::query_as("select state, error from instance where instance_id = $1")
            .bind(id.to_string())
            .fetch_one(pool)
            .await?;
    Ok((words::read(&state)?, error))
}

/// Whose an instance is, and of which version.
pub(super) async fn owner(
    pool: &AnyPool,
    id: InstanceId,
) -> sqlx::Result<Option<(AccountId, Option<InfrastructureId>)>> {
    let row: Option<(String, Option<String>)> =
        sqlx::query_as("select account_id, infrastructure_id from instance where instance_id = $1")
            .bind(id.to_string())
            .fetch_optional(pool)
            .await?;
    let read = |(account, infrastructure): (String, Option<String>)| {
        let infrastructure = infrastructure.as_deref().map(words::id).transpose()?;
        Ok((words::id(&account)?, infrastructure))
    };
    row.map(read).transpose()
}
