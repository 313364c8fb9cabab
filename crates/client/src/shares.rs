//! Links to terminals.

use shared::{MadeShare, NewShare, Problem, ShareId, Sharing, TerminalId, paths};

use crate::Client;

/// The links to a terminal, and who looks at it.
pub async fn list(client: &Client, terminal: TerminalId) -> Result<Sharing, Problem> {
    client.get(&paths::terminal_shares(terminal)).await
}

/// Makes a link to a terminal.
pub async fn make(
    client: &Client,
    terminal: TerminalId,
    share: &NewShare,
) -> Result<MadeShare, Problem> {
    client.post(&paths::terminal_shares(terminal), share).await
}

/// Ends a link, and closes the pages of who came by it.
pub async fn end(client: &Client, terminal: TerminalId, share: ShareId) -> Result<(), Problem> {
    client.delete(&paths::terminal_share(terminal, share)).await
}

/// Ends all links to a terminal.
pub async fn end_all(client: &Client, terminal: TerminalId) -> Result<(), Problem> {
    client.delete(&paths::terminal_shares(terminal)).await
}
