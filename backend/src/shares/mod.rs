//! Links by which somebody without an account watches a terminal, or types into it, until they expire
//! or are ended.
//!
//! Who comes by one is a visit; what was read by a link is its visitor's to know, and nothing here is
//! told to them.

pub mod routes;
mod store;
mod watching;

use shared::{
    AccountId, Event, Instant, MadeShare, NewShare, Share, ShareId, Sharing, TerminalId,
    TerminalState,
    share::{MOST_SHARES, SHARE_LASTS_S},
    terminal::MOST_OF_A_NAME,
};
use sqlx::{Any, Executor};
pub use watching::{Watched, compare};

use crate::{Error, Result, accounts, app::App, db, terminals, visits};

/// A link as it is stored, with whose it is.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Whose.
    pub account: AccountId,
    /// To which terminal.
    pub terminal: TerminalId,
    /// The link.
    pub share: Share,
}

/// Makes a link to a terminal.
pub async fn make(
    app: &App,
    account: AccountId,
    terminal: TerminalId,
    new: NewShare,
) -> Result<MadeShare> {
    let found = terminals::by_id(app, account, terminal).await?;
    if found.state != TerminalState::Running {
        return Err(Error::Conflict("this terminal is over".into()));
    }
    let share = checked(new, Instant::now())?;
    let secret = accounts::new_secret();
    let mut transaction = db::begin(&app.pool).await?;
    accounts::lock(&mut transaction, account).await?;
    let known = store::of_terminal(&mut *transaction, account, terminal).await?;
    if known.len() >= MOST_SHARES {
        let limit =
            format!("there are {MOST_SHARES} links to this terminal already: end one first");
        return Err(Error::LimitReached(limit));
    }
    let hash = accounts::hash(&secret);
    store::insert(&mut transaction, (account, terminal), &share, &hash).await?;
    transaction.commit().await?;
    tell(app, account, terminal).await;
    let url = format!("{}watch#{secret}", app.config.reached_by_people());
    Ok(MadeShare { share, url })
}

/// The link that is asked for, made at an instant, if it may be.
fn checked(new: NewShare, now: Instant) -> Result<Share> {
    if !SHARE_LASTS_S.contains(&new.lasts_s) {
        let wanted = "a link lasts from 5 minutes to 24 hours".to_owned();
        return Err(Error::Invalid(wanted, None));
    }
    let label = new.label.map(|label| label.trim().to_owned());
    let label = label.filter(|label| !label.is_empty());
    let is_odd =
        |label: &String| label.chars().count() > MOST_OF_A_NAME || label.contains(char::is_control);
    if label.as_ref().is_some_and(is_odd) {
        let wanted = format!("whom a link is for is said in {MOST_OF_A_NAME} characters");
        return Err(Error::Invalid(wanted, None));
    }
    Ok(Share {
        id: ShareId::new(),
        role: new.role,
        label,
        created_at: now,
        expires_at: Instant::from_unix_ms(now.unix_ms() + i64::from(new.lasts_s) * 1000),
    })
}

/// The links to one of the account's terminals, and who looks at it.
pub async fn list(app: &App, account: AccountId, terminal: TerminalId) -> Result<Sharing> {
    let viewers = terminals::viewers(app, account, terminal).await?;
    sharing(app, account, terminal, &viewers).await
}

async fn sharing(
    app: &App,
    account: AccountId,
    terminal: TerminalId,
    viewers: &[pty::Viewing],
) -> Result<Sharing> {
    let visits = visits::of_terminal(app, terminal).await?;
    let own = accounts::tenant(app, account).await?.account.name;
    Ok(Sharing {
        terminal,
        shares: store::of_terminal(&app.pool, account, terminal).await?,
        watching: watching::watchers(viewers, &visits, &own, Instant::now()),
    })
}

/// Ends a link, and closes the pages of who came by it.
pub async fn end(
    app: &App,
    account: AccountId,
    terminal: TerminalId,
    share: ShareId,
) -> Result<()> {
    let visits = visits::of_terminal(app, terminal).await?;
    let visits: Vec<_> = visits
        .into_iter()
        .filter(|visit| visit.share == share)
        .collect();
    if !store::delete(&app.pool, (account, terminal), share).await? {
        return Err(Error::NotFound("link"));
    }
    close(app, visits).await;
    tell(app, account, terminal).await;
    Ok(())
}

/// Ends all links to one of the account's terminals.
pub async fn end_all(app: &App, account: AccountId, terminal: TerminalId) -> Result<()> {
    terminals::by_id(app, account, terminal).await?;
    let visits = visits::of_terminal(app, terminal).await?;
    store::delete_all(&app.pool, (account, terminal)).await?;
    close(app, visits).await;
    tell(app, account, terminal).await;
    Ok(())
}

/// Closes pages at once; the next round closes what this could not.
async fn close(app: &App, visits: Vec<visits::Stored>) {
    for visit in visits {
        terminals::close_pages(app, &visits::login(visit.id)).await;
    }
}

/// Tells the account's pages how a terminal is shared; the next round tells what this could not.
async fn tell(app: &App, account: AccountId, terminal: TerminalId) {
    match list(app, account, terminal).await {
        Ok(sharing) => app.events.tell(account, Event::Sharing { sharing }),
        Err(error) => tracing::debug!("how a terminal is shared was not told: {error}"),
    }
}

/// The link with a secret, unless it has expired or ended.
pub async fn by_secret<'e>(
    database: impl Executor<'e, Database = Any>,
    secret: &str,
) -> Result<Stored> {
    let found = store::by_secret(database, &accounts::hash(secret)).await?;
    let now = Instant::now();
    let found = found.filter(|stored| stored.share.expires_at > now);
    found.ok_or(Error::NotFound("link"))
}

#[cfg(test)]
mod tests {
    use shared::{Instant, NewShare, terminal::Role};

    use super::checked;

    #[test]
    fn a_link_lasts_from_five_minutes_to_a_day_and_says_whom_it_is_for_in_few_words() {
        let new = |lasts_s, label: &str| NewShare {
            role: Role::View,
            lasts_s,
            label: Some(label.to_owned()),
        };
        let now = Instant::from_unix_ms(1000);
        let share = checked(new(300, " Ann "), now).unwrap();
        assert_eq!(share.label.as_deref(), Some("Ann"));
        assert_eq!(share.expires_at.unix_ms(), 301_000);
        assert_eq!(checked(new(86_400, " "), now).unwrap().label, None);
        for (lasts_s, label) in [
            (299, ""),
            (86_401, ""),
            (300, "a\nb"),
            (300, &"x".repeat(61)),
        ] {
            assert!(
                checked(new(lasts_s, label), now).is_err(),
                "{lasts_s} {label}"
            );
        }
    }
}
