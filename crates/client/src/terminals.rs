//! Terminals. Their bytes go over a websocket of their own, not through here.

use shared::{OpenTerminal, Page, Problem, RenameTerminal, Terminal, TerminalId, paths};

use crate::Client;

/// All terminals, oldest first.
pub async fn list(client: &Client) -> Result<Page<Terminal>, Problem> {
    client.get(paths::TERMINALS).await
}

/// Opens a terminal.
pub async fn open(client: &Client, open: &OpenTerminal) -> Result<Terminal, Problem> {
    client.post(paths::TERMINALS, open).await
}

/// Calls a terminal something else.
pub async fn rename(client: &Client, id: TerminalId, name: &str) -> Result<Terminal, Problem> {
    let name = name.to_owned();
    let rename = RenameTerminal { name };
    client.patch(&paths::terminal(id), &rename).await
}

/// Gives a terminal more time: from now on as much as a new one has.
pub async fn extend(client: &Client, id: TerminalId) -> Result<Terminal, Problem> {
    client.post(&paths::terminal_extend(id), &()).await
}

/// Ends a terminal and what runs in it.
pub async fn end(client: &Client, id: TerminalId) -> Result<(), Problem> {
    client.delete(&paths::terminal(id)).await
}
