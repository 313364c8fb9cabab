//! How long instances live.

use shared::{AccountId, Instance, InstanceId, Instant};
use sqlx::AnyPool;

use super::{Row, SELECT};

/// Every account's testing instances whose end is before an instant.
pub(in crate::instances) async fn over_before(
    pool: &AnyPool,
    before: Instant,
) -> sqlx::Result<Vec<(AccountId, Instance)>> {
    prolong_live_ones(pool).await?;
    let sql = format!(
        "{SELECT} where n.kind = 'testing' and n.expires_at <= $1 \
           and n.state not in ('destroying', 'destroyed') order by n.instance_id"
    );
    sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(before.unix_ms())
        .fetch_all(pool)
        .await?
        .into_iter()
        .map(Row::owned)
        .collect()
}

/// The end of what is live, or on its way there, moves on: it counts again when that is over.
async fn prolong_live_ones(pool: &AnyPool) -> sqlx::Result<()> {
    sqlx::query(
        "update instance set expires_at = $1 + lifespan_minutes * 60000, warned_at = null \
         where kind = 'testing' and lifespan_minutes is not null and infrastructure_id in \
           (select i.infrastructure_id from infrastructure i where i.state <> 'destroyed' and ( \
             exists (select 1 from application a where a.account_id = i.account_id \
               and a.name = i.name and a.live = i.version) \
             or exists (select 1 from deployment d where d.account_id = i.account_id \
               and d.application = i.name and d.finished_at is null \
               and (d.version = i.version or d.from_version = i.version))))",
    )
    .bind(Instant::now().unix_ms())
    .execute(pool)
    .await
    .map(drop)
}

/// Begins the end of a testing instance whose time is over; says whether it still is, as its
/// version may have become live meanwhile.
pub(in crate::instances) async fn expire(
    pool: &AnyPool,
    id: InstanceId,
    now: Instant,
    why: &str,
) -> sqlx::Result<bool> {
    prolong_live_ones(pool).await?;
    let done = sqlx::query(
        "update instance set state = 'destroying', error = $3 where instance_id = $1 \
           and kind = 'testing' and expires_at <= $2 and state not in ('destroying', 'destroyed')",
    )
    .bind(id.to_string())
    .bind(now.unix_ms())
    .bind(why)
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Lets a testing instance live for so many minutes from now.
pub(in crate::instances) async fn set_lifespan(
    pool: &AnyPool,
    id: InstanceId,
    minutes: u32,
) -> sqlx::Result<()> {
    let minutes = i64::from(minutes);
    sqlx::query(
        "update instance set lifespan_minutes = $2, expires_at = $3, warned_at = null \
         where instance_id = $1",
    )
    .bind(id.to_string())
    .bind(minutes)
    .bind(Instant::now().unix_ms() + minutes * 60_000)
    .execute(pool)
    .await
    .map(drop)
}

/// Notes that an end was warned of; says whether it was not before.
pub(in crate::instances) async fn set_warned(
    pool: &AnyPool,
    id: InstanceId,
    at: Instant,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "update instance set warned_at = $2 where instance_id = $1 and warned_at is null",
    )
    .bind(id.to_string())
    .bind(at.unix_ms())
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}
