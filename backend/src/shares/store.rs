//! The table `share`.

use shared::{AccountId, Instant, Share, ShareId, TerminalId};
use sqlx::{Any, AnyPool, Executor, Transaction};

use super::Stored;
use crate::words;

#[derive(sqlx::FromRow)]
struct Row {
    share_id: String,
    account_id: String,
    terminal_id: String,
    role: String,
    label: Option<String>,
    created_at: i64,
    expires_at: i64,
}

impl Row {
    fn stored(self) -> sqlx::Result<Stored> {
        Ok(Stored {
            account: words::id(&self.account_id)?,
            terminal: words::id(&self.terminal_id)?,
            share: Share {
                id: words::id(&self.share_id)?,
                role: words::read(&self.role)?,
                label: self.label,
                created_at: Instant::from_unix_ms(self.created_at),
                expires_at: Instant::from_unix_ms(self.expires_at),
            },
        })
    }
}

pub(super) async fn insert(
    transaction: &mut Transaction<'static, Any>,
    (account, terminal): (AccountId, TerminalId),
    share: &Share,
    hash: &str,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into share \
         (share_id, account_id, terminal_id, role, secret_hash, label, created_at, expires_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(share.id.to_string())
    .bind(account.to_string())
    .bind(terminal.to_string())
    .bind(words::word(share.role))
    .bind(hash)
    .bind(share.label.clone())
    .bind(share.created_at.unix_ms())
    .bind(share.expires_at.unix_ms())
    .execute(&mut **transaction)
    .await
    .map(drop)
}

/// The links to a terminal of an account's, oldest first.
pub(super) async fn of_terminal<'e>(
    database: impl Executor<'e, Database = Any>,
    account: AccountId,
    terminal: TerminalId,
) -> sqlx::Result<Vec<Share>> {
    sqlx::query_as::<_, Row>(
        "select share_id, account_id, terminal_id, role, label, created_at, expires_at from share \
         where account_id = $1 and terminal_id = $2 order by share_id",
    )
    .bind(account.to_string())
    .bind(terminal.to_string())
    .fetch_all(database)
    .await?
    .into_iter()
    .map(|row| row.stored().map(|stored| stored.share))
    .collect()
}

pub(super) async fn by_secret<'e>(
    database: impl Executor<'e, Database = Any>,
    hash: &str,
) -> sqlx::Result<Option<Stored>> {
    sqlx::query_as::<_, Row>(
        "select share_id, account_id, terminal_id, role, label, created_at, expires_at from share \
         where secret_hash = $1",
    )
    .bind(hash)
    .fetch_optional(database)
    .await?
    .map(Row::stored)
    .transpose()
}

/// Every account's links.
pub(super) async fn all(pool: &AnyPool) -> sqlx::Result<Vec<Stored>> {
    sqlx::query_as::<_, Row>(
        "select share_id, account_id, terminal_id, role, label, created_at, expires_at from share \
         order by share_id",
    )
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(Row::stored)
    .collect()
}

/// Removes a link with its visits; says whether it was there.
pub(super) async fn delete(
    pool: &AnyPool,
    (account, terminal): (AccountId, TerminalId),
    share: ShareId,
) -> sqlx::Result<bool> {
    sqlx::query("delete from share where account_id = $1 and terminal_id = $2 and share_id = $3")
        .bind(account.to_string())
        .bind(terminal.to_string())
        .bind(share.to_string())
        .execute(pool)
        .await
        .map(|done| done.rows_affected() > 0)
}

/// Removes all links to a terminal with their visits.
pub(super) async fn delete_all(
    pool: &AnyPool,
    (account, terminal): (AccountId, TerminalId),
) -> sqlx::Result<()> {
    sqlx::query("delete from share where account_id = $1 and terminal_id = $2")
        .bind(account.to_string())
        .bind(terminal.to_string())
        .execute(pool)
        .await
        .map(drop)
}

/// Removes the links that have expired, and those to terminals that ended.
pub(super) async fn delete_over(pool: &AnyPool, now: Instant) -> sqlx::Result<()> {
    sqlx::query(
        "delete from share where expires_at <= $1 or terminal_id in \
         (select terminal_id from terminal where state = 'ended')",
    )
    .bind(now.unix_ms())
    .execute(pool)
    .await
    .map(drop)
}
