//! A version's own check before it goes live: its macfile's action `check`.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use macfile::Hook;
use rollout::Input;
use shared::{AccountId, RunOptions};
use tokio::sync::OnceCell;

use super::{Journal, command::Ended, fill::fill, plan, run::Run, underway::Reach};
use crate::{Result, accounts, app::App, infrastructures, resources::Output};

/// The exit code by which a check says that it can't tell: `EX_TEMPFAIL` of `sysexits.h`.
const CANNOT_TELL: i32 = 75;
/// The variable by which a check finds the version.
const URL: &str = "MAC_VERSION_URL";
/// The name of the step that its commands are said to belong to.
const STEP: &str = "check";

/// Runs the check of a version, if it has one, with its output in the journal.
///
/// # Errors
/// The server could not run it, which says nothing of the version.
pub(super) async fn run(
    app: &App,
    account: AccountId,
    (name, version): (&str, &str),
    journal: Arc<Journal>,
    reach: Reach,
) -> Result<Input> {
    let found = infrastructures::by_version(app, account, name, version).await?;
    let blueprint = infrastructures::blueprint(app, found.id).await?;
    let plan = plan(&blueprint)?;
    let Some(hook) = plan.hook(Hook::Check).cloned() else {
        return Ok(Input::Healthy);
    };
    let endpoint = found.endpoint.map(|name| format!("http://{name}/"));
    let run = Run {
        app: app.clone(),
        tenant: accounts::tenant(app, account).await?,
        journal,
        id: found.id,
        blueprint,
        plan,
        options: RunOptions::default(),
        reach,
        variables: endpoint
            .map(|url| (URL.to_owned(), url))
            .into_iter()
            .collect(),
        place: OnceCell::new(),
        told: Mutex::default(),
        before: BTreeSet::new(),
    };
    let script = match fill(&run, STEP, &hook).await {
        Ok(script) => script,
        Err(failure) => {
            let why = format!("its check was not run: {}", failure.why);
            return Ok(Input::Inconclusive(why));
        }
    };
    Ok(verdict(&run.try_command(STEP, &script).await?))
}

/// What a check says by how it ended.
fn verdict(ended: &Ended) -> Input {
    match ended {
        Ended::Itself(output) => match output.exit_code {
            Some(0) => Input::Healthy,
            Some(CANNOT_TELL) => {
                Input::Inconclusive(format!("its check can't tell{}", said(output)))
            }
            Some(code) => Input::Unhealthy(format!("its check ended with {code}{}", said(output))),
            None => Input::Inconclusive("its check did not come to its end".into()),
        },
        Ended::Cancelled(_) => Input::Inconclusive("its check was ended".into()),
        Ended::Otherwise(_, why) => {
            Input::Inconclusive(format!("its check did not come to its end: {why}"))
        }
    }
}

/// The last line of what it wrote: of its errors, else of the rest.
fn said(output: &Output) -> String {
    let last = |text: &str| {
        let line = text.lines().rfind(|line| !line.trim().is_empty());
        line.map(|line| format!(": {}", line.trim()))
    };
    let said = last(&output.stderr).or_else(|| last(&output.stdout));
    said.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rollout::Input;

    use super::{Ended, Output, verdict};

    fn itself(code: i32, stdout: &str, stderr: &str) -> Input {
        verdict(&Ended::Itself(Output {
            exit_code: Some(code),
            stdout: stdout.into(),
            stderr: stderr.into(),
        }))
    }

    #[test]
    fn a_check_passes_fails_or_can_t_tell() {
        assert_eq!(itself(0, "all is well", "warning: old"), Input::Healthy);
        let bad = Input::Unhealthy("its check ended with 1: no page".into());
        assert_eq!(itself(1, "asking\n", "no page\n\n"), bad);
        let bad = Input::Unhealthy("its check ended with 3: slow".into());
        assert_eq!(itself(3, "slow\n", ""), bad);
        assert_eq!(
            itself(2, "", ""),
            Input::Unhealthy("its check ended with 2".into())
        );
        let open = Input::Inconclusive("its check can't tell: no traffic yet".into());
        assert_eq!(itself(75, "no traffic yet", ""), open);
        let killed = Ended::Otherwise(Output::default(), "signal 9 ended it".into());
        assert!(matches!(verdict(&killed), Input::Inconclusive(why) if why.contains("signal 9")));
    }
}
