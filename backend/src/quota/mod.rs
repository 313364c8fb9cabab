//! How much homes may hold, and what follows when one holds more.
//!
//! A home is measured by walking through it, so a shell may write past the quota between two looks;
//! what an upload would write past it is refused before.

mod book;
pub mod measure;

use std::{collections::BTreeMap, time::Duration};

pub use book::{Book, Coming};
use measure::{Measure, Pace, Seen};
use sandbox::Spec;
use shared::{AccountId, Event, HomeState, HomeUsage, Instant, Terminal};
use tokio::time;
use tracing::warn;

use crate::{Error, Result, app::App, home, terminals};

/// How often the homes are measured in which a terminal runs, and how old a measure may be.
const ROUND: Duration = Duration::from_secs(30);

/// In a full home a new shell writes files of so much: enough for what it notes, too little to go on.
const FULL_FILE_BYTES: u64 = 1 << 20; // 1 MiB

/// How a home stands to its quota.
pub fn state(measure: Measure, quota_bytes: Option<u64>) -> HomeState {
    let Some(quota) = quota_bytes else {
        return HomeState::Fits;
    };
    match measure.seen {
        Seen::Endless => HomeState::Over,
        Seen::All | Seen::Part if measure.bytes >= quota.saturating_mul(2) => HomeState::Over,
        Seen::All | Seen::Part if measure.bytes >= quota => HomeState::Full,
        Seen::All | Seen::Part => HomeState::Fits,
    }
}

/// What may still be written besides what is on its way.
pub fn room(measure: Measure, coming_bytes: u64, quota_bytes: Option<u64>) -> Option<u64> {
    let taken = measure.bytes.saturating_add(coming_bytes);
    match state(measure, quota_bytes) {
        HomeState::Fits => quota_bytes.map(|quota| quota.saturating_sub(taken)),
        HomeState::Full | HomeState::Over => Some(0),
    }
}

/// Why a terminal has to end, if it has to: it was opened before its home was full, so that nothing
/// but its end keeps it from writing on.
pub fn ends(
    terminal: &Terminal,
    state: HomeState,
    full_since: Option<Instant>,
) -> Option<&'static str> {
    let is_older = full_since.is_some_and(|since| terminal.created_at <= since);
    match state {
        HomeState::Over if is_older => Some(
            "The home holds more than twice what it may, or more files than are counted. Open \
             another terminal to remove some.",
        ),
        HomeState::Over | HomeState::Full | HomeState::Fits => None,
    }
}

/// What the home of an account holds, measured not long ago.
pub async fn usage(app: &App, account: AccountId) -> Result<HomeUsage> {
    let measure = match app.homes.measured(account, ROUND) {
        Some(measure) => measure,
        None => look(app, account, Pace::Fast).await?,
    };
    Ok(as_told(app, measure))
}

/// Lets an upload come, which says how much it has brought.
///
/// # Errors
/// There is no room for `announced_bytes`, or as many are coming as may.
pub async fn expect(app: &App, account: AccountId, announced_bytes: u64) -> Result<Coming> {
    usage(app, account).await?;
    app.homes.expect(account, announced_bytes, quota(app))
}

/// Starts a shell or a command in a full home with what keeps it from writing on.
pub fn restrict(app: &App, account: AccountId, spec: &mut Spec) {
    let limit = match app.homes.state(account, quota(app)) {
        HomeState::Fits => return,
        HomeState::Full => FULL_FILE_BYTES,
        HomeState::Over => 0,
    };
    spec.limits.file_bytes = spec.limits.file_bytes.min(limit);
    spec.set("MAC_HOME_FULL", "1".to_owned());
}

/// Why a terminal has to end, if it has to.
pub fn reason_to_end(app: &App, account: AccountId, terminal: &Terminal) -> Option<&'static str> {
    let state = app.homes.state(account, quota(app));
    ends(terminal, state, app.homes.full_since(account))
}

/// Measures the homes in which terminals run, until the server ends.
pub async fn keep_measuring(app: App) {
    loop {
        if let Err(error) = round(&app).await {
            warn!("homes are not measured: {error}");
        }
        time::sleep(ROUND).await;
    }
}

