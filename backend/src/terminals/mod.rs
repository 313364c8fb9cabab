//! Terminals: shells in sandboxes, which belong to an account and outlive the server.

pub mod host;
pub mod routes;
mod socket;
mod store;

use std::collections::BTreeSet;

use pty::client::Host;
use shared::{
    AccountId, Event, Instant, OpenTerminal, Terminal, TerminalId, TerminalState,
    terminal::MOST_OF_A_NAME,
};
use tracing::warn;

use crate::{
    Error, Result,
    accounts::{self, Tenant},
    app::App,
    db, home, instances, quota,
};

/// How many terminals an account may have at a time.
const MOST: usize = 10;

/// An account's terminals, oldest first.
pub async fn list(app: &App, account: AccountId) -> Result<Vec<Terminal>> {
    let all = store::list(&app.pool, account).await?;
    Ok(all
        .into_iter()
        .map(|terminal| with(app, terminal))
        .collect())
}

/// One of the account's terminals.
pub async fn by_id(app: &App, account: AccountId, id: TerminalId) -> Result<Terminal> {
    let found = store::by_id(&app.pool, account, id).await?;
    let found = found.ok_or(Error::NotFound("terminal"))?;
    Ok(with(app, found))
}

/// With what the settings say of each.
fn with(app: &App, terminal: Terminal) -> Terminal {
    let keep = app.config.terminals.keep_seconds;
    Terminal {
        keep_s: (keep > 0).then_some(keep),
        ..terminal
    }
}

/// The accounts of which a terminal runs.
pub async fn who_runs(app: &App) -> Result<BTreeSet<AccountId>> {
    let running = store::running(&app.pool).await?;
    Ok(running.into_iter().map(|(account, _)| account).collect())
}

/// Opens a terminal with a new shell.
pub async fn open(app: &App, account: AccountId, open: OpenTerminal) -> Result<Terminal> {
    app.sandboxes()?;
    let tenant = accounts::tenant(app, account).await?;
    let base = match open.instance {
        Some(id) => instances::by_id(app, account, id).await?.name,
        None => "Terminal".to_owned(),
    };
    let id = TerminalId::new();
    // both at once, as each takes a while: a shell that comes to no row is ended by the next round
    let (begun, launched) = tokio::join!(
        begin(app, account, id, &base),
        launch(app, &tenant, id, open)
    );
    match (begun, launched) {
        (Ok(terminal), Ok(())) => {
            let told = terminal.clone();
            app.events.tell(account, Event::Terminal { terminal: told });
            Ok(terminal)
        }
        (Ok(_), Err(error)) => {
            store::delete(&app.pool, id).await?;
            Err(error)
        }
        (Err(error), launched) => {
            if launched.is_ok() {
                let host = app.terminals.host().await?;
                host.end(&id.to_string()).await.map_err(host::refused)?;
            }
            Err(error)
        }
    }
}

/// Writes a terminal with a name that no other has.
async fn begin(app: &App, account: AccountId, id: TerminalId, base: &str) -> Result<Terminal> {
    let mut transaction = db::begin(&app.pool).await?;
    accounts::lock(&mut transaction, account).await?;
    let known = store::list(&mut *transaction, account).await?;
    let terminal = Terminal {
        id,
        name: free_name(&known, base)?,
        state: TerminalState::Running,
        created_at: Instant::now(),
        ends_at: ends_at(app),
        keep_s: None,
        reason: None,
    };
    store::insert(&mut transaction, account, &terminal).await?;
    transaction.commit().await?;
    Ok(with(app, terminal))
}

/// When a terminal ends that is given its time now.
fn ends_at(app: &App) -> Option<Instant> {
    let lasts = app.config.terminals.lasts_seconds;
    let lasts_ms = i64::try_from(lasts.saturating_mul(1000)).unwrap_or(i64::MAX);
    let end = Instant::now().unix_ms().saturating_add(lasts_ms);
    (lasts > 0).then(|| Instant::from_unix_ms(end))
}

