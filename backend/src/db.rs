//! The database: SQLite in the data folder, or PostgreSQL by its address.

use std::{path::Path, time::Duration};

use anyhow::Context;
use sqlx::{
    Any, AnyConnection, AnyPool, Connection, Database as _, Executor, Sqlite, Transaction,
    any::AnyPoolOptions,
};

/// Opens the database and brings its tables up to date.
///
/// `url` is `postgres://…`; without one the data folder's `manageacloud.db` is used.
pub async fn open(url: Option<&str>, data: &Path) -> anyhow::Result<AnyPool> {
    sqlx::any::install_default_drivers();
    let file = format!(
        "sqlite://{}?mode=rwc",
        data.join("manageacloud.db").display()
    );
    let url = url.unwrap_or(&file);
    let sqlite = url.starts_with("sqlite:");
    let pool = AnyPoolOptions::new()
        .max_connections(8)
        .test_before_acquire(!sqlite)
        .acquire_timeout(Duration::from_secs(10))
        .after_connect(move |connection, _| {
            Box::pin(async move {
                if sqlite {
                    connection.execute(PRAGMAS).await?;
                }
                Ok(())
            })
        })
        .after_release(move |connection, _| {
            Box::pin(async move { Ok(!sqlite || !is_astray(connection).await?) })
        })
        .connect(url)
        .await
        .context("open the database")?;
    sqlx::migrate!("../migrations")
        .run(&pool)
        .await
        .context("bring the tables up to date")?;
    Ok(pool)
}

/// Whether a connection of SQLite's still takes itself to be in a transaction, and so would begin none.
///
/// On a full disk SQLite ends a transaction by itself, and refuses the roll back that sqlx counts on
/// (<https://sqlite.org/lang_transaction.html>, "Response To Errors Within A Transaction").
async fn is_astray(connection: &mut AnyConnection) -> sqlx::Result<bool> {
    // a roll back may be under way, and is before this one
    connection.ping().await?;
    Ok(connection.is_in_transaction())
}

/// Begins a transaction that writes.
///
/// SQLite takes the write lock at once: a transaction that asks for it only after it has read is
/// refused when another has written in between (<https://sqlite.org/lang_transaction.html>).
pub async fn begin(pool: &AnyPool) -> sqlx::Result<Transaction<'static, Any>> {
    match pool.connect_options().database_url.scheme() {
        "sqlite" => pool.begin_with("begin immediate").await,
        _ => pool.begin().await,
    }
}

/// Whether a transaction has locked all rows since it began: one of [`begin`]'s has, of SQLite.
pub fn has_locked_all(transaction: &Transaction<'static, Any>) -> bool {
    transaction.backend_name() == Sqlite::NAME
}

/// Writers wait for each other, readers for nobody, and references hold.
const PRAGMAS: &str = "pragma journal_mode = wal; pragma busy_timeout = 10000; \
     pragma foreign_keys = on; pragma synchronous = normal;";

#[cfg(test)]
mod tests {
    use sqlx::Executor as _;

    #[tokio::test]
    async fn a_connection_whose_transaction_ended_by_itself_is_in_nobodys_way() {
        let folder = tempfile::tempdir().unwrap();
        let pool = super::open(None, folder.path()).await.unwrap();
        pool.execute("create table one (only integer primary key)")
            .await
            .unwrap();
        // more often than there are connections
        for _ in 0..20 {
            let mut transaction = super::begin(&pool).await.unwrap();
            let twice = "insert or rollback into one values (1), (1)";
            transaction.execute(twice).await.unwrap_err();
        }
    }
}
