//! The database: SQLite in the data folder, or PostgreSQL by its address.

use std::{path::Path, time::Duration};

use anyhow::Context;
use sqlx::{Any, AnyPool, Executor, Transaction, any::AnyPoolOptions};

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
        .connect(url)
        .await
        .context("open the database")?;
    sqlx::migrate!("../migrations")
        .run(&pool)
        .await
        .context("bring the tables up to date")?;
    Ok(pool)
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

/// Writers wait for each other, readers for nobody, and references hold.
const PRAGMAS: &str = "pragma journal_mode = wal; pragma busy_timeout = 10000; \
     pragma foreign_keys = on; pragma synchronous = normal;";