async fn launch(app: &App, tenant: &Tenant, id: TerminalId, open: OpenTerminal) -> Result<()> {
    let (id, cols, rows) = (id.to_string(), open.cols, open.rows);
    let host = app.terminals.host().await?;
    let spec = match open.instance {
        Some(instance) => instances::shell(app, tenant, instance).await?,
        None => home::spec(app, tenant, &["/bin/bash"]).await?,
    };
    let launched = host.launch(&id, spec, cols, rows).await;
    launched.map_err(host::refused)
}

/// Calls a terminal something that no other of the account's is called.
pub async fn rename(app: &App, account: AccountId, id: TerminalId, name: &str) -> Result<Terminal> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MOST_OF_A_NAME || name.contains(char::is_control) {
        let wanted = format!("a terminal's name is of 1 to {MOST_OF_A_NAME} characters");
        return Err(Error::Invalid(wanted, None));
    }
    by_id(app, account, id).await?;
    let mut transaction = db::begin(&app.pool).await?;
    accounts::lock(&mut transaction, account).await?;
    let known = store::list(&mut *transaction, account).await?;
    if known
        .iter()
        .any(|other| other.id != id && other.name == name)
    {
        return Err(Error::Conflict(format!(
            "another terminal is called {name}"
        )));
    }
    store::set_name(&mut transaction, account, id, name).await?;
    transaction.commit().await?;
    told(app, account, id).await
}

/// Gives a terminal as much time as a new one has.
pub async fn extend(app: &App, account: AccountId, id: TerminalId) -> Result<Terminal> {
    by_id(app, account, id).await?;
    if !store::set_end(&app.pool, account, id, ends_at(app)).await? {
        return Err(Error::Conflict("this terminal is over".into()));
    }
    told(app, account, id).await
}

/// A terminal that was changed, as it is told to its account's pages.
async fn told(app: &App, account: AccountId, id: TerminalId) -> Result<Terminal> {
    let terminal = by_id(app, account, id).await?;
    let told = terminal.clone();
    app.events.tell(account, Event::Terminal { terminal: told });
    Ok(terminal)
}

/// Closes the pages of a login that counts no longer; the next round closes what this could not.
pub async fn close_pages(app: &App, login: &str) {
    if app.sandboxes_off().is_some() {
        return;
    }
    let closed = async {
        let host = app.terminals.host().await?;
        host.dismiss(login).await.map_err(host::refused)
    };
    if let Err(error) = closed.await {
        warn!("the terminals of a login that ended are still open: {error}");
    }
}

/// The first name of a kind that is free, for example `Terminal 2`.
fn free_name(known: &[Terminal], base: &str) -> Result<String> {
    let running = known.iter().filter(|t| t.state == TerminalState::Running);
    if running.count() >= MOST || known.len() >= 2 * MOST {
        let limit = format!("{MOST} terminals are open already: end one first");
        return Err(Error::LimitReached(limit));
    }
    let taken = |name: &String| known.iter().any(|terminal| &terminal.name == name);
    let mut names = (1..=2 * MOST).map(|number| format!("{base} {number}"));
    Ok(names.find(|name| !taken(name)).unwrap_or_default())
}

/// Ends a terminal with all that runs in it.
pub async fn end(app: &App, account: AccountId, id: TerminalId) -> Result<()> {
    by_id(app, account, id).await?;
    let host = app.terminals.host().await?;
    host.end(&id.to_string()).await.map_err(host::refused)?;
    store::delete(&app.pool, id).await?;
    app.events.tell(account, Event::TerminalGone { id });
    Ok(())
}

/// Makes the rows and the host's terminals the same: writes down which ended or were lost, and ends
/// those whose time is over, whose row is gone, and the pages of logins that count no longer.
async fn compare(app: &App, host: &Host, held: &[pty::Listed]) -> Result<()> {
    for (account, mut terminal) in store::running(&app.pool).await? {
        let id = terminal.id.to_string();
        let listed = held.iter().find(|listed| listed.id == id);
        let Some((state, reason)) = outcome(app, account, &terminal, listed) else {
            continue;
        };
        if listed.is_some_and(|listed| listed.exit.is_none()) {
            host.end(&id).await.map_err(host::refused)?;
        }
        (terminal.state, terminal.reason) = (state, reason);
        store::set_state(&app.pool, &terminal).await?;
        let terminal = with(app, terminal);
        app.events.tell(account, Event::Terminal { terminal });
    }
    let logins = held.iter().flat_map(|listed| &listed.viewers);
    // who came to the host's own socket, past this server, has none
    let logins = logins.filter(|visitor| !visitor.login.is_empty());
    let logins: BTreeSet<&str> = logins.map(|visitor| visitor.login.as_str()).collect();
    for login in accounts::ended(app, logins).await? {
        host.dismiss(login).await.map_err(host::refused)?;
    }
    end_strays(app, host, held).await
}

