//! The table `application`.

use shared::{AccountId, Application, ApplicationId, Instant, Policy, Visitors};
use sqlx::{Any, AnyPool, Transaction};

use super::ways::WentLive;
use routing::NewRoute;

use crate::words;

#[derive(sqlx::FromRow)]
struct Row {
    application_id: String,
    name: String,
    host: String,
    live: Option<String>,
    previous: Option<String>,
    approval: String,
    bake_seconds: i64,
    drain_seconds: i64,
    check_seconds: i64,
    switch_seconds: i64,
    retain_seconds: i64,
    held_until: Option<i64>,
    notice: Option<String>,
    versions: i64,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn application(self, address: impl Fn(&str) -> String) -> sqlx::Result<Application> {
        Ok(Application {
            id: words::id(&self.application_id)?,
            address: address(&self.host),
            name: self.name,
            live: self.live,
            previous: self.previous,
            policy: Policy {
                approval: words::read(&self.approval)?,
                bake_seconds: words::count(self.bake_seconds)?,
                drain_seconds: words::count(self.drain_seconds)?,
                check_seconds: words::count(self.check_seconds)?,
                switch_seconds: words::count(self.switch_seconds)?,
                retain_seconds: words::count(self.retain_seconds)?,
            },
            visitors: visitors(self.held_until, self.notice).at(Instant::now()),
            versions: words::count(self.versions)?,
            created_at: Instant::from_unix_ms(self.created_at),
            updated_at: Instant::from_unix_ms(self.updated_at),
        })
    }
}

fn visitors(held_until: Option<i64>, notice: Option<String>) -> Visitors {
    match (held_until, notice) {
        (_, Some(notice)) => Visitors::TurnedAway { notice },
        (Some(until), None) => Visitors::Held {
            until: Instant::from_unix_ms(until),
        },
        (None, None) => Visitors::Served,
    }
}

/// The columns of [`Row`] for one account, `$1`; conditions may follow.
const SELECT: &str = "select a.application_id, a.name, a.host, a.live, a.previous, \
       a.approval, a.bake_seconds, a.drain_seconds, a.check_seconds, \
       a.switch_seconds, a.retain_seconds, a.held_until, a.notice, \
       (select count(*) from infrastructure i where i.account_id = a.account_id \
          and i.name = a.name and i.state <> 'destroyed') as versions, \
       a.created_at, a.updated_at \
     from application a where a.account_id = $1";

pub(super) async fn list(
    pool: &AnyPool,
    account: AccountId,
    address: impl Fn(&str) -> String,
) -> sqlx::Result<Vec<Application>> {
    let sql = format!("{SELECT} order by a.name");
    sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(account.to_string())
        .fetch_all(pool)
        .await?
        .into_iter()
        .map(|row| row.application(&address))
        .collect()
}

pub(super) async fn by_name(
    pool: &AnyPool,
    account: AccountId,
    name: &str,
    address: impl Fn(&str) -> String,
) -> sqlx::Result<Option<Application>> {
    let sql = format!("{SELECT} and a.name = $2");
    sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(account.to_string())
        .bind(name)
        .fetch_optional(pool)
        .await?
        .map(|row| row.application(address))
        .transpose()
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

/// Writes how an application's address is moved; says whether there is such an application.
pub(super) async fn set_policy(
    pool: &AnyPool,
    account: AccountId,
    name: &str,
    policy: Policy,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "update application set approval = $3, bake_seconds = $4, drain_seconds = $5, \
         check_seconds = $6, switch_seconds = $7, retain_seconds = $8 \
         where account_id = $1 and name = $2",
    )
    .bind(account.to_string())
    .bind(name)
    .bind(words::word(policy.approval))
    .bind(i64::from(policy.bake_seconds))
    .bind(i64::from(policy.drain_seconds))
    .bind(i64::from(policy.check_seconds))
    .bind(i64::from(policy.switch_seconds))
    .bind(i64::from(policy.retain_seconds))
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What moving an application's address needs to know.
#[derive(Debug, Clone)]
pub(super) struct Moving {
    pub id: ApplicationId,
    pub host: String,
    pub live: Option<String>,
    pub previous: Option<String>,
    pub epoch: u64,
}

#[derive(sqlx::FromRow)]
struct MovingRow {
    application_id: String,
    host: String,
    live: Option<String>,
    previous: Option<String>,
    epoch: i64,
}

pub(super) async fn moving(
    pool: &AnyPool,
    account: AccountId,
    name: &str,
) -> sqlx::Result<Option<Moving>> {
    let row = sqlx::query_as::<_, MovingRow>(
        "select application_id, host, live, previous, epoch from application \
         where account_id = $1 and name = $2",
    )
    .bind(account.to_string())
    .bind(name)
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        Ok(Moving {
            id: words::id(&row.application_id)?,
            host: row.host,
            live: row.live,
            previous: row.previous,
            epoch: row.epoch.cast_unsigned(),
        })
    })
    .transpose()
}

/// Writes which version is live, unless a newer change has been written; says whether.
pub(super) async fn commit(
    transaction: &mut Transaction<'static, Any>,
    id: ApplicationId,
    live: &str,
    previous: Option<&str>,
    epoch: u64,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "update application set live = $2, previous = $3, epoch = $4, updated_at = $5 \
         where application_id = $1 and epoch < $4",
    )
    .bind(id.to_string())
    .bind(live)
    .bind(previous.map(str::to_owned))
    .bind(epoch.cast_signed())
    .bind(Instant::now().unix_ms())
    .execute(&mut **transaction)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes that no version is live, if that one was.
