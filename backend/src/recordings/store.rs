//! The tables `recording` and `recording_deployment`.

use shared::{
    AccountId, DeploymentId, Instant, Recording, RecordingId, RecordingState, TerminalId,
};
use sqlx::{Any, AnyPool, Executor, Transaction};

use crate::words;

const ALL: &str = "select recording_id, account_id, terminal_id, host, terminal, state, started_at, \
     ended_at, duration_ms, bytes, stored_bytes, missing_bytes, cols, row_count, reason \
     from recording";

#[derive(sqlx::FromRow)]
struct Row {
    recording_id: String,
    account_id: String,
    terminal_id: String,
    host: String,
    terminal: String,
    state: String,
    started_at: i64,
    ended_at: Option<i64>,
    duration_ms: i64,
    bytes: i64,
    stored_bytes: i64,
    missing_bytes: i64,
    cols: i64,
    row_count: i64,
    reason: Option<String>,
}

/// A recording that is under way.
#[derive(Debug, Clone)]
pub(super) struct Underway {
    /// Whose it is.
    pub(super) account: AccountId,
    /// The recording.
    pub(super) recording: Recording,
    /// The name of the terminal's host.
    pub(super) host: String,
}

/// A deployment that was begun in a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Begun {
    pub(super) deployment: DeploymentId,
    pub(super) at_ms: u64,
    pub(super) offset: u64,
}

#[derive(sqlx::FromRow)]
struct BegunRow {
    deployment_id: String,
    at_ms: i64,
    place: i64,
}

fn natural(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Row {
    fn underway(self) -> sqlx::Result<Underway> {
        let host = self.host.clone();
        let (account, recording) = self.recording()?;
        Ok(Underway {
            account,
            recording,
            host,
        })
    }

    fn recording(self) -> sqlx::Result<(AccountId, Recording)> {
        let small = |number: i64| u16::try_from(number).unwrap_or(u16::MAX);
        let recording = Recording {
            id: words::id(&self.recording_id)?,
            terminal_id: words::id(&self.terminal_id)?,
            terminal: self.terminal,
            state: words::read(&self.state)?,
            started_at: Instant::from_unix_ms(self.started_at),
            ended_at: self.ended_at.map(Instant::from_unix_ms),
            kept_until: None,
            duration_ms: natural(self.duration_ms),
            cols: small(self.cols),
            rows: small(self.row_count),
            bytes: natural(self.bytes),
            stored_bytes: natural(self.stored_bytes),
            missing_bytes: natural(self.missing_bytes),
            reason: self.reason,
            deployments: Vec::new(),
            hits: Vec::new(),
        };
        Ok((words::id(&self.account_id)?, recording))
    }
}

fn owned(rows: Vec<Row>) -> sqlx::Result<Vec<(AccountId, Recording)>> {
    rows.into_iter().map(Row::recording).collect()
}

/// An account's, newest first.
pub(super) async fn list<'e>(
    database: impl Executor<'e, Database = Any>,
    account: AccountId,
) -> sqlx::Result<Vec<Recording>> {
    let sql = format!("{ALL} where account_id = $1 order by recording_id desc");
    let rows = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(account.to_string())
        .fetch_all(database)
        .await?;
    Ok(owned(rows)?.into_iter().map(|(_, one)| one).collect())
}

pub(super) async fn by_id(
    pool: &AnyPool,
    account: AccountId,
    id: RecordingId,
) -> sqlx::Result<Option<Recording>> {
    let sql = format!("{ALL} where account_id = $1 and recording_id = $2");
    let row = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(account.to_string())
        .bind(id.to_string())
        .fetch_optional(pool)
        .await?;
    Ok(row.map(Row::recording).transpose()?.map(|(_, one)| one))
}

/// That of a terminal which is under way.
pub(super) async fn of_terminal(
    pool: &AnyPool,
    account: AccountId,
    terminal: TerminalId,
) -> sqlx::Result<Option<Underway>> {
    let sql = format!("{ALL} where account_id = $1 and terminal_id = $2 and state = 'recording'");
    let row = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(account.to_string())
        .bind(terminal.to_string())
        .fetch_optional(pool)
        .await?;
    row.map(Row::underway).transpose()
}

/// Every account's that are under way.
pub(super) async fn underway(pool: &AnyPool) -> sqlx::Result<Vec<Underway>> {
    let sql = format!("{ALL} where state = 'recording'");
    let rows = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .fetch_all(pool)
        .await?;
    rows.into_iter().map(Row::underway).collect()
}

