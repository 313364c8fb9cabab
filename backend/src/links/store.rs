//! The table `link`.

use shared::{AccountId, DeploymentId, Instant};
use sqlx::{Any, AnyPool, Transaction};

use crate::words;

/// A link as it is stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored {
    pub account: AccountId,
    pub deployment: DeploymentId,
    pub expires_at: Instant,
    pub used_at: Option<Instant>,
}

#[derive(sqlx::FromRow)]
struct Row {
    account_id: String,
    deployment_id: String,
    expires_at: i64,
    used_at: Option<i64>,
}

pub(super) async fn insert(
    transaction: &mut Transaction<'static, Any>,
    hash: &str,
    (account, deployment): (AccountId, DeploymentId),
    expires_at: Instant,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into link (secret_hash, account_id, deployment_id, created_at, expires_at) \
         values ($1, $2, $3, $4, $5)",
    )
    .bind(hash)
    .bind(account.to_string())
    .bind(deployment.to_string())
    .bind(Instant::now().unix_ms())
    .bind(expires_at.unix_ms())
    .execute(&mut **transaction)
    .await
    .map(drop)
}

pub(super) async fn read(pool: &AnyPool, hash: &str) -> sqlx::Result<Option<Stored>> {
    let row = sqlx::query_as::<_, Row>(
        "select account_id, deployment_id, expires_at, used_at from link where secret_hash = $1",
    )
    .bind(hash)
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        Ok(Stored {
            account: words::id(&row.account_id)?,
            deployment: words::id(&row.deployment_id)?,
            expires_at: Instant::from_unix_ms(row.expires_at),
            used_at: row.used_at.map(Instant::from_unix_ms),
        })
    })
    .transpose()
}

/// Writes that a link is used; says whether it could be.
pub(super) async fn claim(pool: &AnyPool, hash: &str) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "update link set used_at = $2 where secret_hash = $1 and used_at is null \
         and expires_at > $2",
    )
    .bind(hash)
    .bind(Instant::now().unix_ms())
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes that a link is not used after all, as nothing came of it.
pub(super) async fn release(pool: &AnyPool, hash: &str) -> sqlx::Result<()> {
    sqlx::query("update link set used_at = null where secret_hash = $1")
        .bind(hash)
        .execute(pool)
        .await
        .map(drop)
}
