//! The table `log_line`.

use shared::{DeploymentId, Instant, LogLine};
use sqlx::{Any, AnyPool, Transaction};

use crate::words;

pub(super) async fn insert(
    transaction: &mut Transaction<'static, Any>,
    id: DeploymentId,
    lines: &[LogLine],
) -> sqlx::Result<()> {
    let mut rest = lines;
    for size in AT_ONCE {
        let whole = rest.len() - rest.len() % size;
        let (some, fewer) = rest.split_at(whole);
        for lines in some.chunks(size) {
            insert_some(transaction, id, lines).await?;
        }
        rest = fewer;
    }
    Ok(())
}

/// How many lines one statement writes. Each connection keeps every statement that it has seen,
/// so there are few.
const AT_ONCE: [usize; 3] = [64, 8, 1];

async fn insert_some(
    transaction: &mut Transaction<'static, Any>,
    id: DeploymentId,
    lines: &[LogLine],
) -> sqlx::Result<()> {
    let places = (0..lines.len()).map(|row| {
        let [a, b, c, d] = [2, 3, 4, 5].map(|column| row * 4 + column);
        format!("($1, ${a}, ${b}, ${c}, ${d})")
    });
    let places = places.collect::<Vec<_>>().join(", ");
    let sql =
        format!("insert into log_line (deployment_id, seq, at, stream, text) values {places}");
    let mut query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.to_string());
    for line in lines {
        query = query
            .bind(line.seq.cast_signed())
            .bind(line.at.unix_ms())
            .bind(words::word(line.stream))
            .bind(line.text.clone());
    }
    query.execute(&mut **transaction).await.map(drop)
}

/// The number of the last line, 0 before the first.
pub(super) async fn last(
    transaction: &mut Transaction<'static, Any>,
    id: DeploymentId,
) -> sqlx::Result<u64> {
    let last: i64 =
        sqlx::query_scalar("select coalesce(max(seq), 0) from log_line where deployment_id = $1")
            .bind(id.to_string())
            .fetch_one(&mut **transaction)
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
