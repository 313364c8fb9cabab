//! What is signed in to an account, and how it is signed out.

use shared::{AccountId, Instant, Login};

use super::{SignedIn, store};
use crate::{Error, Result, app::App, terminals};

/// How much of its hash a login is called by; nobody gets from there to the secret.
const ID_LETTERS: usize = 32;
/// A use is written down when the last that was is so long ago, in milliseconds.
const USE_MS: i64 = 5 * 60_000;

/// What a login is called.
fn id(hash: &str) -> String {
    hash.chars().take(ID_LETTERS).collect()
}

/// What is signed in to the asker's account, oldest first.
pub async fn list(app: &App, asker: &SignedIn) -> Result<Vec<Login>> {
    let all = store::secrets(&app.pool, asker.account.id).await?;
    let logins = all.into_iter().map(|stored| Login {
        id: id(&stored.hash),
        kind: stored.kind,
        name: stored.name,
        created_at: stored.created_at,
        used_at: stored.used_at,
        is_this: stored.hash == asker.login,
    });
    Ok(logins.collect())
}

/// Signs one out, and closes what it shows.
pub async fn revoke(app: &App, account: AccountId, login: &str) -> Result<()> {
    let all = store::secrets(&app.pool, account).await?;
    let found = all.into_iter().find(|stored| id(&stored.hash) == login);
    let found = found.ok_or(Error::NotFound("login"))?;
    end(app, &found.hash).await
}

/// Signs all out but the asker and the account's own terminals.
pub async fn revoke_others(app: &App, asker: &SignedIn) -> Result<()> {
    for stored in store::secrets(&app.pool, asker.account.id).await? {
        let stays = stored.hash == asker.login || stored.kind == shared::LoginKind::Home;
        if !stays {
            end(app, &stored.hash).await?;
        }
    }
    Ok(())
}

/// Makes a secret unusable, and closes the terminals and the events that it shows.
pub(super) async fn end(app: &App, hash: &str) -> Result<()> {
    store::delete_secret(&app.pool, hash).await?;
    app.events.dismiss(hash);
    terminals::close_pages(app, hash).await;
    Ok(())
}

/// Writes down that a secret is used, unless that was done lately.
pub(super) async fn note_use(app: &App, hash: &str, used_at: Option<Instant>) {
    let now = Instant::now();
    if used_at.is_some_and(|used_at| now.unix_ms() - used_at.unix_ms() < USE_MS) {
        return;
    }
    if let Err(error) = store::set_used(&app.pool, hash, now).await {
        // nobody is refused for that
        tracing::debug!("a login's use was not written down: {error}");
    }
}
