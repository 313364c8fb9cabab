//! What a client that runs a deployment's commands asks and tells.

use std::time::Duration;

use shared::{AccountId, ClientCommand, ClientReport, DeploymentId};

use super::{by_id, follow::LONGEST_WAIT};
use crate::{Error, Result, app::App};

/// The next command that a deployment's client has to run; waits for one.
pub async fn client_command(
    app: &App,
    account: AccountId,
    id: DeploymentId,
    wait: Duration,
) -> Result<Option<ClientCommand>> {
    by_id(app, account, id).await?;
    let Some(reach) = app.underway.get(id) else {
        return Ok(None);
    };
    let next = reach.errands.next(wait.min(LONGEST_WAIT));
    tokio::select! {
        command = next => Ok(command),
        // nobody waits for a deployment that has ended
        () = reach.gone.cancelled() => Ok(None),
    }
}

/// Takes what a client tells of a command.
pub async fn client_report(
    app: &App,
    account: AccountId,
    id: DeploymentId,
    number: u64,
    report: ClientReport,
) -> Result<()> {
    by_id(app, account, id).await?;
    let reach = app.underway.get(id);
    let is_taken = match reach {
        Some(reach) => reach.errands.report(number, report).await,
        None => false,
    };
    if is_taken {
        return Ok(());
    }
    let over = format!("nobody waits for command {number} any more");
    Err(Error::Conflict(over))
}
