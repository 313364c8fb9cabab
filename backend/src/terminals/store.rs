//! The table `terminal`.

use shared::{AccountId, Instant, Terminal, TerminalId, TerminalState};
use sqlx::{Any, AnyPool, Executor, Transaction};

use crate::words;

#[derive(sqlx::FromRow)]
struct Row {
    terminal_id: String,
    account_id: String,
    name: String,
    state: String,
    created_at: i64,
}

impl Row {
    fn terminal(self) -> sqlx::Result<(AccountId, Terminal)> {
        let terminal = Terminal {
            id: words::id(&self.terminal_id)?,
            name: self.name,
            state: words::read(&self.state)?,
            created_at: Instant::from_unix_ms(self.created_at),
        };
        Ok((words::id(&self.account_id)?, terminal))
    }
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
        .map(|row| row.terminal().map(|(_, terminal)| terminal))
        .collect()
}

pub(super) async fn by_id(
    pool: &AnyPool,
    account: AccountId,
    id: TerminalId,
) -> sqlx::Result<Option<Terminal>> {
    sqlx::query_as::<_, Row>("select * from terminal where account_id = $1 and terminal_id = $2")
        .bind(account.to_string())
        .bind(id.to_string())
        .fetch_optional(pool)
        .await?
        .map(|row| row.terminal().map(|(_, terminal)| terminal))
        .transpose()
}

/// Every account's terminals whose shells ran when it was last looked.
pub(super) async fn running(pool: &AnyPool) -> sqlx::Result<Vec<(AccountId, Terminal)>> {
    sqlx::query_as::<_, Row>("select * from terminal where state = 'running'")
        .fetch_all(pool)
        .await?
        .into_iter()
        .map(Row::terminal)
        .collect()
}

pub(super) async fn insert(
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
    terminal: &Terminal,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into terminal (terminal_id, account_id, name, state, created_at) \
         values ($1, $2, $3, $4, $5)",
    )
    .bind(terminal.id.to_string())
    .bind(account.to_string())
    .bind(&terminal.name)
    .bind(words::word(terminal.state))
    .bind(terminal.created_at.unix_ms())
    .execute(&mut **transaction)
    .await
    .map(drop)
}

pub(super) async fn set_state(
    pool: &AnyPool,
    id: TerminalId,
    state: TerminalState,
) -> sqlx::Result<()> {
    sqlx::query("update terminal set state = $2 where terminal_id = $1")
        .bind(id.to_string())
        .bind(words::word(state))
        .execute(pool)
        .await
        .map(drop)
}

pub(super) async fn delete(pool: &AnyPool, id: TerminalId) -> sqlx::Result<()> {
    sqlx::query("delete from terminal where terminal_id = $1")
        .bind(id.to_string())
        .execute(pool)
        .await
        .map(drop)
}
