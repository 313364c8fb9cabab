//! Visitors of an application: letting them wait, turning them away, and how they were answered.

use shared::{AccountId, Application, ChangeVisitors, Instant, Traffic, Visitors};

use super::{by_name, moving, store, tell};
use crate::{Error, Result, app::App};

/// What is said to who is turned away, unless somebody has other words.
const NOTICE: &str = "This is being worked on. Please come back soon.";

/// Says what becomes of visitors from now on, also of those who wait.
///
/// # Errors
/// There is no such application, the time is too long, or the notice is.
pub async fn set_visitors(
    app: &App,
    account: AccountId,
    name: &str,
    change: ChangeVisitors,
) -> Result<Application> {
    let visitors = read(change, Instant::now())?;
    let host = store::set_visitors(&app.pool, account, name, &visitors).await?;
    let host = host.ok_or(Error::NotFound("application"))?;
    app.router.table.set_visitors(&host, visitors);
    tell(app, account, name).await?;
    by_name(app, account, name).await
}

fn read(change: ChangeVisitors, now: Instant) -> Result<Visitors> {
    let refused = |why: &str| Err(Error::Invalid(why.to_owned(), None));
    match change {
        ChangeVisitors::Served => Ok(Visitors::Served),
        ChangeVisitors::Held { seconds } => {
            if !(1..=ChangeVisitors::LONGEST_HOLD_SECONDS).contains(&seconds) {
                return refused(
                    "visitors are held for a second at least, and for five minutes at most",
                );
            }
            let until = now.unix_ms() + i64::from(seconds) * 1000;
            Ok(Visitors::Held {
                until: Instant::from_unix_ms(until),
            })
        }
        ChangeVisitors::TurnedAway { notice } => {
            let notice = notice.unwrap_or_default().trim().to_owned();
            if notice.chars().count() > ChangeVisitors::LONGEST_NOTICE {
                return refused("a notice has 500 characters at most");
            }
            let notice = match notice.is_empty() {
                true => NOTICE.to_owned(),
                false => notice,
            };
            Ok(Visitors::TurnedAway { notice })
        }
    }
}

/// How visitors were answered lately.
pub async fn traffic(app: &App, account: AccountId, name: &str) -> Result<Traffic> {
    let host = moving(app, account, name).await?.host;
    let now = Instant::now();
    Ok(Traffic {
        until: Instant::from_unix_ms(now.unix_ms().div_euclid(1000) * 1000),
        versions: app.router.table.answered(&host, now),
    })
}

#[cfg(test)]
mod tests {
    use shared::{ChangeVisitors, Instant, Visitors};

    use super::read;

    #[test]
    fn who_is_turned_away_is_told_something_and_who_waits_does_so_for_a_while() {
        let read = |change| read(change, Instant::from_unix_ms(0));
        let notice = |notice: &str| ChangeVisitors::TurnedAway {
            notice: Some(notice.to_owned()),
        };
        let said = |change| match read(change).unwrap() {
            Visitors::TurnedAway { notice } => notice,
            other => panic!("{other:?}"),
        };
        assert_eq!(said(notice(" Back at noon. ")), "Back at noon.");
        assert!(said(notice("  ")).starts_with("This is being worked on."));
        assert_eq!(said(notice(&"\u{fc}".repeat(500))).chars().count(), 500);
        assert!(read(notice(&"x".repeat(501))).is_err());
        let until = Instant::from_unix_ms(300_000);
        let held = |seconds| read(ChangeVisitors::Held { seconds });
        assert_eq!(held(300).unwrap(), Visitors::Held { until });
        assert!(held(0).is_err() && held(301).is_err());
    }
}
