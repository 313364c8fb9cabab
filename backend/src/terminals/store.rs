//! The table `terminal`.

use shared::{AccountId, Instant, Terminal};
use sqlx::AnyPool;

use crate::words;

#[derive(sqlx::FromRow)]
struct Row {
    terminal_id: String,
    name: String,
    state: String,
    created_at: i64,
}

impl Row {
    fn terminal(self) -> sqlx::Result<Terminal> {
        Ok(Terminal {
            id: words::id(&self.terminal_id)?,
            name: self.name,
            state: words::read(&self.state)?,
            created_at: Instant::from_unix_ms(self.created_at),
        })
    }
}

pub(super) async fn list(pool: &AnyPool, account: AccountId) -> sqlx::Result<Vec<Terminal>> {
    sqlx::query_as::<_, Row>(
        "select terminal_id, name, state, created_at from terminal \
         where account_id = $1 order by terminal_id",
    )
    .bind(account.to_string())
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(Row::terminal)
    .collect()
}
