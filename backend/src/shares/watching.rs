//! Who looks at terminals that are shared, compared once a second with who may.

use std::collections::{BTreeMap, BTreeSet};

use pty::Viewing;
use shared::{AccountId, Event, Instant, ShareId, TerminalId, Watcher};

use super::store;
use crate::{Error, Result, app::App, terminals::hosts::Link, visits};

/// What a round has found of each terminal of a host's that is shared: whose it is, its links, who looks at it.
pub type Watched = BTreeMap<TerminalId, (AccountId, Vec<ShareId>, Vec<String>)>;

/// Ends links that are over, closes the pages of visits that are, and tells accounts of whatever is
/// another than in the round before.
pub async fn compare(
    app: &App,
    link: &Link,
    held: &[pty::Listed],
    before: &mut Watched,
) -> Result<()> {
    let shared = store::all(&app.pool).await?;
    let now = Instant::now();
    if !shared.is_empty() {
        store::delete_over(&app.pool, now).await?;
    }
    let viewers = held.iter().flat_map(|listed| &listed.viewers);
    let logins = viewers.map(|viewing| viewing.visitor.login.as_str());
    let here: BTreeSet<&str> = logins.filter(|login| visits::is_visit(login)).collect();
    if !here.is_empty() || !shared.is_empty() {
        let ids: BTreeSet<&str> = held.iter().map(|listed| listed.id.as_str()).collect();
        for login in visits::settle(app, &ids, &here, now).await? {
            link.dismiss(&login).await?;
        }
    }
    if shared.is_empty() && before.is_empty() {
        return Ok(());
    }
    let after = watched(&store::all(&app.pool).await?, held);
    for (terminal, account) in changed(before, &after) {
        let id = terminal.to_string();
        let listed = held.iter().find(|listed| listed.id == id);
        let viewers = listed.map_or(&[][..], |listed| &listed.viewers);
        match super::sharing(app, account, terminal, viewers).await {
            Ok(sharing) => app.events.tell(account, Event::Sharing { sharing }),
            // the account was removed with its terminals
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    *before = after;
    Ok(())
}

fn watched(shares: &[super::Stored], held: &[pty::Listed]) -> Watched {
    let mut watched = Watched::new();
    for stored in shares {
        let id = stored.terminal.to_string();
        let Some(listed) = held.iter().find(|listed| listed.id == id) else {
            continue; // another host's
        };
        let found = watched.entry(stored.terminal).or_insert_with(|| {
            let viewers = listed.viewers.iter();
            let mut logins: Vec<_> = viewers.map(|v| v.visitor.login.clone()).collect();
            logins.sort_unstable();
            (stored.account, Vec::new(), logins)
        });
        found.1.push(stored.share.id);
    }
    watched
}

/// The terminals that are shared in another way than before, with whose they are.
fn changed(before: &Watched, after: &Watched) -> Vec<(TerminalId, AccountId)> {
    let gone = before.iter().filter(|(id, _)| !after.contains_key(*id));
    let others = after
        .iter()
        .filter(|(id, now)| before.get(*id) != Some(*now));
    gone.chain(others)
        .map(|(id, (account, ..))| (*id, *account))
        .collect()
}

/// Each page that shows a terminal, longest first; an account's own are called `own`.
pub(super) fn watchers(
    viewers: &[Viewing],
    visits: &[visits::Stored],
    own: &str,
    now: Instant,
) -> Vec<Watcher> {
    let watcher = |viewing: &Viewing| {
        let (role, login) = (viewing.visitor.role, &viewing.visitor.login);
        let for_ms = i64::try_from(viewing.for_s.saturating_mul(1000)).unwrap_or(i64::MAX);
        let since = Instant::from_unix_ms(now.unix_ms().saturating_sub(for_ms));
        let (name, share) = match visits::is_visit(login) {
            false => (own.to_owned(), None),
            true => {
                // one that was just ended is closed by now, or within a second
                let visit = visits.iter().find(|v| visits::login(v.id) == *login)?;
                (visit.name.clone(), Some(visit.share))
            }
        };
        Some(Watcher {
            name,
            role,
            share,
            since,
        })
    };
    let mut all: Vec<_> = viewers.iter().filter_map(watcher).collect();
    all.sort_by_key(|watcher| watcher.since);
    all
}

#[cfg(test)]
mod tests {
    use pty::{Viewing, Visitor};
    use shared::{AccountId, Instant, ShareId, TerminalId, VisitId, terminal::Role};

    use super::{Watched, changed, watchers};
    use crate::visits;

    fn viewing(login: String, for_s: u64) -> Viewing {
        let role = Role::View;
        let visitor = Visitor { role, login };
        Viewing { visitor, for_s }
    }

    #[test]
    fn who_looks_is_listed_longest_first_with_the_link_that_they_came_by() {
        let (visit, over) = (VisitId::new(), VisitId::new());
        let share = ShareId::new();
        let visits = [visits::Stored {
            id: visit,
            share,
            name: "Ann".into(),
        }];
        let viewers = [
            viewing(visits::login(visit), 3),
            viewing("0a1b".into(), 7),
            viewing(visits::login(over), 9),
        ];
        let all = watchers(&viewers, &visits, "guest-1", Instant::from_unix_ms(10_000));
        let seen: Vec<_> = all
            .iter()
            .map(|w| (w.name.as_str(), w.share, w.since.unix_ms()))
            .collect();
        assert_eq!(seen, [("guest-1", None, 3000), ("Ann", Some(share), 7000)]);
    }

    #[test]
    fn what_is_another_than_before_is_told_and_nothing_else() {
        let (one, two) = (TerminalId::new(), TerminalId::new());
        let (account, share) = (AccountId::new(), ShareId::new());
        let with = |login: &str| (account, vec![share], vec![login.to_owned()]);
        let before = Watched::from([(one, with("a")), (two, with("b"))]);
        assert!(changed(&before, &before).is_empty());
        let after = Watched::from([(one, with("c"))]);
        assert_eq!(changed(&before, &after), [(two, account), (one, account)]);
    }
}
