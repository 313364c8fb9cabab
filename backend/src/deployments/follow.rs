//! Following a deployment's log.

use std::time::Duration;

use shared::{AccountId, DeploymentId, Event, LogPage};
use tokio::{sync::broadcast, time};

use super::{by_id, lines};
use crate::{Result, app::App};

/// The longest that a request for a log is held.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How long lines are gathered into one answer: shorter than anybody notices, and longer than
/// many commands take.
const GATHER: Duration = Duration::from_millis(30);

/// The most lines that one answer has.
const LINES: i64 = 1000;

/// A deployment's log after line `after`; waits for more while it runs and has none.
pub async fn log(
    app: &App,
    account: AccountId,
    id: DeploymentId,
    after: u64,
    wait: Duration,
) -> Result<LogPage> {
    // heard from before reading, so that nothing is missed in between
    let mut events = app.events.hear();
    let deadline = time::Instant::now() + wait.min(LONGEST_WAIT);
    loop {
        let page = LogPage {
            // the state first: lines are never written after it is final
            deployment: by_id(app, account, id).await?,
            lines: lines::after(&app.pool, id, after, LINES).await?,
        };
        let has_news = !page.lines.is_empty() || page.deployment.state.is_final();
        if has_news || !changes_before(&mut events, id, deadline).await {
            return Ok(page);
        }
        time::timeout(GATHER, end(&mut events, id)).await.ok();
    }
}

/// Waits for an event about a deployment; false once the deadline has passed.
async fn changes_before(
    events: &mut broadcast::Receiver<(AccountId, Event)>,
    id: DeploymentId,
    deadline: time::Instant,
) -> bool {
    loop {
        match time::timeout_at(deadline, events.recv()).await {
            Err(_) => return false,
            Ok(Err(broadcast::error::RecvError::Closed)) => return false,
            Ok(Err(broadcast::error::RecvError::Lagged(_))) => return true,
            Ok(Ok((_, event))) if is_about(&event, id) => return true,
            Ok(Ok(_)) => {}
        }
    }
}

/// Waits until a deployment has ended, or may have.
async fn end(events: &mut broadcast::Receiver<(AccountId, Event)>, id: DeploymentId) {
    loop {
        match events.recv().await {
            Ok((_, Event::Deployment { deployment }))
                if deployment.id == id && deployment.state.is_final() =>
            {
                return;
            }
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

fn is_about(event: &Event, id: DeploymentId) -> bool {
    match event {
        Event::Deployment { deployment } => deployment.id == id,
        Event::Log { deployment_id, .. } => *deployment_id == id,
        Event::Resync
        | Event::Application { .. }
        | Event::Infrastructure { .. }
        | Event::InfrastructureGone { .. }
        | Event::Step { .. }
        | Event::Traffic { .. }
        | Event::Terminal { .. }
        | Event::TerminalGone { .. }
        | Event::Sharing { .. }
        | Event::Recording { .. }
        | Event::RecordingGone { .. }
        | Event::TutorialPreview { .. }
        | Event::TutorialPreviewGone { .. }
        | Event::Home { .. } => false,
    }
}
