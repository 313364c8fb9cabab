//! Visits to a terminal, by a link and without an account.
//!
//! The link's secret gets a ticket, which opens the terminal's websocket once. Whoever shows one is
//! nobody's account: nothing here gives [`crate::accounts::SignedIn`].

pub mod routes;
mod store;

use std::collections::BTreeSet;

use shared::{
    AccountId, Instant, NewVisit, ShareId, TerminalId, TerminalState, Visit, VisitId,
    share::MOST_VISITS, terminal::MOST_OF_A_NAME,
};

use crate::{Error, Result, accounts, app::App, db, shares, terminals};

/// How long a ticket is good, in milliseconds.
const TICKET_MS: i64 = 30_000;
/// How long a page may take from its ticket to its terminal, in milliseconds; the terminals' host closes
/// one that says nothing for less.
const ARRIVING_MS: i64 = 15_000;
/// How the host knows visits from an account's own logins, which are hexadecimal.
const LOGIN: &str = "visit-";

/// A visit as it is stored.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its id.
    pub id: VisitId,
    /// By which link.
    pub share: ShareId,
    /// How the visitor is called.
    pub name: String,
}

/// Where a visitor is let in.
#[derive(Debug, Clone)]
pub struct Begun {
    /// Whose guest they are.
    pub account: AccountId,
    /// To which terminal.
    pub terminal: TerminalId,
    /// As whom, for the terminals' host.
    pub visitor: pty::Visitor,
}

/// What the terminals' host knows a visit by.
pub fn login(id: VisitId) -> String {
    format!("{LOGIN}{id}")
}

/// Whether the host knows a page of a visit by this.
pub fn is_visit(login: &str) -> bool {
    login.starts_with(LOGIN)
}

/// Gives whoever has a link a ticket.
pub async fn ask(app: &App, new: NewVisit) -> Result<Visit> {
    let wanted = named(new.name)?;
    let link = shares::by_secret(&app.pool, &new.secret).await?;
    let terminal = terminals::by_id(app, link.account, link.terminal).await?;
    if terminal.state != TerminalState::Running {
        return Err(Error::NotFound("link"));
    }
    let by = accounts::tenant(app, link.account).await?.account.name;
    let ticket = accounts::new_secret();
    let mut transaction = db::begin(&app.pool).await?;
    accounts::lock(&mut transaction, link.account).await?;
    // it may have been ended just before
    let link = shares::by_secret(&mut *transaction, &new.secret).await?;
    let now = Instant::now();
    let known = store::of_terminal(&mut *transaction, link.terminal).await?;
    let stale = Instant::from_unix_ms(now.unix_ms() - TICKET_MS);
    let here = known.iter().filter(|(visit, asked_at, is_begun)| {
        visit.share == link.share.id && (*is_begun || *asked_at > stale)
    });
    if here.count() >= MOST_VISITS {
        let limit = format!("{MOST_VISITS} are there by this link already: try again later");
        return Err(Error::LimitReached(limit));
    }
    let visit = Stored {
        id: VisitId::new(),
        share: link.share.id,
        name: wanted.unwrap_or_else(|| free_name(known.iter().map(|(visit, ..)| &*visit.name))),
    };
    store::insert(&mut transaction, &visit, &accounts::hash(&ticket), now).await?;
    transaction.commit().await?;
    Ok(Visit {
        ticket,
        name: visit.name,
        terminal: terminal.name,
        by,
        role: link.share.role,
        expires_at: link.share.expires_at,
    })
}

/// How a visitor wants to be called, if they say so.
fn named(name: Option<String>) -> Result<Option<String>> {
    let name = name.map(|name| name.trim().to_owned());
    let name = name.filter(|name| !name.is_empty());
    let is_odd =
        |name: &String| name.chars().count() > MOST_OF_A_NAME || name.contains(char::is_control);
    match name {
        Some(name) if is_odd(&name) => {
            let wanted = format!("a visitor's name is of 1 to {MOST_OF_A_NAME} characters");
            Err(Error::Invalid(wanted, None))
        }
        name => Ok(name),
    }
}

