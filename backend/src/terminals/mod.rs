//! Terminals: shells in sandboxes, which belong to an account and outlive the server.

pub mod hosts;
mod rounds;
pub mod routes;
mod settings;
mod socket;
mod store;

use std::sync::Arc;

use std::collections::BTreeSet;

use futures_util::future::join_all;
use hosts::{Link, refused};
pub use settings::Settings;
use shared::{
    AccountId, Event, Instant, OpenTerminal, Terminal, TerminalId, TerminalState,
    terminal::MOST_OF_A_NAME,
};
pub use socket::show;
use store::Held;
use tracing::warn;

use crate::{
    Error, Result,
    accounts::{self, Tenant},
    app::App,
    db, home, instances,
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
    Ok(held_by_id(app, account, id).await?.terminal)
}

/// The host that holds one of the account's terminals; nothing if this server knows it no more.
pub async fn held_at(app: &App, account: AccountId, id: TerminalId) -> Result<Option<Arc<Link>>> {
    let held = held_by_id(app, account, id).await?;
    Ok(app.terminals.by_name(&held.host))
}

async fn held_by_id(app: &App, account: AccountId, id: TerminalId) -> Result<Held> {
    let found = store::by_id(&app.pool, account, id).await?;
    let found = found.ok_or(Error::NotFound("terminal"))?;
    Ok(Held {
        terminal: with(app, found.terminal),
        ..found
    })
}

/// A terminal, whosever it is.
async fn of_anybody(app: &App, id: TerminalId) -> Result<Option<Held>> {
    let found = store::of_anybody(&app.pool, id).await?;
    Ok(found.map(|found| Held {
        terminal: with(app, found.terminal),
        ..found
    }))
}

/// The pages that show one of the account's terminals.
pub async fn viewers(app: &App, account: AccountId, id: TerminalId) -> Result<Vec<pty::Viewing>> {
    let held = held_by_id(app, account, id).await?;
    let link = app.terminals.by_name(&held.host);
    let runs = held.terminal.state == TerminalState::Running;
    let Some(link) = link.filter(|_| runs) else {
        return Ok(Vec::new());
    };
    let id = id.to_string();
    let listed = link
        .list()
        .await?
        .into_iter()
        .find(|listed| listed.id == id);
    Ok(listed.map_or_else(Vec::new, |listed| listed.viewers))
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
    Ok(store::who_runs(&app.pool).await?)
}

/// Opens a terminal with a new shell.
pub async fn open(app: &App, tenant: &Tenant, open: OpenTerminal) -> Result<Terminal> {
    app.sandboxes()?;
    let account = tenant.account.id;
    let base = match open.instance {
        Some(id) => instances::by_id(app, account, id).await?.name,
        None => "Terminal".to_owned(),
    };
    let id = TerminalId::new();
    let link = match open.instance {
        // the account's emulated cloud is reached on this machine alone
        Some(_) => app.terminals.own(),
        None => app.terminals.place(),
    };
    // both at once, as each takes a while: a shell that comes to no row is ended by the next round
    let (begun, launched) = tokio::join!(
        begin(app, account, id, (&base, link)),
        launch(app, tenant, id, (open, link))
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
                link.end(&id.to_string()).await?;
            }
            Err(error)
        }
    }
}

/// Writes a terminal with a name that no other has.
async fn begin(
    app: &App,
    account: AccountId,
    id: TerminalId,
    (base, link): (&str, &Link),
) -> Result<Terminal> {
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
        machine: link.machine().map(str::to_owned),
    };
    let held = Held {
        account,
        terminal,
        host: link.name().to_owned(),
    };
    store::insert(&mut transaction, &held).await?;
    transaction.commit().await?;
    Ok(with(app, held.terminal))
}

/// When a terminal ends that is given its time now.
fn ends_at(app: &App) -> Option<Instant> {
    let lasts = app.config.terminals.lasts_seconds;
    let lasts_ms = i64::try_from(lasts.saturating_mul(1000)).unwrap_or(i64::MAX);
    let end = Instant::now().unix_ms().saturating_add(lasts_ms);
    (lasts > 0).then(|| Instant::from_unix_ms(end))
}

async fn launch(
    app: &App,
    tenant: &Tenant,
    id: TerminalId,
    (open, link): (OpenTerminal, &Link),
) -> Result<()> {
    let (id, cols, rows) = (id.to_string(), open.cols, open.rows);
    let host = link.host().await?;
    let mut spec = match open.instance {
        Some(instance) => instances::shell(app, tenant, instance).await?,
        None => home::spec(app, tenant, &["/bin/bash"]).await?,
    };
    if let Some(seen_as) = host.seen_as() {
        home::from_machine(&mut spec, seen_as);
    }
    // `mac` says it to the server, which marks what is begun there where it is recorded
    spec.set("MAC_TERMINAL_ID", id.clone());
    let launched = host.launch(&id, spec, cols, rows).await;
    launched.map_err(refused)?;
    link.count_one();
    Ok(())
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
    let links = app.terminals.all();
    let closed = links.iter().map(|link| link.dismiss(login));
    for error in join_all(closed).await.into_iter().filter_map(Result::err) {
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
    let held = held_by_id(app, account, id).await?;
    if let Some(link) = app.terminals.by_name(&held.host) {
        let ended = link.end(&id.to_string()).await;
        // one that comes back is asked to end what no row names
        if held.terminal.state == TerminalState::Running {
            ended?;
        }
    }
    store::delete(&app.pool, id).await?;
    app.events.tell(account, Event::TerminalGone { id });
    Ok(())
}

/// Ends the shells of an account that was removed, wherever they are; a machine that doesn't answer ends
/// them once it does, as no row names them.
pub async fn end_removed(app: &App, ids: &[TerminalId]) -> Result<()> {
    for link in app.terminals.all() {
        for id in ids {
            match link.end(&id.to_string()).await {
                Err(error) if link.machine().is_none() => return Err(error),
                Err(error) => warn!("a removed account's shell still runs: {error}"),
                Ok(()) => {}
            }
        }
    }
    Ok(())
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
            machine: None,
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
