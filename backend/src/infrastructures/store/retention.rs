//! Until when versions that are not live are kept.

use shared::{AccountId, InfrastructureId, Instant};
use sqlx::{Any, AnyPool, Transaction};

use crate::words;

/// Writes until when a version is kept; none when somebody has to destroy it.
pub(in crate::infrastructures) async fn retain(
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
    (name, version): (&str, &str),
    until: Option<Instant>,
) -> sqlx::Result<()> {
    sqlx::query(
        "update infrastructure set retire_at = $4 \
         where account_id = $1 and name = $2 and version = $3 and state <> 'destroyed'",
    )
    .bind(account.to_string())
    .bind(name)
    .bind(version)
    .bind(until.map(Instant::unix_ms))
    .execute(&mut **transaction)
    .await
    .map(drop)
}

/// Writes anew until when a version is kept that would have been destroyed by itself; says whether it
/// was one.
pub(in crate::infrastructures) async fn keep(
    pool: &AnyPool,
    id: InfrastructureId,
    until: Option<Instant>,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "update infrastructure set retire_at = $2 \
         where infrastructure_id = $1 and retire_at is not null and state = 'ready'",
    )
    .bind(id.to_string())
    .bind(until.map(Instant::unix_ms))
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The versions whose time was over at a moment.
pub(in crate::infrastructures) async fn due(
    pool: &AnyPool,
    now: Instant,
) -> sqlx::Result<Vec<(AccountId, InfrastructureId)>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select account_id, infrastructure_id from infrastructure \
         where retire_at <= $1 and state = 'ready'",
    )
    .bind(now.unix_ms())
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|(account, id)| Ok((words::id(&account)?, words::id(&id)?)))
        .collect()
}

/// Takes a version's time from it, if that is over, the version is not live, and the latest move of the
/// address came to an end that is known; says whether it was so.
pub(in crate::infrastructures) async fn take_due(
    transaction: &mut Transaction<'static, Any>,
    id: InfrastructureId,
    now: Instant,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "update infrastructure set retire_at = null \
         where infrastructure_id = $1 and retire_at <= $2 and state = 'ready' \
           and not exists (select 1 from application a where a.name = infrastructure.name \
             and a.account_id = infrastructure.account_id and a.live = infrastructure.version) \
           and not exists (select 1 from deployment d where d.state = 'needs_attention' \
             and d.deployment_id = (select max(m.deployment_id) from deployment m \
               where m.account_id = infrastructure.account_id \
                 and m.application = infrastructure.name and m.kind in ('promote', 'roll_back')))",
    )
    .bind(id.to_string())
    .bind(now.unix_ms())
    .execute(&mut **transaction)
    .await?;
    Ok(done.rows_affected() == 1)
}