/// The first guest's name that nobody has.
fn free_name<'a>(taken: impl Iterator<Item = &'a str>) -> String {
    let taken: BTreeSet<&str> = taken.collect();
    let mut names = (1_u32..).map(|number| format!("Guest {number}"));
    let free = names.find(|name| !taken.contains(name.as_str()));
    free.unwrap_or_default()
}

/// Begins a visit by its ticket, once.
pub async fn begin(app: &App, ticket: &str) -> Result<Begun> {
    let (hash, now) = (accounts::hash(ticket), Instant::now());
    let since = Instant::from_unix_ms(now.unix_ms() - TICKET_MS);
    if !store::begin(&app.pool, &hash, since, now).await? {
        return Err(Error::NotFound("ticket"));
    }
    let found = store::by_ticket(&app.pool, &hash, now).await?;
    found.ok_or(Error::NotFound("ticket"))
}

/// The visits to a terminal, also those that are about to begin.
pub async fn of_terminal(app: &App, terminal: TerminalId) -> Result<Vec<Stored>> {
    let all = store::of_terminal(&app.pool, terminal).await?;
    Ok(all.into_iter().map(|(visit, ..)| visit).collect())
}

/// Forgets visits to these terminals that are over, as none of their pages is here; and says which of
/// those that are here are nobody's any more, as their link has ended.
pub async fn settle(
    app: &App,
    terminals: &BTreeSet<&str>,
    here: &BTreeSet<&str>,
    now: Instant,
) -> Result<Vec<String>> {
    let mut ended: BTreeSet<&str> = here.clone();
    for (id, terminal, asked_at, begun_at) in store::all(&app.pool).await? {
        let login = login(id);
        ended.remove(login.as_str());
        let is_gone = terminals.contains(terminal.as_str()) && !here.contains(login.as_str());
        if is_gone && is_over(asked_at, begun_at, now) {
            store::delete(&app.pool, id).await?;
        }
    }
    Ok(ended.into_iter().map(str::to_owned).collect())
}

/// Whether a visit that has no page any more, or yet, is over.
fn is_over(asked_at: Instant, begun_at: Option<Instant>, now: Instant) -> bool {
    let (since, patience_ms) = match begun_at {
        Some(begun_at) => (begun_at, ARRIVING_MS),
        None => (asked_at, TICKET_MS),
    };
    now.unix_ms() - since.unix_ms() > patience_ms
}

#[cfg(test)]
mod tests {
    use shared::{Instant, VisitId};

    use super::{free_name, is_over, is_visit, login, named};

    #[test]
    fn a_visitor_without_a_name_is_the_first_guest_that_nobody_is() {
        assert_eq!(
            free_name(["Ann", "Guest 1", "Guest 3"].into_iter()),
            "Guest 2"
        );
        assert_eq!(free_name([].into_iter()), "Guest 1");
        assert_eq!(named(Some(" Ann ".into())).unwrap().as_deref(), Some("Ann"));
        assert_eq!(named(Some("  ".into())).unwrap(), None);
        assert!(named(Some("a\u{1b}[2J".into())).is_err());
        assert!(named(Some("x".repeat(61))).is_err());
    }

    #[test]
    fn a_visit_is_over_when_its_ticket_is_too_old_or_its_page_never_came() {
        let at = Instant::from_unix_ms;
        assert!(!is_over(at(0), None, at(30_000)));
        assert!(is_over(at(0), None, at(30_001)));
        assert!(!is_over(at(0), Some(at(29_000)), at(44_000)));
        assert!(is_over(at(0), Some(at(29_000)), at(44_001)));
    }

    #[test]
    fn the_host_knows_visits_from_hashes() {
        assert!(is_visit(&login(VisitId::new())));
        assert!(!is_visit("0123456789abcdef"));
    }
}
