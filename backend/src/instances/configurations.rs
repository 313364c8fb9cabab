//! The table `configuration`: how instances are configured, and what they told of that.

use shared::{Facts, InstanceId, Instant};
use sqlx::{Any, AnyPool, Transaction};

use crate::words;

/// How far an instance is with its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Configuration {
    /// The phase of its life; a token is for one.
    pub phase: i64,
    /// The script, variables and all.
    pub script: Option<String>,
    /// Whether its agent has still to fetch the script.
    pub is_wanted: bool,
    /// What scripts wrote, from byte `log_begins` on.
    pub log: String,
    /// How many bytes were dropped before `log`.
    pub log_begins: i64,
    /// What it told of itself.
    pub facts: Option<Facts>,
}

#[derive(sqlx::FromRow)]
struct Row {
    phase: i64,
    script: Option<String>,
    is_wanted: i64,
    log: String,
    log_begins: i64,
    facts: Option<String>,
}

pub(super) async fn insert(
    transaction: &mut Transaction<'static, Any>,
    id: InstanceId,
    script: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into configuration (instance_id, phase, script, is_wanted, log, log_begins) \
         values ($1, 0, $2, 0, '', 0)",
    )
    .bind(id.to_string())
    .bind(script.map(str::to_owned))
    .execute(&mut **transaction)
    .await
    .map(drop)
}

pub(super) async fn read(pool: &AnyPool, id: InstanceId) -> sqlx::Result<Option<Configuration>> {
    let row = sqlx::query_as::<_, Row>(
        "select phase, script, is_wanted, log, log_begins, facts from configuration \
         where instance_id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(pool)
    .await?;
    let read = |row: Row| {
        Ok(Configuration {
            phase: row.phase,
            script: row.script,
            is_wanted: row.is_wanted == 1,
            log: row.log,
            log_begins: row.log_begins,
            facts: row.facts.as_deref().map(words::from_json).transpose()?,
        })
    };
    row.map(read).transpose()
}

pub(super) async fn set_facts(pool: &AnyPool, id: InstanceId, facts: &Facts) -> sqlx::Result<()> {
    sqlx::query("update configuration set facts = $2, heard_at = $3 where instance_id = $1")
        .bind(id.to_string())
        .bind(words::json(facts))
        .bind(Instant::now().unix_ms())
        .execute(pool)
        .await
        .map(drop)
}

/// Whether the agent was heard of.
pub(super) async fn has_agent(pool: &AnyPool, id: InstanceId) -> sqlx::Result<bool> {
    let heard: Option<Option<i64>> =
        sqlx::query_scalar("select heard_at from configuration where instance_id = $1")
            .bind(id.to_string())
            .fetch_optional(pool)
            .await?;
    Ok(heard.flatten().is_some())
}

/// Asks the agent to fetch a script, in time; without one, the last.
pub(super) async fn want(pool: &AnyPool, id: InstanceId, script: Option<&str>) -> sqlx::Result<()> {
    sqlx::query(
        "update configuration set is_wanted = 1, script = coalesce($2, script), began_at = $3 \
         where instance_id = $1",
    )
    .bind(id.to_string())
    .bind(script.map(str::to_owned))
    .bind(Instant::now().unix_ms())
    .execute(pool)
    .await
    .map(drop)
}

/// The script that the agent has still to fetch. An agent asks only when none runs, so one that
/// has begun and not ended was lost on its way, and is given again.
pub(super) async fn take(pool: &AnyPool, id: InstanceId) -> sqlx::Result<Option<String>> {
    let script: Option<Option<String>> = sqlx::query_scalar(
        "update configuration set is_wanted = 0, began_at = $2 \
         where instance_id = $1 and (is_wanted = 1 or began_at is not null) returning script",
    )
    .bind(id.to_string())
    .bind(Instant::now().unix_ms())
    .fetch_optional(pool)
    .await?;
    Ok(script.flatten())
}

/// Writes when the script began, for its time to be limited.
pub(super) async fn begin(pool: &AnyPool, id: InstanceId) -> sqlx::Result<()> {
    sqlx::query("update configuration set began_at = $2 where instance_id = $1")
        .bind(id.to_string())
        .bind(Instant::now().unix_ms())
        .execute(pool)
        .await
        .map(drop)
}

/// Goes on to the next phase, if this is the one; a token is used up by it.
pub(super) async fn next_phase(pool: &AnyPool, id: InstanceId, phase: i64) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "update configuration set phase = phase + 1, \
           began_at = case when is_wanted = 1 then began_at else null end \
         where instance_id = $1 and phase = $2",
    )
    .bind(id.to_string())
    .bind(phase)
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn set_log(
    pool: &AnyPool,
    id: InstanceId,
    log: &str,
    log_begins: i64,
) -> sqlx::Result<()> {
    sqlx::query(
        "update configuration set log = $2, log_begins = $3, heard_at = $4 \
         where instance_id = $1",
    )
    .bind(id.to_string())
    .bind(log)
    .bind(log_begins)
    .bind(Instant::now().unix_ms())
    .execute(pool)
    .await
    .map(drop)
}

/// The instances whose script was to begin before an instant and has not ended; each once.
pub(super) async fn give_up(pool: &AnyPool, before: Instant) -> sqlx::Result<Vec<InstanceId>> {
    let ids: Vec<String> = sqlx::query_scalar(
        "update configuration set is_wanted = 0, began_at = null where began_at < $1 \
         returning instance_id",
    )
    .bind(before.unix_ms())
    .fetch_all(pool)
    .await?;
    ids.iter().map(|id| words::id(id)).collect()
}
