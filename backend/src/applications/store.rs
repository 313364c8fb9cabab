//! The table `application`.

use shared::{AccountId, Application, ApplicationId, Instant};
use sqlx::{Any, AnyPool, Transaction};

use crate::words;

#[derive(sqlx::FromRow)]
struct Row {
    application_id: String,
    name: String,
    host: String,
    live: Option<String>,
    previous: Option<String>,
    versions: i64,
    created_at: i64,
    updated_at: i64,
}

pub(super) async fn list(
    pool: &AnyPool,
    account: AccountId,
    address: impl Fn(&str) -> String,
) -> sqlx::Result<Vec<Application>> {
    let rows = sqlx::query_as::<_, Row>(
        "select a.application_id, a.name, a.host, a.live, a.previous, \
           (select count(*) from infrastructure i where i.account_id = a.account_id \
              and i.name = a.name and i.state <> 'destroyed') as versions, \
           a.created_at, a.updated_at \
         from application a where a.account_id = $1 order by a.name",
    )
    .bind(account.to_string())
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Application {
                id: words::id(&row.application_id)?,
                address: address(&row.host),
                name: row.name,
                live: row.live,
                previous: row.previous,
                versions: words::count(row.versions)?,
                created_at: Instant::from_unix_ms(row.created_at),
                updated_at: Instant::from_unix_ms(row.updated_at),
            })
        })
        .collect()
}

/// Makes the application unless the account has it; false when the host is another's.
pub(super) async fn ensure(
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
    name: &str,
    host: &str,
) -> sqlx::Result<bool> {
    let now = Instant::now().unix_ms();
    sqlx::query(
        "insert into application (application_id, account_id, name, host, epoch, created_at, \
           updated_at) values ($1, $2, $3, $4, 0, $5, $5) on conflict do nothing",
    )
    .bind(ApplicationId::new().to_string())
    .bind(account.to_string())
    .bind(name)
    .bind(host)
    .bind(now)
    .execute(&mut **transaction)
    .await?;
    let there: i64 =
        sqlx::query_scalar("select count(*) from application where account_id = $1 and name = $2")
            .bind(account.to_string())
            .bind(name)
            .fetch_one(&mut **transaction)
            .await?;
    Ok(there > 0)
}
