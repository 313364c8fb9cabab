//! The tables `tutorial_progress` and `tutorial_task`.

use shared::{AccountId, Instant, tutorial::Progress};
use sqlx::AnyPool;

/// How far an account is in a tutorial; nothing if it was not begun.
pub(super) async fn progress(
    pool: &AnyPool,
    account: AccountId,
    tutorial: &str,
) -> sqlx::Result<Option<Progress>> {
    let row: Option<(i64, i64)> = sqlx::query_as(
        "select step, begun_at from tutorial_progress where account_id = $1 and tutorial = $2",
    )
    .bind(account.to_string())
    .bind(tutorial)
    .fetch_optional(pool)
    .await?;
    let Some((step, begun_at)) = row else {
        return Ok(None);
    };
    let done = sqlx::query_scalar(
        "select task from tutorial_task where account_id = $1 and tutorial = $2 \
         order by done_at, task",
    );
    let done = done.bind(account.to_string()).bind(tutorial);
    Ok(Some(Progress {
        step: u32::try_from(step).unwrap_or_default(),
        done: done.fetch_all(pool).await?,
        begun_at: Some(Instant::from_unix_ms(begun_at)),
    }))
}

/// Notes the step that is read, which begins the tutorial if it was not begun.
pub(super) async fn set_step(
    pool: &AnyPool,
    account: AccountId,
    tutorial: &str,
    step: u32,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into tutorial_progress (account_id, tutorial, step, begun_at) \
         values ($1, $2, $3, $4) \
         on conflict (account_id, tutorial) do update set step = excluded.step",
    )
    .bind(account.to_string())
    .bind(tutorial)
    .bind(i64::from(step))
    .bind(Instant::now().unix_ms())
    .execute(pool)
    .await
    .map(drop)
}

/// Notes that a task is done, unless the tutorial is begun anew meanwhile.
pub(super) async fn set_done(
    pool: &AnyPool,
    account: AccountId,
    tutorial: &str,
    task: &str,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into tutorial_task (account_id, tutorial, task, done_at) \
         select account_id, tutorial, $3, $4 from tutorial_progress \
         where account_id = $1 and tutorial = $2 \
         on conflict (account_id, tutorial, task) do nothing",
    )
    .bind(account.to_string())
    .bind(tutorial)
    .bind(task)
    .bind(Instant::now().unix_ms())
    .execute(pool)
    .await
    .map(drop)
}

/// Forgets how far an account is.
pub(super) async fn forget(pool: &AnyPool, account: AccountId, tutorial: &str) -> sqlx::Result<()> {
    sqlx::query("delete from tutorial_progress where account_id = $1 and tutorial = $2")
        .bind(account.to_string())
        .bind(tutorial)
        .execute(pool)
        .await
        .map(drop)
}
