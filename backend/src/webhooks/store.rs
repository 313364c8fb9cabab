//! The tables `webhook` and `delivery`.

use shared::{
    AccountId, Delivery, DeliveryId, DeliveryState, Instant, Message, Webhook, WebhookId,
};
use sqlx::{Any, AnyPool, Transaction};

use super::payload;
use crate::words;

/// How many messages of a webhook are shown.
const SHOWN: i64 = 50;
/// How many are looked at in one round.
const ROUND: i64 = 200;

#[derive(sqlx::FromRow)]
struct WebhookRow {
    webhook_id: String,
    url: String,
    created_at: i64,
}

#[derive(sqlx::FromRow)]
struct DeliveryRow {
    delivery_id: String,
    kind: String,
    state: String,
    attempts: i64,
    status: Option<i64>,
    error: Option<String>,
    created_at: i64,
    next_at: Option<i64>,
    finished_at: Option<i64>,
}

impl DeliveryRow {
    fn delivery(self) -> sqlx::Result<Delivery> {
        Ok(Delivery {
            id: words::id(&self.delivery_id)?,
            kind: self.kind,
            state: words::read(&self.state)?,
            attempts: words::count(self.attempts)?,
            status: self.status.and_then(|status| status.try_into().ok()),
            error: self.error,
            created_at: Instant::from_unix_ms(self.created_at),
            next_at: self.next_at.map(Instant::from_unix_ms),
            finished_at: self.finished_at.map(Instant::from_unix_ms),
        })
    }
}

/// The columns of [`DeliveryRow`] for one webhook, `$1`; conditions may follow.
const DELIVERIES: &str = "select delivery_id, kind, state, attempts, status, error, created_at, \
       next_at, finished_at from delivery where webhook_id = $1";

pub(super) async fn list(pool: &AnyPool, account: AccountId) -> sqlx::Result<Vec<Webhook>> {
    let rows = sqlx::query_as::<_, WebhookRow>(
        "select webhook_id, url, created_at from webhook where account_id = $1 \
         order by webhook_id desc",
    )
    .bind(account.to_string())
    .fetch_all(pool)
    .await?;
    let mut webhooks = Vec::new();
    for row in rows {
        let id = words::id(&row.webhook_id)?;
        webhooks.push(Webhook {
            id,
            url: row.url,
            created_at: Instant::from_unix_ms(row.created_at),
            latest: latest(pool, id, 1).await?.pop(),
        });
    }
    Ok(webhooks)
}

pub(super) async fn insert(
    pool: &AnyPool,
    account: AccountId,
    webhook: &Webhook,
    sealed: &str,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into webhook (webhook_id, account_id, url, secret, created_at) \
         values ($1, $2, $3, $4, $5)",
    )
    .bind(webhook.id.to_string())
    .bind(account.to_string())
    .bind(&webhook.url)
    .bind(sealed)
    .bind(webhook.created_at.unix_ms())
    .execute(pool)
    .await
    .map(drop)
}

/// Says whether the account had it.
pub(super) async fn delete(
    pool: &AnyPool,
    account: AccountId,
    id: WebhookId,
) -> sqlx::Result<bool> {
    let done = sqlx::query("delete from webhook where account_id = $1 and webhook_id = $2")
        .bind(account.to_string())
        .bind(id.to_string())
        .execute(pool)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn deliveries(pool: &AnyPool, id: WebhookId) -> sqlx::Result<Vec<Delivery>> {
    latest(pool, id, SHOWN).await
}

async fn latest(pool: &AnyPool, id: WebhookId, limit: i64) -> sqlx::Result<Vec<Delivery>> {
    let sql = format!("{DELIVERIES} order by delivery_id desc limit $2");
    sqlx::query_as::<_, DeliveryRow>(sqlx::AssertSqlSafe(sql))
        .bind(id.to_string())
        .bind(limit)
        .fetch_all(pool)
        .await?
        .into_iter()
        .map(DeliveryRow::delivery)
        .collect()
}

pub(super) async fn delivery(
    pool: &AnyPool,
    id: WebhookId,
    delivery: DeliveryId,
) -> sqlx::Result<Option<Delivery>> {
    let sql = format!("{DELIVERIES} and delivery_id = $2");
    sqlx::query_as::<_, DeliveryRow>(sqlx::AssertSqlSafe(sql))
        .bind(id.to_string())
        .bind(delivery.to_string())
        .fetch_optional(pool)
        .await?
        .map(DeliveryRow::delivery)
        .transpose()
}

/// The ids of an account's webhooks.
pub(super) async fn ids(
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
) -> sqlx::Result<Vec<WebhookId>> {
    let ids: Vec<String> =
        sqlx::query_scalar("select webhook_id from webhook where account_id = $1")
            .bind(account.to_string())
            .fetch_all(&mut **transaction)
            .await?;
    ids.iter().map(|id| words::id(id)).collect()
}

const ENQUEUE: &str = "insert into delivery (delivery_id, webhook_id, kind, payload, state, attempts, \
       created_at, next_at) values ($1, $2, $3, $4, $5, 0, $6, $6)";

pub(super) async fn enqueue(
    transaction: &mut Transaction<'static, Any>,
    webhook: WebhookId,
    id: DeliveryId,
    message: &Message,
) -> sqlx::Result<()> {
    enqueued(&mut **transaction, webhook, id, message).await
}

pub(super) async fn enqueue_one(
    pool: &AnyPool,
    webhook: WebhookId,
    id: DeliveryId,
    message: &Message,
) -> sqlx::Result<()> {
    enqueued(pool, webhook, id, message).await
}

async fn enqueued<'e>(
    executor: impl sqlx::Executor<'e, Database = Any>,
    webhook: WebhookId,
    id: DeliveryId,
    message: &Message,
) -> sqlx::Result<()> {
    sqlx::query(ENQUEUE)
        .bind(id.to_string())
        .bind(webhook.to_string())
        .bind(message.kind.clone())
        .bind(payload(message))
        .bind(words::word(DeliveryState::Waiting))
        .bind(message.timestamp.unix_ms())
        .execute(executor)
        .await
        .map(drop)
}

