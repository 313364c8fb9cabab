//! Terminals. Their bytes go over a websocket of their own, not through here.

use shared::{OpenTerminal, Page, Problem, Terminal, TerminalId, paths};

use crate::Client;

/// All terminals, oldest first.
pub async fn list(client: &Client) -> Result<Page<Terminal>, Problem> {
    client.get(paths::TERMINALS).await
}

/// Opens a terminal.
pub async fn open(client: &Client, open: &OpenTerminal) -> Result<Terminal, Problem> {
    client.post(paths::TERMINALS, open).await
}

/// Ends a terminal and what runs in it.
pub async fn end(client: &Client, id: TerminalId) -> Result<(), Problem> {
    client.delete(&paths::terminal(id)).await
}
