//! Making the rows and what hosts hold the same, host by host.

use std::collections::{BTreeSet, HashMap};

use shared::{AccountId, Event, Instant, Terminal, TerminalId, TerminalState};

use super::{
    hosts::{Link, refused},
    store::{self, Held},
    with,
};
use crate::{Result, accounts, app::App, quota, recordings, shares, visits};

/// Writes down which of a host's terminals ended or were lost, and ends those whose time is over, whose
/// row is gone, and the pages of logins that count no longer.
pub(super) async fn compare(
    app: &App,
    link: &Link,
    listed: &[pty::Listed],
    watched: &mut shares::Watched,
) -> Result<()> {
    let host = link.host().await?;
    let by_id: HashMap<&str, &pty::Listed> =
        listed.iter().map(|one| (one.id.as_str(), one)).collect();
    for held in store::held_by(&app.pool, link.name()).await? {
        let id = held.terminal.id.to_string();
        let listed = by_id.get(id.as_str()).copied();
        let Some((state, reason)) = outcome(app, link, (held.account, &held.terminal), listed)
        else {
            continue;
        };
        let runs = listed.is_some_and(|listed| listed.exit.is_none());
        if runs && state != TerminalState::Running {
            host.end(&id).await.map_err(refused)?;
        }
        settle(app, held, state, reason).await?;
    }
    let logins = listed.iter().flat_map(|listed| &listed.viewers);
    let logins = logins.map(|viewing| viewing.visitor.login.as_str());
    // who came to the host's own socket, past this server, has none; visits are not an account's
    let logins = logins.filter(|login| !login.is_empty() && !visits::is_visit(login));
    let logins: BTreeSet<&str> = logins.collect();
    for login in accounts::ended(app, logins).await? {
        host.dismiss(login).await.map_err(refused)?;
    }
    shares::compare(app, link, listed, watched).await?;
    end_strays(app, &host, listed).await?;
    recordings::compare(app, link, listed).await
}

/// Writes where a terminal stands, and tells its account's pages.
async fn settle(app: &App, held: Held, state: TerminalState, reason: Option<String>) -> Result<()> {
    let terminal = Terminal {
        state,
        reason,
        ..held.terminal
    };
    store::set_state(&app.pool, &terminal).await?;
    let terminal = with(app, terminal);
    app.events.tell(held.account, Event::Terminal { terminal });
    Ok(())
}

/// Where a terminal stands that its host says something else of than its row, and why.
fn outcome(
    app: &App,
    link: &Link,
    (account, terminal): (AccountId, &Terminal),
    listed: Option<&pty::Listed>,
) -> Option<(TerminalState, Option<String>)> {
    let was_lost = terminal.state == TerminalState::Lost;
    let Some(listed) = listed else {
        // one that is being opened may have its row before it has its shell
        let reason = match link.machine() {
            Some(machine) => format!("Machine {machine} does not hold it any more."),
            None => "The process that held it ended.".to_owned(),
        };
        let is_lost = !was_lost && !is_opening(terminal.id);
        return is_lost.then_some((TerminalState::Lost, Some(reason)));
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
    if terminal.ends_at.is_some_and(|end| end <= Instant::now()) {
        return Some((TerminalState::Ended, Some("Its time was over.".to_owned())));
    }
    was_lost.then_some((TerminalState::Running, None))
}

/// Shows the terminals of a host that has been silent for a while as lost.
pub(super) async fn lose_all(app: &App, link: &Link) -> Result<()> {
    let reason = match link.machine() {
        Some(machine) => format!("Machine {machine}, which holds it, does not answer."),
        None => "The process that holds it does not answer.".to_owned(),
    };
    for held in store::held_by(&app.pool, link.name()).await? {
        if held.terminal.state == TerminalState::Running {
            settle(app, held, TerminalState::Lost, Some(reason.clone())).await?;
        }
    }
    Ok(())
}

/// Shows as lost what rows say that runs at hosts that this server knows nothing of: of another build
/// that has ended, or of a machine that the settings name no more.
pub(super) async fn settle_unheld(app: &App) -> Result<()> {
    for name in store::hosts_with_running(&app.pool).await? {
        if app.terminals.by_name(&name).is_some() {
            continue;
        }
        let is_machine = store::is_machine(&name);
        for held in store::held_by(&app.pool, &name).await? {
            if held.terminal.state != TerminalState::Running {
                continue;
            }
            let reason = match is_machine {
                true => format!("This server knows of no machine {name} any more."),
                false => "The process that held it ended.".to_owned(),
            };
            settle(app, held, TerminalState::Lost, Some(reason)).await?;
        }
    }
    recordings::settle_unheld(app).await
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
async fn end_strays(app: &App, host: &pty::client::Host, held: &[pty::Listed]) -> Result<()> {
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
        host.end(&stray.id).await.map_err(refused)?;
    }
    Ok(())
}

/// Whether a terminal may still be about to get its row, or its shell.
fn is_opening(id: TerminalId) -> bool {
    const OPENING_MS: i64 = 30_000;
    Instant::now().unix_ms() - id.made_at_ms() < OPENING_MS
}
