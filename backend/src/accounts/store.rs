//! The tables `account` and `session`.

use std::collections::BTreeSet;

use shared::{Account, AccountId, Instant, LoginKind};
use sqlx::{Any, AnyPool, Transaction};

use super::Tenant;
use crate::{db, words};

#[derive(sqlx::FromRow)]
struct Row {
    account_id: String,
    name: String,
    kind: String,
    tenant: i64,
    created_at: i64,
}

impl Row {
    fn tenant(self) -> sqlx::Result<Tenant> {
        Ok(Tenant {
            account: Account {
                id: words::id(&self.account_id)?,
                name: self.name,
                kind: words::read(&self.kind)?,
                created_at: Instant::from_unix_ms(self.created_at),
            },
            number: u32::try_from(self.tenant)
                .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        })
    }
}

/// An account, with when the secret was last used that was shown.
#[derive(sqlx::FromRow)]
struct Shown {
    #[sqlx(flatten)]
    row: Row,
    used_at: Option<i64>,
}

/// The place of the token that an account's own sandboxes have.
const HOME: &str = "home";

/// Numbers are given out in order, each once; two at once collide on the constraint and one tries again.
const TRIES: u32 = 20;

pub(super) async fn insert(pool: &AnyPool, account: &Account) -> sqlx::Result<()> {
    let mut tries = 0;
    loop {
        let done = sqlx::query(
            "insert into account (account_id, name, kind, tenant, created_at) \
             values ($1, $2, $3, (select coalesce(max(tenant), 0) + 1 from \
              (select tenant from account union all select tenant from removal) as given), $4)",
        )
        .bind(account.id.to_string())
        .bind(&account.name)
        .bind(words::word(account.kind))
        .bind(account.created_at.unix_ms())
        .execute(pool)
        .await;
        tries += 1;
        match done {
            Err(error) if crate::Error::is_duplicate(&error) && tries < TRIES => {}
            other => return other.map(|_| ()),
        }
    }
}

/// Makes the only account that there may be; the constraint on its number refuses a second one.
pub(super) async fn insert_only(pool: &AnyPool, account: &Account) -> sqlx::Result<()> {
    sqlx::query(
        "insert into account (account_id, name, kind, tenant, created_at) \
         values ($1, $2, $3, 1, $4)",
    )
    .bind(account.id.to_string())
    .bind(&account.name)
    .bind(words::word(account.kind))
    .bind(account.created_at.unix_ms())
    .execute(pool)
    .await
    .map(drop)
}

pub(super) async fn by_id(pool: &AnyPool, id: AccountId) -> sqlx::Result<Option<Tenant>> {
    sqlx::query_as::<_, Row>("select * from account where account_id = $1")
        .bind(id.to_string())
        .fetch_optional(pool)
        .await?
        .map(Row::tenant)
        .transpose()
}

pub(super) async fn insert_secret(
    pool: &AnyPool,
    hash: &str,
    account: AccountId,
    kind: LoginKind,
    name: &str,
) -> sqlx::Result<()> {
    let (kind, place) = match kind {
        LoginKind::Cookie => ("cookie", None),
        LoginKind::Token => ("token", None),
        LoginKind::Home => ("token", Some(HOME)),
    };
    sqlx::query(
        "insert into session (secret_hash, account_id, kind, name, created_at, place) \
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(hash)
    .bind(account.to_string())
    .bind(kind)
    .bind(name)
    .bind(Instant::now().unix_ms())
    .bind(place)
    .execute(pool)
    .await
    .map(|_| ())
}

pub(super) async fn by_secret(
    pool: &AnyPool,
    hash: &str,
    kind: &str,
) -> sqlx::Result<Option<(Tenant, Option<Instant>)>> {
    let row = sqlx::query_as::<_, Shown>(
        "select account.account_id, account.name, account.kind, account.tenant, \
         account.created_at, session.used_at \
         from account join session on session.account_id = account.account_id \
         where session.secret_hash = $1 and session.kind = $2",
    )
    .bind(hash)
    .bind(kind)
    .fetch_optional(pool)
    .await?;
    let read = |shown: Shown| {
        let used_at = shown.used_at.map(Instant::from_unix_ms);
        Ok((shown.row.tenant()?, used_at))
    };
    row.map(read).transpose()
}

/// A secret as it is stored.
#[derive(Debug, Clone)]
pub(super) struct Secret {
    pub(super) hash: String,
    pub(super) kind: LoginKind,
    pub(super) name: String,
    pub(super) created_at: Instant,
    pub(super) used_at: Option<Instant>,
}

#[derive(sqlx::FromRow)]
struct SecretRow {
    secret_hash: String,
    kind: String,
    name: String,
    created_at: i64,
    used_at: Option<i64>,
    place: Option<String>,
}

/// The secrets that speak for an account, oldest first.
pub(super) async fn secrets(pool: &AnyPool, account: AccountId) -> sqlx::Result<Vec<Secret>> {
    let rows = sqlx::query_as::<_, SecretRow>(
        "select secret_hash, kind, name, created_at, used_at, place from session \
         where account_id = $1 order by created_at, secret_hash",
    )
    .bind(account.to_string())
    .fetch_all(pool)
    .await?;
    let read = |row: SecretRow| {
        let kind = match row.place.as_deref() {
            Some(HOME) => LoginKind::Home,
            _ => words::read(&row.kind)?,
        };
        Ok(Secret {
            hash: row.secret_hash,
            kind,
            name: row.name,
            created_at: Instant::from_unix_ms(row.created_at),
            used_at: row.used_at.map(Instant::from_unix_ms),
        })
    };
    rows.into_iter().map(read).collect()
}

/// Writes when a secret was used.
pub(super) async fn set_used(pool: &AnyPool, hash: &str, now: Instant) -> sqlx::Result<()> {
    sqlx::query("update session set used_at = $2 where secret_hash = $1")
        .bind(hash)
        .bind(now.unix_ms())
        .execute(pool)
        .await
        .map(drop)
}

/// Which of these hashes are of secrets that count.
pub(super) async fn known_secrets(
    pool: &AnyPool,
    hashes: &BTreeSet<&str>,
) -> sqlx::Result<BTreeSet<String>> {
    // places that both databases take; of the text nothing is anybody's
    let places: Vec<String> = (1..=hashes.len()).map(|n| format!("${n}")).collect();
    let places = places.join(", ");
    let sql = format!("select secret_hash from session where secret_hash in ({places})");
    let query = sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(sql));
    let all = hashes.iter().map(|hash| (*hash).to_owned());
    let found = all.fold(query, |query, hash| query.bind(hash));
    let found = found.fetch_all(pool).await?;
    Ok(found.into_iter().collect())
}

pub(super) async fn delete_secret(pool: &AnyPool, hash: &str) -> sqlx::Result<()> {
    sqlx::query("delete from session where secret_hash = $1")
        .bind(hash)
        .execute(pool)
        .await
        .map(|_| ())
}

/// Makes others who do the same wait until the transaction has ended.
pub(super) async fn lock(
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
) -> sqlx::Result<()> {
    if db::has_locked_all(transaction) {
        return Ok(());
    }
    sqlx::query("update account set name = name where account_id = $1")
        .bind(account.to_string())
        .execute(&mut **transaction)
        .await
        .map(drop)
}
