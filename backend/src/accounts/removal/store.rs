//! The table `removal`.

use shared::{AccountId, Instant};
use sqlx::{Any, AnyPool, Transaction};

use super::Removal;
use crate::words;

#[derive(sqlx::FromRow)]
struct Row {
    account_id: String,
    terminals: String,
}

impl Row {
    fn removal(self) -> sqlx::Result<Removal> {
        let terminals = serde_json::from_str(&self.terminals);
        Ok(Removal {
            account: words::id(&self.account_id)?,
            terminals: terminals.map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        })
    }
}

/// Writes that an account is removed, and removes it with all that names it.
pub(super) async fn insert(
    transaction: &mut Transaction<'static, Any>,
    removal: &Removal,
    tenant: u32,
    now: Instant,
) -> sqlx::Result<()> {
    let terminals = serde_json::to_string(&removal.terminals)
        .map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    sqlx::query(
        "insert into removal (account_id, tenant, terminals, asked_at) values ($1, $2, $3, $4)",
    )
    .bind(removal.account.to_string())
    .bind(i64::from(tenant))
    .bind(terminals)
    .bind(now.unix_ms())
    .execute(&mut **transaction)
    .await?;
    sqlx::query("delete from account where account_id = $1")
        .bind(removal.account.to_string())
        .execute(&mut **transaction)
        .await
        .map(drop)
}

/// Those of which something may be left.
pub(super) async fn unfinished(pool: &AnyPool) -> sqlx::Result<Vec<Removal>> {
    sqlx::query_as::<_, Row>("select account_id, terminals from removal where ended_at is null")
        .fetch_all(pool)
        .await?
        .into_iter()
        .map(Row::removal)
        .collect()
}

/// Writes that nothing is left.
pub(super) async fn end(pool: &AnyPool, account: AccountId, now: Instant) -> sqlx::Result<()> {
    sqlx::query("update removal set ended_at = $2 where account_id = $1")
        .bind(account.to_string())
        .bind(now.unix_ms())
        .execute(pool)
        .await
        .map(drop)
}
