//! Terminals: shells in sandboxes, which belong to an account and outlive the server.

pub mod host;
pub mod routes;
mod socket;
mod store;

use shared::{AccountId, Event, Instant, OpenTerminal, Terminal, TerminalId, TerminalState};

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
    Ok(store::list(&app.pool, account).await?)
}

/// One of the account's terminals.
pub async fn by_id(app: &App, account: AccountId, id: TerminalId) -> Result<Terminal> {
    store::by_id(&app.pool, account, id)
        .await?
        .ok_or(Error::NotFound("terminal"))
}

/// Opens a terminal with a new shell.
pub async fn open(app: &App, account: AccountId, open: OpenTerminal) -> Result<Terminal> {
    app.sandboxes()?;
    let tenant = accounts::tenant(app, account).await?;
    let base = match open.instance {
        Some(id) => instances::by_id(app, account, id).await?.name,
        None => "Terminal".to_owned(),
    };
    // the row first: a shell that no row names would never be found again
    let terminal = begin(app, account, &base).await?;
    if let Err(error) = launch(app, &tenant, terminal.id, open).await {
        store::delete(&app.pool, terminal.id).await?;
        return Err(error);
    }
    let told = terminal.clone();
    app.events.tell(account, Event::Terminal { terminal: told });
    Ok(terminal)
}

/// Writes a terminal with a name that no other has.
async fn begin(app: &App, account: AccountId, base: &str) -> Result<Terminal> {
    let mut transaction = db::begin(&app.pool).await?;
    accounts::lock(&mut transaction, account).await?;
    let known = store::list(&mut *transaction, account).await?;
    let terminal = Terminal {
        id: TerminalId::new(),
        name: free_name(&known, base)?,
        state: TerminalState::Running,
        created_at: Instant::now(),
    };
    store::insert(&mut transaction, account, &terminal).await?;
    transaction.commit().await?;
    Ok(terminal)
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

/// The first name of a kind that is free, for example `Terminal 2`.
fn free_name(known: &[Terminal], base: &str) -> Result<String> {
    if known.len() >= MOST {
        let limit = format!("{MOST} terminals are open already: end one first");
        return Err(Error::LimitReached(limit));
    }
    let taken = |name: &String| known.iter().any(|terminal| &terminal.name == name);
    let mut names = (1..=MOST).map(|number| format!("{base} {number}"));
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

/// Writes down what the host says of each terminal: shells that ended, and those it lost.
async fn compare(app: &App, held: &[pty::Listed]) -> Result<()> {
    for (account, mut terminal) in store::running(&app.pool).await? {
        let id = terminal.id.to_string();
        terminal.state = match held.iter().find(|listed| listed.id == id) {
            Some(listed) if listed.exit.is_none() => continue,
            Some(_) => TerminalState::Ended,
            // one that is being opened has its row before it has its shell
            None if is_young(&terminal) => continue,
            None => TerminalState::Lost,
        };
        store::set_state(&app.pool, terminal.id, terminal.state).await?;
        app.events.tell(account, Event::Terminal { terminal });
    }
    Ok(())
}

fn is_young(terminal: &Terminal) -> bool {
    const OPENING_MS: i64 = 30_000;
    Instant::now().unix_ms() - terminal.created_at.unix_ms() < OPENING_MS
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
        }
    }

    #[test]
    fn a_new_terminal_takes_the_first_free_number_up_to_the_limit() {
        let known = [terminal(1), terminal(3)];
        assert_eq!(super::free_name(&known, "Terminal").unwrap(), "Terminal 2");
        let known: Vec<Terminal> = (1..=super::MOST).map(terminal).collect();
        assert!(super::free_name(&known, "Terminal").is_err());
    }
}
