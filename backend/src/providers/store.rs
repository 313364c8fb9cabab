//! The table `credential`: sealed, in hex, as `Any` has no bytes that both databases share.

use shared::{AccountId, Instant};
use sqlx::AnyPool;

pub(super) async fn read(
    pool: &AnyPool,
    account: AccountId,
    provider: &str,
) -> sqlx::Result<Option<Vec<u8>>> {
    let sealed: Option<String> =
        sqlx::query_scalar("select sealed from credential where account_id = $1 and provider = $2")
            .bind(account.to_string())
            .bind(provider)
            .fetch_optional(pool)
            .await?;
    sealed.as_deref().map(bytes).transpose()
}

pub(super) async fn write(
    pool: &AnyPool,
    account: AccountId,
    provider: &str,
    sealed: &[u8],
) -> sqlx::Result<()> {
    let hex: String = sealed.iter().map(|byte| format!("{byte:02x}")).collect();
    sqlx::query(
        "insert into credential (account_id, provider, sealed, created_at) values ($1, $2, $3, $4) \
         on conflict (account_id, provider) do update set sealed = $3, created_at = $4",
    )
    .bind(account.to_string())
    .bind(provider)
    .bind(hex)
    .bind(Instant::now().unix_ms())
    .execute(pool)
    .await
    .map(drop)
}

pub(super) async fn delete(pool: &AnyPool, account: AccountId, provider: &str) -> sqlx::Result<()> {
    sqlx::query("delete from credential where account_id = $1 and provider = $2")
        .bind(account.to_string())
        .bind(provider)
        .execute(pool)
        .await
        .map(drop)
}

fn bytes(hex: &str) -> sqlx::Result<Vec<u8>> {
    let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2).unwrap_or_default(), 16);
    (0..hex.len())
        .step_by(2)
        .map(|at| byte(at).map_err(|error| sqlx::Error::Decode(Box::new(error))))
        .collect()
}
