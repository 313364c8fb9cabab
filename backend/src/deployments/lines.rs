//! The table `log_line`.

use shared::{DeploymentId, Instant, LogLine};
use sqlx::AnyPool;

use crate::{db, words};

pub(super) async fn insert(
    pool: &AnyPool,
    id: DeploymentId,
    lines: &[LogLine],
) -> sqlx::Result<()> {
    let mut transaction = db::begin(pool).await?;
    for line in lines {
        sqlx::query(
            "insert into log_line (deployment_id, seq, at, stream, text) \
             values ($1, $2, $3, $4, $5)",
        )
        .bind(id.to_string())
        .bind(line.seq.cast_signed())
        .bind(line.at.unix_ms())
        .bind(words::word(line.stream))
        .bind(&line.text)
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await
}

/// The number of the last line, 0 before the first.
pub(super) async fn last(pool: &AnyPool, id: DeploymentId) -> sqlx::Result<u64> {
    let last: i64 =
        sqlx::query_scalar("select coalesce(max(seq), 0) from log_line where deployment_id = $1")
            .bind(id.to_string())
            .fetch_one(pool)
            .await?;
    Ok(last.cast_unsigned())
}

#[derive(sqlx::FromRow)]
struct LineRow {
    seq: i64,
    at: i64,
    stream: String,
    text: String,
}

/// Up to `limit` lines after line `after`, oldest first.
pub(super) async fn after(
    pool: &AnyPool,
    id: DeploymentId,
    after: u64,
    limit: i64,
) -> sqlx::Result<Vec<LogLine>> {
    sqlx::query_as::<_, LineRow>(
        "select seq, at, stream, text from log_line \
         where deployment_id = $1 and seq > $2 order by seq limit $3",
    )
    .bind(id.to_string())
    .bind(after.cast_signed())
    .bind(limit)
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(|row| {
        Ok(LogLine {
            seq: row.seq.cast_unsigned(),
            at: Instant::from_unix_ms(row.at),
            stream: words::read(&row.stream)?,
            text: row.text,
        })
    })
    .collect()
}