/// Lets a message be sent again from the beginning; says whether there is such a one.
pub(super) async fn again(
    pool: &AnyPool,
    webhook: WebhookId,
    id: DeliveryId,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "update delivery set state = $3, attempts = 0, next_at = $4, finished_at = null \
         where webhook_id = $1 and delivery_id = $2",
    )
    .bind(webhook.to_string())
    .bind(id.to_string())
    .bind(words::word(DeliveryState::Waiting))
    .bind(Instant::now().unix_ms())
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A message that is to be sent now.
#[derive(Debug, Clone)]
pub(super) struct Due {
    pub id: DeliveryId,
    pub webhook: WebhookId,
    pub account: AccountId,
    pub url: String,
    pub sealed: String,
    pub payload: String,
    pub attempts: u32,
}

#[derive(sqlx::FromRow)]
struct DueRow {
    delivery_id: String,
    webhook_id: String,
    account_id: String,
    url: String,
    secret: String,
    payload: String,
    attempts: i64,
}

impl DueRow {
    fn due(self) -> sqlx::Result<Due> {
        Ok(Due {
            id: words::id(&self.delivery_id)?,
            webhook: words::id(&self.webhook_id)?,
            account: words::id(&self.account_id)?,
            url: self.url,
            sealed: self.secret,
            payload: self.payload,
            attempts: words::count(self.attempts)?,
        })
    }
}

/// What is to be sent now, the longest waiting first.
pub(super) async fn due(pool: &AnyPool) -> sqlx::Result<Vec<Due>> {
    sqlx::query_as::<_, DueRow>(
        "select delivery_id, delivery.webhook_id, account_id, url, secret, payload, attempts \
         from delivery join webhook on webhook.webhook_id = delivery.webhook_id \
         where next_at <= $1 order by next_at, delivery_id limit $2",
    )
    .bind(Instant::now().unix_ms())
    .bind(ROUND)
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(DueRow::due)
    .collect()
}

/// How an attempt ended.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub state: DeliveryState,
    pub status: Option<u16>,
    pub error: Option<String>,
    pub next_at: Option<Instant>,
}

pub(super) async fn attempted(pool: &AnyPool, due: &Due, attempt: Attempt) -> sqlx::Result<()> {
    let is_over = attempt.state != DeliveryState::Waiting;
    sqlx::query(
        "update delivery set state = $2, attempts = $3, status = $4, error = $5, next_at = $6, \
           finished_at = $7 where delivery_id = $1",
    )
    .bind(due.id.to_string())
    .bind(words::word(attempt.state))
    .bind(i64::from(due.attempts) + 1)
    .bind(attempt.status.map(i64::from))
    .bind(attempt.error)
    .bind(attempt.next_at.map(Instant::unix_ms))
    .bind(is_over.then(|| Instant::now().unix_ms()))
    .execute(pool)
    .await
    .map(drop)
}

/// Forgets what is over for longer than that.
pub(super) async fn prune(pool: &AnyPool, before: Instant) -> sqlx::Result<()> {
    sqlx::query("delete from delivery where finished_at < $1")
        .bind(before.unix_ms())
        .execute(pool)
        .await
        .map(drop)
}
