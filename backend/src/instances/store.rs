//! The table `instance`.

use shared::{AccountId, InfrastructureId, Instance, InstanceId, InstanceState, Instant};
use sqlx::AnyPool;

use super::{Known, NewInstance};
use crate::words;

#[derive(sqlx::FromRow)]
struct Row {
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
    expires_at: Option<i64>,
    created_at: i64,
    step: String,
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
            expires_at: self.expires_at.map(Instant::from_unix_ms),
            created_at: Instant::from_unix_ms(self.created_at),
        };
        Ok(Known {
            instance,
            step: self.step,
        })
    }
}

/// The columns of [`Row`] for one account, `$1`; conditions may follow.
const SELECT: &str = "select n.instance_id, n.name, i.name as infrastructure, i.version, n.role, \
       n.provider, n.location, n.hardware, n.release, n.kind, n.provider_id, n.public_address, \
       n.private_address, n.state, n.error, n.expires_at, n.created_at, n.step \
     from instance n left join infrastructure i on i.infrastructure_id = n.infrastructure_id \
     where n.account_id = $1";

/// Every instance that is not gone, newest first.
pub(super) async fn list(pool: &AnyPool, account: AccountId) -> sqlx::Result<Vec<Known>> {
    let sql = format!("{SELECT} and n.state <> 'destroyed' order by n.instance_id desc");
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
    let sql = format!("{SELECT} and n.infrastructure_id = $2 order by n.instance_id");
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
    let sql = format!("{SELECT} and n.instance_id = $2");
    sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(account.to_string())
        .bind(id.to_string())
        .fetch_optional(pool)
        .await?
        .map(Row::known)
        .transpose()
}

pub(super) async fn insert(
    pool: &AnyPool,
    account: AccountId,
    id: InstanceId,
    new: &NewInstance,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into instance (instance_id, account_id, infrastructure_id, name, role, provider, \
           location, state, created_at, step, hardware, release, kind) \
         values ($1, $2, $3, $4, $5, $6, $7, 'creating', $8, $9, $10, $11, $12)",
    )
    .bind(id.to_string())
    .bind(account.to_string())
    .bind(new.infrastructure.to_string())
    .bind(&new.name)
    .bind(&new.role)
    .bind(&new.provider)
    .bind(&new.location)
    .bind(Instant::now().unix_ms())
    .bind(&new.step)
    .bind(&new.hardware)
    .bind(&new.release)
    .bind(words::word(new.kind))
    .execute(pool)
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
) -> sqlx::Result<()> {
    sqlx::query("update instance set state = $2 where instance_id = $1")
        .bind(id.to_string())
        .bind(words::word(state))
        .execute(pool)
        .await
        .map(drop)
}