async fn round(app: &App) -> Result<()> {
    for account in terminals::who_runs(app).await? {
        // one home at a time, and one that can't be measured keeps no other from it
        if let Err(error) = look(app, account, Pace::Gentle).await {
            warn!(account.id = %account, "the home of {account} is not measured: {error}");
        }
    }
    Ok(())
}

/// Measures a home, and tells its account when it stands otherwise than before.
async fn look(app: &App, account: AccountId, pace: Pace) -> Result<Measure> {
    let home = home::home_of(app, account);
    let before = app.homes.state(account, quota(app));
    let walk = move || match home.exists() {
        true => measure::measure(&home, pace),
        false => Ok(Measure::default()),
    };
    let measure = tokio::task::spawn_blocking(walk).await;
    let measure = measure.map_err(anyhow::Error::from)?;
    let measure = measure.map_err(anyhow::Error::from)?;
    app.homes.note(account, measure, quota(app));
    let usage = as_told(app, measure);
    if usage.state != before {
        app.events.tell(account, Event::Home { usage });
    }
    Ok(measure)
}

fn as_told(app: &App, measure: Measure) -> HomeUsage {
    HomeUsage {
        used_bytes: measure.bytes,
        quota_bytes: quota(app),
        state: state(measure, quota(app)),
    }
}

fn quota(app: &App) -> Option<u64> {
    let mib = app.config.home_mib;
    (mib > 0).then(|| mib.saturating_mul(1 << 20))
}

/// Why something does not fit.
fn no_room(room_bytes: u64) -> Error {
    let room = match room_bytes {
        0 => "the home is full: remove something first".to_owned(),
        _ => format!("the home has room for {room_bytes} bytes more, and this is larger"),
    };
    Error::TooLarge(room)
}

/// What is known of homes, by whose they are.
type Known = BTreeMap<AccountId, book::Home>;

#[cfg(test)]
mod tests {
    use shared::{HomeState, Instant, Terminal, TerminalId, TerminalState};

    use super::{Measure, Seen, ends, room, state};

    fn measured(bytes: u64) -> Measure {
        Measure {
            bytes,
            ..Measure::default()
        }
    }

    #[test]
    fn a_home_is_full_at_its_quota_and_over_at_twice_that() {
        let quota = Some(1000);
        for (bytes, stands) in [
            (0, HomeState::Fits),
            (999, HomeState::Fits),
            (1000, HomeState::Full),
            (1999, HomeState::Full),
            (2000, HomeState::Over),
        ] {
            assert_eq!(state(measured(bytes), quota), stands, "{bytes}");
            assert_eq!(state(measured(bytes), None), HomeState::Fits);
        }
    }

    #[test]
    fn what_can_not_be_counted_is_too_much_and_what_can_not_be_read_is_not() {
        let seen = |seen| Measure {
            seen,
            ..Measure::default()
        };
        assert_eq!(state(seen(Seen::Endless), Some(1000)), HomeState::Over);
        assert_eq!(state(seen(Seen::Part), Some(1000)), HomeState::Fits);
        assert_eq!(state(seen(Seen::Endless), None), HomeState::Fits);
    }

    #[test]
    fn what_is_on_its_way_takes_room_too() {
        assert_eq!(room(measured(400), 0, Some(1000)), Some(600));
        assert_eq!(room(measured(400), 500, Some(1000)), Some(100));
        assert_eq!(room(measured(400), 700, Some(1000)), Some(0));
        assert_eq!(room(measured(1000), 0, Some(1000)), Some(0));
        assert_eq!(room(measured(1 << 40), 0, None), None);
    }

    #[test]
    fn only_a_shell_from_before_it_was_full_is_ended() {
        let terminal = |created_ms| Terminal {
            id: TerminalId::new(),
            name: "Terminal 1".into(),
            state: TerminalState::Running,
            created_at: Instant::from_unix_ms(created_ms),
            ends_at: None,
            keep_s: None,
            reason: None,
            machine: None,
        };
        let since = Some(Instant::from_unix_ms(5));
        assert!(ends(&terminal(4), HomeState::Over, since).is_some());
        assert!(ends(&terminal(6), HomeState::Over, since).is_none());
        assert!(ends(&terminal(4), HomeState::Full, since).is_none());
        assert!(ends(&terminal(4), HomeState::Fits, None).is_none());
    }
}
