//! The table `visit`.

use shared::{Instant, TerminalId, VisitId};
use sqlx::{Any, AnyPool, Executor, Transaction};

use super::{Begun, Stored};
use crate::words;

#[derive(sqlx::FromRow)]
struct Row {
    visit_id: String,
    share_id: String,
    name: String,
    asked_at: i64,
    begun_at: Option<i64>,
}

/// The visits to a terminal, oldest first, with when each was asked for and whether it has begun.
pub(super) async fn of_terminal<'e>(
    database: impl Executor<'e, Database = Any>,
    terminal: TerminalId,
) -> sqlx::Result<Vec<(Stored, Instant, bool)>> {
    let rows = sqlx::query_as::<_, Row>(
        "select visit.visit_id, visit.share_id, visit.name, visit.asked_at, visit.begun_at \
         from visit join share on share.share_id = visit.share_id \
         where share.terminal_id = $1 order by visit.visit_id",
    )
    .bind(terminal.to_string())
    .fetch_all(database)
    .await?;
    let read = |row: Row| {
        let stored = Stored {
            id: words::id(&row.visit_id)?,
            share: words::id(&row.share_id)?,
            name: row.name,
        };
        let asked_at = Instant::from_unix_ms(row.asked_at);
        Ok((stored, asked_at, row.begun_at.is_some()))
    };
    rows.into_iter().map(read).collect()
}

#[derive(sqlx::FromRow)]
struct Times {
    visit_id: String,
    terminal_id: String,
    asked_at: i64,
    begun_at: Option<i64>,
}

/// All visits, with the terminal of each, and when it was asked for and begun.
pub(super) async fn all(
    pool: &AnyPool,
) -> sqlx::Result<Vec<(VisitId, String, Instant, Option<Instant>)>> {
    let rows = sqlx::query_as::<_, Times>(
        "select visit.visit_id, share.terminal_id, visit.asked_at, visit.begun_at \
         from visit join share on share.share_id = visit.share_id",
    );
    let read = |row: Times| {
        let asked_at = Instant::from_unix_ms(row.asked_at);
        let begun_at = row.begun_at.map(Instant::from_unix_ms);
        Ok((
            words::id(&row.visit_id)?,
            row.terminal_id,
            asked_at,
            begun_at,
        ))
    };
    rows.fetch_all(pool).await?.into_iter().map(read).collect()
}

pub(super) async fn insert(
    transaction: &mut Transaction<'static, Any>,
    visit: &Stored,
    ticket: &str,
    now: Instant,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into visit (visit_id, share_id, ticket_hash, name, asked_at) \
         values ($1, $2, $3, $4, $5)",
    )
    .bind(visit.id.to_string())
    .bind(visit.share.to_string())
    .bind(ticket)
    .bind(&visit.name)
    .bind(now.unix_ms())
    .execute(&mut **transaction)
    .await
    .map(drop)
}

/// Writes that a ticket is used, if it was made since an instant and was not used; says whether.
pub(super) async fn begin(
    pool: &AnyPool,
    ticket: &str,
    since: Instant,
    now: Instant,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "update visit set begun_at = $3 \
         where ticket_hash = $1 and begun_at is null and asked_at > $2",
    )
    .bind(ticket)
    .bind(since.unix_ms())
    .bind(now.unix_ms())
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

#[derive(sqlx::FromRow)]
struct Way {
    visit_id: String,
    account_id: String,
    terminal_id: String,
    role: String,
}

/// The visit of a ticket, and where it leads, unless its link has expired.
pub(super) async fn by_ticket(
    pool: &AnyPool,
    ticket: &str,
    now: Instant,
) -> sqlx::Result<Option<Begun>> {
    let way = sqlx::query_as::<_, Way>(
        "select visit.visit_id, share.account_id, share.terminal_id, share.role \
         from visit join share on share.share_id = visit.share_id \
         where visit.ticket_hash = $1 and share.expires_at > $2",
    )
    .bind(ticket)
    .bind(now.unix_ms())
    .fetch_optional(pool)
    .await?;
    way.map(|way| {
        Ok(Begun {
            account: words::id(&way.account_id)?,
            terminal: words::id(&way.terminal_id)?,
            visitor: pty::Visitor {
                role: words::read(&way.role)?,
                login: super::login(words::id(&way.visit_id)?),
            },
        })
    })
    .transpose()
}

pub(super) async fn delete(pool: &AnyPool, id: VisitId) -> sqlx::Result<()> {
    sqlx::query("delete from visit where visit_id = $1")
        .bind(id.to_string())
        .execute(pool)
        .await
        .map(drop)
}
