//! Whether a task of a tutorial is done, found out in the account's own sandbox or by what the product did.

use std::time::Duration;

use lesson::{Check, EventKind, ProductEvent};
use sandbox::Outcome;
use shared::{
    AccountId, DeploymentKind, DeploymentState, InfrastructureState,
    tutorial::{Checked, Solved},
};
use tokio::time::{Instant, timeout};

use crate::{Result, accounts::Tenant, app::App, deployments, home, infrastructures};

/// How much of what a script writes is read.
const MOST_BYTES: usize = 64 << 10;
/// How much of it is shown.
const SHOWN_CHARS: usize = 2000;
/// An answer is waited for as long as proxies leave a request unanswered.
const ANSWERED_WITHIN: Duration = Duration::from_secs(55);
/// What begins the line of a check's output that is for the reader.
const MESSAGE: &str = "FAIL: ";
/// What every script may call, as those of other platforms do.
const PRELUDE: &str = "fail-message() { echo \"FAIL: $*\"; }\n";

/// How a script went.
pub(super) struct Ran {
    exit_code: Option<i32>,
    output: String,
}

impl Ran {
    /// Whether it exited with 0.
    pub(super) fn passed(&self) -> bool {
        self.exit_code == Some(0)
    }

    /// The last of what it wrote.
    pub(super) fn tail(&self) -> String {
        last(&self.output)
    }

    /// What of it is for the reader: the lines that say so, else all.
    fn message(&self) -> Option<String> {
        let said = self.output.lines();
        let marked: Vec<&str> = said.filter_map(|line| line.strip_prefix(MESSAGE)).collect();
        let text = match marked.is_empty() {
            true => self.output.trim().to_owned(),
            false => marked.join("\n"),
        };
        (!text.is_empty()).then(|| last(&text))
    }
}

/// Finds out whether a task is done that was begun at an instant.
pub(super) async fn check(
    app: &App,
    tenant: &Tenant,
    check: &Check,
    begun_at: shared::Instant,
) -> Result<Checked> {
    let until = Instant::now() + ANSWERED_WITHIN;
    let each = Duration::from_secs(check.timeout_s.into());
    // each of three scripts, and all of them before nobody waits any more
    let left = || each.min(until.saturating_duration_since(Instant::now()));
    let mut message = None;
    if let Some(event) = &check.event
        && !has_happened(app, tenant.account.id, event, begun_at).await?
    {
        message = Some("It has not happened yet.".to_owned());
    } else if let Some(script) = &check.run {
        let ran = run(app, tenant, script, left()).await?;
        if ran.passed() {
            return Ok(Checked::Passed);
        }
        message = ran.message();
    } else if check.event.is_some() {
        return Ok(Checked::Passed);
    }
    if let Some(script) = &check.failcheck {
        let ran = run(app, tenant, script, left()).await?;
        // one that took too long says nothing
        if !ran.passed() && ran.exit_code.is_some() {
            let why = ran.message();
            let message = why.unwrap_or_else(|| "It cannot be done any more.".to_owned());
            return Ok(Checked::Broken { message });
        }
    }
    let hint = match &check.hintcheck {
        Some(script) => run(app, tenant, script, left()).await?.message(),
        None => None,
    };
    Ok(Checked::Waiting { message, hint })
}

/// Does a task for who doesn't get on.
pub(super) async fn solve(app: &App, tenant: &Tenant, script: &str) -> Result<Solved> {
    let ran = run(app, tenant, script, ANSWERED_WITHIN).await?;
    Ok(Solved {
        exit_code: ran.exit_code,
        output: ran.tail(),
    })
}

/// Runs a script in the account's sandbox, as its own shells do; what takes longer is ended.
pub(super) async fn run(app: &App, tenant: &Tenant, script: &str, within: Duration) -> Result<Ran> {
    let text = format!("{PRELUDE}{script}");
    let spec = home::spec(app, tenant, &["/bin/bash", "-c", &text]).await?;
    let running = app.sandboxes()?.spawn(spec).await;
    let running = running.map_err(anyhow::Error::from)?;
    let Ok(ended) = timeout(within, running.output(MOST_BYTES)).await else {
        let output = format!("FAIL: it took longer than {} seconds", within.as_secs());
        return Ok(Ran {
            exit_code: None,
            output,
        });
    };
    let ended = ended.map_err(anyhow::Error::from)?;
    let exit_code = match ended.outcome {
        Outcome::Exited(code) => Some(code),
        Outcome::Signalled(_) | Outcome::NotStarted(_) => None,
    };
    let both = [ended.stdout, ended.stderr].concat();
    Ok(Ran {
        exit_code,
        output: String::from_utf8_lossy(&both).into_owned(),
    })
}

/// The end of a text that is too long to be shown.
fn last(text: &str) -> String {
    let skipped = text.chars().count().saturating_sub(SHOWN_CHARS);
    text.chars().skip(skipped).collect()
}

/// Whether the product did something since an instant.
async fn has_happened(
    app: &App,
    account: AccountId,
    event: &ProductEvent,
    since: shared::Instant,
) -> Result<bool> {
    let names = |application: &str, version: &str| {
        let is_app = event.app.as_deref().is_none_or(|app| app == application);
        is_app && event.version.as_deref().is_none_or(|it| it == version)
    };
    let kind = match event.kind {
        EventKind::DeploymentPromoted => DeploymentKind::Promote,
        EventKind::DeploymentRolledBack => DeploymentKind::RollBack,
        EventKind::InfrastructureDestroyed => DeploymentKind::Destroy,
        EventKind::InfrastructureReady => {
            let all = infrastructures::list(app, account).await?;
            return Ok(all
                .iter()
                .any(|it| it.state == InfrastructureState::Ready && names(&it.name, &it.version)));
        }
    };
    let all = deployments::list(app, account).await?;
    Ok(all.iter().any(|deployment| {
        deployment.kind == kind
            && is_seen(deployment.state)
            && deployment.created_at >= since
            && names(&deployment.application, &deployment.version)
    }))
}

/// Whether people see what a deployment attempts.
fn is_seen(state: DeploymentState) -> bool {
    state.is_watched() || state == DeploymentState::Succeeded
}

#[cfg(test)]
mod tests {
    use super::Ran;

    fn message(output: &str) -> Option<String> {
        let ran = Ran {
            exit_code: Some(1),
            output: output.to_owned(),
        };
        ran.message()
    }

    #[test]
    fn what_a_check_says_to_the_reader_is_marked_or_is_all_that_it_says() {
        assert_eq!(message("\n"), None);
        assert_eq!(message("copy it first\n").unwrap(), "copy it first");
        let marked = "curl: (7)\nFAIL: nothing answers\nFAIL: at port 80\n";
        assert_eq!(message(marked).unwrap(), "nothing answers\nat port 80");
    }
}
