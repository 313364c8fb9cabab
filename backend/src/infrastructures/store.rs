//! The table `infrastructure`.

use shared::{AccountId, Infrastructure, Instant};
use sqlx::AnyPool;

use crate::words;

#[derive(sqlx::FromRow)]
struct Row {
    infrastructure_id: String,
    name: String,
    version: String,
    description: String,
    state: String,
    live: i64,
    instances: i64,
    resources: i64,
    created_by: String,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn infrastructure(self) -> sqlx::Result<Infrastructure> {
        Ok(Infrastructure {
            id: words::id(&self.infrastructure_id)?,
            name: self.name,
            version: self.version,
            description: self.description,
            state: words::read(&self.state)?,
            live: self.live > 0,
            endpoint: None,
            instances: words::count(self.instances)?,
            resources: words::count(self.resources)?,
            created_by: self.created_by,
            created_at: Instant::from_unix_ms(self.created_at),
            updated_at: Instant::from_unix_ms(self.updated_at),
        })
    }
}

pub(super) async fn list(pool: &AnyPool, account: AccountId) -> sqlx::Result<Vec<Infrastructure>> {
    sqlx::query_as::<_, Row>(
        "select i.infrastructure_id, i.name, i.version, i.description, i.state, \
           (select count(*) from application a where a.account_id = i.account_id \
              and a.name = i.name and a.live = i.version) as live, \
           (select count(*) from instance n where n.infrastructure_id = i.infrastructure_id \
              and n.state <> 'destroyed') as instances, \
           (select count(*) from resource r where r.infrastructure_id = i.infrastructure_id \
              and r.state <> 'destroyed') as resources, \
           account.name as created_by, i.created_at, i.updated_at \
         from infrastructure i join account on account.account_id = i.account_id \
         where i.account_id = $1 and i.state <> 'destroyed' \
         order by i.infrastructure_id desc",
    )
    .bind(account.to_string())
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(Row::infrastructure)
    .collect()
}
