//! The table `terminal`.

use std::collections::BTreeSet;

use shared::{AccountId, Instant, Terminal, TerminalId};
use sqlx::{Any, AnyPool, Executor, Transaction};

use crate::words;

#[derive(sqlx::FromRow)]
struct Row {
    terminal_id: String,
    account_id: String,
    name: String,
    state: String,
    created_at: i64,
    ends_at: Option<i64>,
    reason: Option<String>,
    host: String,
}

/// A terminal, whose it is, and who holds it.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// Whose it is.
    pub(super) account: AccountId,
    /// The terminal.
    pub(super) terminal: Terminal,
    /// Its host's name.
    pub(super) host: String,
}

impl Row {
    fn held(self) -> sqlx::Result<Held> {
        let machine = self.host.clone();
        let terminal = Terminal {
            id: words::id(&self.terminal_id)?,
            name: self.name,
            state: words::read(&self.state)?,
            created_at: Instant::from_unix_ms(self.created_at),
            ends_at: self.ends_at.map(Instant::from_unix_ms),
            keep_s: None,
            reason: self.reason,
            machine: is_machine(&machine).then_some(machine),
        };
        Ok(Held {
            account: words::id(&self.account_id)?,
            terminal,
            host: self.host,
        })
    }
}

/// Whether a host's name is another machine's, and not one of this machine's builds.
pub(super) fn is_machine(host: &str) -> bool {
    !host.is_empty() && !host.starts_with('-')
}

pub(super) async fn list<'e>(
    database: impl Executor<'e, Database = Any>,
    account: AccountId,
) -> sqlx::Result<Vec<Terminal>> {
    sqlx::query_as::<_, Row>("select * from terminal where account_id = $1 order by terminal_id")
        .bind(account.to_string())
        .fetch_all(database)
        .await?
        .into_iter()
        .map(|row| row.held().map(|held| held.terminal))
        .collect()
}

/// One of anybody's.
pub(super) async fn of_anybody(pool: &AnyPool, id: TerminalId) -> sqlx::Result<Option<Held>> {
    sqlx::query_as::<_, Row>("select * from terminal where terminal_id = $1")
        .bind(id.to_string())
        .fetch_optional(pool)
        .await?
        .map(Row::held)
        .transpose()
}

pub(super) async fn by_id(
    pool: &AnyPool,
    account: AccountId,
    id: TerminalId,
) -> sqlx::Result<Option<Held>> {
    sqlx::query_as::<_, Row>("select * from terminal where account_id = $1 and terminal_id = $2")
        .bind(account.to_string())
        .bind(id.to_string())
        .fetch_optional(pool)
        .await?
        .map(Row::held)
        .transpose()
}

/// Every account's terminals at a host that ran when it was last looked, or were lost: those may be
/// found again.
pub(super) async fn held_by(pool: &AnyPool, host: &str) -> sqlx::Result<Vec<Held>> {
    let select = "select * from terminal where host = $1 and state in ('running', 'lost')";
    sqlx::query_as::<_, Row>(select)
        .bind(host)
        .fetch_all(pool)
        .await?
        .into_iter()
        .map(Row::held)
        .collect()
}

/// The accounts of which something ran when it was last looked.
pub(super) async fn who_runs(pool: &AnyPool) -> sqlx::Result<BTreeSet<AccountId>> {
    let select = "select distinct account_id from terminal where state = 'running'";
    let ids: Vec<String> = sqlx::query_scalar(select).fetch_all(pool).await?;
    ids.iter().map(|id| words::id(id)).collect()
}

/// The hosts at which something ran when it was last looked.
pub(super) async fn hosts_with_running(pool: &AnyPool) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar("select distinct host from terminal where state = 'running'")
        .fetch_all(pool)
        .await
}

pub(super) async fn insert(
    transaction: &mut Transaction<'static, Any>,
    held: &Held,
) -> sqlx::Result<()> {
    let terminal = &held.terminal;
    sqlx::query(
        "insert into terminal (terminal_id, account_id, name, state, created_at, ends_at, host) \
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(terminal.id.to_string())
    .bind(held.account.to_string())
    .bind(&terminal.name)
    .bind(words::word(terminal.state))
    .bind(terminal.created_at.unix_ms())
    .bind(terminal.ends_at.map(Instant::unix_ms))
    .bind(&held.host)
    .execute(&mut **transaction)
    .await
    .map(drop)
}

/// Writes where a terminal stands, and why.
pub(super) async fn set_state(pool: &AnyPool, terminal: &Terminal) -> sqlx::Result<()> {
    sqlx::query("update terminal set state = $2, reason = $3 where terminal_id = $1")
        .bind(terminal.id.to_string())
        .bind(words::word(terminal.state))
        .bind(&terminal.reason)
        .execute(pool)
        .await
        .map(drop)
}

/// Writes when a terminal ends, if it still runs; says whether it does.
pub(super) async fn set_end(
    pool: &AnyPool,
    account: AccountId,
    id: TerminalId,
    ends_at: Option<Instant>,
) -> sqlx::Result<bool> {
    sqlx::query(
        "update terminal set ends_at = $3 \
         where account_id = $1 and terminal_id = $2 and state = 'running'",
    )
    .bind(account.to_string())
    .bind(id.to_string())
    .bind(ends_at.map(Instant::unix_ms))
    .execute(pool)
    .await
    .map(|done| done.rows_affected() > 0)
}

pub(super) async fn set_name(
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
    id: TerminalId,
    name: &str,
) -> sqlx::Result<()> {
    sqlx::query("update terminal set name = $3 where account_id = $1 and terminal_id = $2")
        .bind(account.to_string())
        .bind(id.to_string())
        .bind(name)
        .execute(&mut **transaction)
        .await
        .map(drop)
}

/// The ids of all accounts' terminals.
pub(super) async fn ids(pool: &AnyPool) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar("select terminal_id from terminal")
        .fetch_all(pool)
        .await
}

pub(super) async fn delete(pool: &AnyPool, id: TerminalId) -> sqlx::Result<()> {
    sqlx::query("delete from terminal where terminal_id = $1")
        .bind(id.to_string())
        .execute(pool)
        .await
        .map(drop)
}