/// Where a terminal stands that runs no more, and why; nothing while it does.
fn outcome(
    app: &App,
    account: AccountId,
    terminal: &Terminal,
    listed: Option<&pty::Listed>,
) -> Option<(TerminalState, Option<String>)> {
    let Some(listed) = listed else {
        // one that is being opened may have its row before it has its shell
        let reason = "The process that held it ended.".to_owned();
        return (!is_opening(terminal.id)).then_some((TerminalState::Lost, Some(reason)));
    };
    if let Some(code) = listed.exit {
        let reason = format!("Its shell ended with exit code {code}.");
        return Some((TerminalState::Ended, Some(reason)));
    }
    if let Some(reason) = quota::reason_to_end(app, account, terminal) {
        return Some((TerminalState::Ended, Some(reason.to_owned())));
    }
    let keep = app.config.terminals.keep_seconds;
    if keep > 0 && listed.alone_s.is_some_and(|alone| alone >= keep) {
        let reason = format!("No page showed it for {}.", in_words(keep));
        return Some((TerminalState::Ended, Some(reason)));
    }
    let is_over = terminal.ends_at.is_some_and(|end| end <= Instant::now());
    is_over.then(|| {
        let reason = "Its time was over.".to_owned();
        (TerminalState::Ended, Some(reason))
    })
}

fn in_words(seconds: u64) -> String {
    match seconds {
        1 => "a second".to_owned(),
        60 => "a minute".to_owned(),
        minutes if minutes % 60 == 0 => format!("{} minutes", minutes / 60),
        seconds => format!("{seconds} seconds"),
    }
}

/// Ends shells that no row names, as of a server that was killed while it opened one.
async fn end_strays(app: &App, host: &Host, held: &[pty::Listed]) -> Result<()> {
    // one that is being opened may have its shell before it has its row; and what a server has not
    // named is not a server's to end
    let old = held.iter().filter(|listed| {
        let id = listed.id.parse().ok();
        id.is_some_and(|id| !is_opening(id))
    });
    let old: Vec<_> = old.collect();
    if old.is_empty() {
        return Ok(());
    }
    let known: BTreeSet<String> = store::ids(&app.pool).await?.into_iter().collect();
    for stray in old.into_iter().filter(|listed| !known.contains(&listed.id)) {
        host.end(&stray.id).await.map_err(host::refused)?;
    }
    Ok(())
}

/// Whether a terminal may still be about to get its row, or its shell.
fn is_opening(id: TerminalId) -> bool {
    const OPENING_MS: i64 = 30_000;
    Instant::now().unix_ms() - id.made_at_ms() < OPENING_MS
}

#[cfg(test)]
mod tests {
    use shared::{Instant, Terminal, TerminalId, TerminalState};

    fn terminal(number: usize) -> Terminal {
        Terminal {
            id: TerminalId::new(),
            name: format!("Terminal {number}"),
            state: TerminalState::Running,
            created_at: Instant::now(),
            ends_at: None,
            keep_s: None,
            reason: None,
        }
    }

    #[test]
    fn a_new_terminal_takes_the_first_free_number_up_to_the_limit() {
        let known = [terminal(1), terminal(3)];
        assert_eq!(super::free_name(&known, "Terminal").unwrap(), "Terminal 2");
        let mut known: Vec<Terminal> = (1..=super::MOST).map(terminal).collect();
        assert!(super::free_name(&known, "Terminal").is_err());
        known[4].state = TerminalState::Ended;
        assert_eq!(super::free_name(&known, "Terminal").unwrap(), "Terminal 11");
    }
}
