//! Accounts: guests, sessions by cookie, tokens for command lines.
//!
//! Secrets leave the server once and are stored as hashes. Every other noun asks here who is
//! signed in, and never by itself.

mod extract;
mod here;
mod logins;
mod removal;
pub mod routes;
mod store;

use std::collections::BTreeSet;

pub use extract::{SignedIn, claimed_login, cookie_of, own_origin};
pub use here::only_from_here;
use rand::RngCore;
pub use removal::{keep_removing, remove};
pub use routing::SESSION_COOKIE as COOKIE;
use sha2::{Digest, Sha256};
use shared::{Account, AccountId, AccountKind, Instant, LoginKind};

use sqlx::{Any, Transaction};

use crate::{Error, Result, app::App};

/// How a secret is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// By the browser, in [`COOKIE`].
    Cookie,
    /// By a command line, in `Authorization`.
    Token,
}

impl SecretKind {
    fn word(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Token => "token",
        }
    }
}

/// An account with the number that its sandboxes' user ids are made of.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// The account.
    pub account: Account,
    /// Its number, from 1.
    pub number: u32,
}

/// Makes a guest account and the secret of its first session.
pub async fn make_guest(app: &App) -> Result<(Account, String)> {
    let id = AccountId::new();
    let account = Account {
        id,
        name: format!("guest-{}", &new_secret()[..6]),
        kind: AccountKind::Guest,
        created_at: Instant::now(),
    };
    if app.config.no_sandbox {
        store::insert_only(&app.pool, &account)
            .await
            .map_err(there_is_one)?;
    } else {
        store::insert(&app.pool, &account).await?;
    }
    let secret = make_secret(app, id, LoginKind::Cookie, "browser").await?;
    Ok((account, secret))
}

fn there_is_one(error: sqlx::Error) -> Error {
    if !Error::is_duplicate(&error) {
        return error.into();
    }
    let alone = "this server runs without a sandbox, for one account, which exists already: use \
                 the browser that made it";
    Error::LimitReached(alone.into())
}

/// Makes a secret that speaks for an account.
pub async fn make_secret(
    app: &App,
    account: AccountId,
    kind: LoginKind,
    name: &str,
) -> Result<String> {
    let secret = new_secret();
    store::insert_secret(&app.pool, &hash(&secret), account, kind, name).await?;
    Ok(secret)
}

/// Whom a secret speaks for, if anybody.
pub async fn by_secret(app: &App, secret: &str, kind: SecretKind) -> Result<Option<Tenant>> {
    let hash = hash(secret);
    let Some((tenant, used_at)) = store::by_secret(&app.pool, &hash, kind.word()).await? else {
        return Ok(None);
    };
    logins::note_use(app, &hash, used_at).await;
    Ok(Some(tenant))
}

/// The account with its number.
pub async fn tenant(app: &App, account: AccountId) -> Result<Tenant> {
    store::by_id(&app.pool, account)
        .await?
        .ok_or(Error::NotFound("account"))
}

/// Makes whoever else locks the account wait until the transaction has ended: what is counted in
/// between stays true.
pub async fn lock(
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
) -> sqlx::Result<()> {
    store::lock(transaction, account).await
}

/// Which of these logins count no longer, asked at once for all.
pub async fn ended<'a>(app: &App, mut logins: BTreeSet<&'a str>) -> Result<BTreeSet<&'a str>> {
    if !logins.is_empty() {
        let count = store::known_secrets(&app.pool, &logins).await?;
        logins.retain(|login| !count.contains(*login));
    }
    Ok(logins)
}

/// Makes a secret unusable, and closes the terminals and the events that it shows.
pub async fn forget(app: &App, secret: &str) -> Result<()> {
    logins::end(app, &hash(secret)).await
}

/// A secret that nobody can guess: 256 random bits, in hex.
pub fn new_secret() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    hex(&bytes)
}

/// What is stored of a secret: one of 256 random bits needs no slow hash, as nothing can be guessed.
pub fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
