//! The table `application`.

use shared::{AccountId, Application, Instant};
use sqlx::AnyPool;

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