pub(super) async fn retire(
    transaction: &mut Transaction<'static, Any>,
    id: ApplicationId,
    version: &str,
    epoch: u64,
) -> sqlx::Result<()> {
    sqlx::query(
        "update application set live = null, previous = null, epoch = $3, updated_at = $4 \
         where application_id = $1 and live = $2 and epoch < $3",
    )
    .bind(id.to_string())
    .bind(version)
    .bind(epoch.cast_signed())
    .bind(Instant::now().unix_ms())
    .execute(&mut **transaction)
    .await
    .map(drop)
}

/// Whether an application of any account has the host.
pub(super) async fn has_host(pool: &AnyPool, host: &str) -> sqlx::Result<bool> {
    let there: i64 = sqlx::query_scalar("select count(*) from application where host = $1")
        .bind(host)
        .fetch_one(pool)
        .await?;
    Ok(there > 0)
}

/// Writes what becomes of visitors; says at which host, if there is such an application.
pub(super) async fn set_visitors(
    pool: &AnyPool,
    account: AccountId,
    name: &str,
    visitors: &Visitors,
) -> sqlx::Result<Option<String>> {
    let (held_until, notice) = match visitors {
        Visitors::Served => (None, None),
        Visitors::Held { until } => (Some(until.unix_ms()), None),
        Visitors::TurnedAway { notice } => (None, Some(notice.clone())),
    };
    sqlx::query_scalar(
        "update application set held_until = $3, notice = $4 \
         where account_id = $1 and name = $2 returning host",
    )
    .bind(account.to_string())
    .bind(name)
    .bind(held_until)
    .bind(notice)
    .fetch_optional(pool)
    .await
}

#[derive(sqlx::FromRow)]
struct WentLiveRow {
    version: String,
    infrastructure_id: String,
    state: String,
    data_change: Option<String>,
    made_by: String,
    took_ms: Option<i64>,
}

/// How many changes of an address are looked at for ways back.
const REMEMBERED: i64 = 200;

/// The versions that an application's address was led to, the latest first.
pub(super) async fn went_live(
    pool: &AnyPool,
    account: AccountId,
    name: &str,
) -> sqlx::Result<Vec<WentLive>> {
    let rows = sqlx::query_as::<_, WentLiveRow>(
        "select d.version, i.infrastructure_id, d.state, i.data_change, i.made_by, \
           (select max(c.finished_at - c.created_at) from deployment c \
              where c.infrastructure_id = i.infrastructure_id and c.kind = 'create' \
                and c.state = 'succeeded') as took_ms \
         from deployment d join infrastructure i on i.infrastructure_id = d.infrastructure_id \
         where d.account_id = $1 and d.application = $2 and d.kind in ('promote', 'roll_back') \
           and d.state in ('succeeded', 'rolled_back') \
         order by d.deployment_id desc limit $3",
    )
    .bind(account.to_string())
    .bind(name)
    .bind(REMEMBERED)
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(WentLiveRow::went_live).collect()
}

impl WentLiveRow {
    fn went_live(self) -> sqlx::Result<WentLive> {
        let data = self.data_change.as_deref();
        let seconds = self.took_ms.map(|ms| (ms / 1000).max(1));
        Ok(WentLive {
            version: self.version,
            infrastructure: words::id(&self.infrastructure_id)?,
            stayed: self.state == "succeeded",
            data: data.map(words::read).transpose()?,
            made_here: self.made_by != "client",
            seconds: seconds.map(words::count).transpose()?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct DoorRow {
    host: String,
    held_until: Option<i64>,
    notice: Option<String>,
}

/// What becomes of visitors at every account's addresses where they are not simply served.
pub(super) async fn doors(pool: &AnyPool) -> sqlx::Result<Vec<(String, Visitors)>> {
    let rows = sqlx::query_as::<_, DoorRow>(
        "select host, held_until, notice from application \
         where held_until is not null or notice is not null",
    )
    .fetch_all(pool)
    .await?;
    let doors = rows.into_iter();
    Ok(doors
        .map(|row| (row.host, visitors(row.held_until, row.notice)))
        .collect())
}

#[derive(sqlx::FromRow)]
struct LiveRow {
    account_id: String,
    name: String,
    host: String,
    live: String,
    epoch: i64,
    endpoint: String,
}

/// Where every account's addresses lead by what is committed.
pub(super) async fn hosts(pool: &AnyPool, account: AccountId) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar("select host from application where account_id = $1")
        .bind(account.to_string())
        .fetch_all(pool)
        .await
}

pub(super) async fn routes(pool: &AnyPool) -> sqlx::Result<Vec<sqlx::Result<NewRoute>>> {
    sqlx::query_as::<_, LiveRow>(
        "select a.account_id, a.name, a.host, a.live, a.epoch, i.endpoint from application a \
         join infrastructure i on i.account_id = a.account_id and i.name = a.name \
           and i.version = a.live and i.state <> 'destroyed' \
         where i.endpoint is not null",
    )
    .fetch_all(pool)
    .await
    .map(|rows| rows.into_iter().map(LiveRow::route).collect())
}

impl LiveRow {
    fn route(self) -> sqlx::Result<NewRoute> {
        Ok(NewRoute {
            account: words::id(&self.account_id)?,
            application: self.name,
            host: self.host,
            version: self.live,
            epoch: self.epoch.cast_unsigned(),
            endpoint: self.endpoint,
        })
    }
}