/// Every account's that ended before an instant.
pub(super) async fn ended_before(
    pool: &AnyPool,
    instant: Instant,
) -> sqlx::Result<Vec<(AccountId, Recording)>> {
    let sql = format!("{ALL} where state <> 'recording' and ended_at < $1");
    let rows = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(instant.unix_ms())
        .fetch_all(pool)
        .await?;
    owned(rows)
}

pub(super) async fn insert(
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
    recording: &Recording,
    host: &str,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into recording (recording_id, account_id, terminal_id, terminal, state, \
         started_at, duration_ms, bytes, stored_bytes, missing_bytes, cols, row_count, host) \
         values ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0, $7, $8, $9)",
    )
    .bind(recording.id.to_string())
    .bind(account.to_string())
    .bind(recording.terminal_id.to_string())
    .bind(&recording.terminal)
    .bind(words::word(recording.state))
    .bind(recording.started_at.unix_ms())
    .bind(i64::from(recording.cols))
    .bind(i64::from(recording.rows))
    .bind(host)
    .execute(&mut **transaction)
    .await
    .map(drop)
}

/// Writes what a recording came to, if it was under way; says whether it was.
pub(super) async fn finish(pool: &AnyPool, recording: &Recording) -> sqlx::Result<bool> {
    sqlx::query(
        "update recording set state = $2, ended_at = $3, duration_ms = $4, bytes = $5, \
         stored_bytes = $6, missing_bytes = $7, cols = $8, row_count = $9, reason = $10 \
         where recording_id = $1 and state = 'recording'",
    )
    .bind(recording.id.to_string())
    .bind(words::word(recording.state))
    .bind(recording.ended_at.map(Instant::unix_ms))
    .bind(stored(recording.duration_ms))
    .bind(stored(recording.bytes))
    .bind(stored(recording.stored_bytes))
    .bind(stored(recording.missing_bytes))
    .bind(i64::from(recording.cols))
    .bind(i64::from(recording.rows))
    .bind(&recording.reason)
    .execute(pool)
    .await
    .map(|done| done.rows_affected() > 0)
}

/// Writes what there is to say of one; says whether that is something else than before.
pub(super) async fn set_reason(
    pool: &AnyPool,
    id: RecordingId,
    reason: &str,
) -> sqlx::Result<bool> {
    sqlx::query(
        "update recording set reason = $2 \
         where recording_id = $1 and (reason is null or reason <> $2)",
    )
    .bind(id.to_string())
    .bind(reason)
    .execute(pool)
    .await
    .map(|done| done.rows_affected() > 0)
}

pub(super) async fn delete(pool: &AnyPool, id: RecordingId) -> sqlx::Result<()> {
    sqlx::query("delete from recording where recording_id = $1")
        .bind(id.to_string())
        .execute(pool)
        .await
        .map(drop)
}

/// Links a deployment that was begun in a recording; the first link stays.
pub(super) async fn link(pool: &AnyPool, id: RecordingId, begun: Begun) -> sqlx::Result<()> {
    sqlx::query(
        "insert into recording_deployment (recording_id, deployment_id, at_ms, place) \
         values ($1, $2, $3, $4) on conflict do nothing",
    )
    .bind(id.to_string())
    .bind(begun.deployment.to_string())
    .bind(stored(begun.at_ms))
    .bind(stored(begun.offset))
    .execute(pool)
    .await
    .map(drop)
}

/// The deployments that were begun in a recording, the first first.
pub(super) async fn links(pool: &AnyPool, id: RecordingId) -> sqlx::Result<Vec<Begun>> {
    let begun = |row: BegunRow| {
        Ok(Begun {
            deployment: words::id(&row.deployment_id)?,
            at_ms: natural(row.at_ms),
            offset: natural(row.place),
        })
    };
    sqlx::query_as::<_, BegunRow>(
        "select deployment_id, at_ms, place from recording_deployment \
         where recording_id = $1 order by place, at_ms",
    )
    .bind(id.to_string())
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(begun)
    .collect()
}

/// What all that ended takes on the disk, and how many are under way.
pub(super) fn usage(all: &[Recording]) -> (u64, u64) {
    let is_underway = |one: &&Recording| one.state == RecordingState::Recording;
    let underway = all.iter().filter(is_underway).count() as u64;
    let ended = all.iter().filter(|one| !is_underway(one));
    (ended.map(|one| one.stored_bytes).sum(), underway)
}
