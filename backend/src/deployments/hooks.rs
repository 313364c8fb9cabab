//! The actions of a version's macfile that are called at a certain time, see [`Hook`].

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use macfile::Hook;
use shared::{AccountId, RunOptions};
use tokio::sync::OnceCell;

use super::{Journal, command::Ended, fill::fill, plan, run::Run, underway::Reach};
use crate::{Result, accounts, app::App, infrastructures, resources::Output};

/// The variable by which an action finds the version.
const URL: &str = "MAC_VERSION_URL";
/// The variable that says which version it is.
const VERSION: &str = "MAC_VERSION";

/// Whose actions are called, and where they write what they do.
#[derive(Clone)]
pub(super) struct Caller {
    pub app: App,
    pub account: AccountId,
    /// The application's name.
    pub name: String,
    pub journal: Arc<Journal>,
    pub reach: Reach,
}

impl Caller {
    /// A version whose actions can be called; each takes as long as a step may, or as long as is said.
    pub async fn version(&self, version: &str, longest: Option<Duration>) -> Result<Run> {
        let (app, account) = (&self.app, self.account);
        let found = infrastructures::by_version(app, account, &self.name, version).await?;
        let blueprint = infrastructures::blueprint(app, found.id).await?;
        let url = found.endpoint.map(|name| format!("http://{name}/"));
        let url = url.map(|url| (URL.to_owned(), url));
        let mut options = RunOptions::default();
        if let Some(longest) = longest {
            options.step_timeout_seconds = u32::try_from(longest.as_secs()).unwrap_or(u32::MAX);
        }
        Ok(Run {
            app: app.clone(),
            tenant: accounts::tenant(app, account).await?,
            journal: self.journal.clone(),
            id: found.id,
            plan: plan(&blueprint)?,
            blueprint,
            options,
            then: None,
            reach: self.reach.clone(),
            variables: url
                .into_iter()
                .chain([(VERSION.to_owned(), version.to_owned())])
                .collect(),
            place: OnceCell::new(),
            told: Mutex::default(),
            before: BTreeSet::new(),
        })
    }
}

/// Calls an action of a version; none when its macfile has no such one.
///
/// # Errors
/// The server could not run it, which says nothing of the version.
pub(super) async fn call(run: &Run, hook: Hook) -> Result<Option<Ended>> {
    let Some(command) = run.plan.hook(hook) else {
        return Ok(None);
    };
    let step = hook.name();
    match fill(run, step, command).await {
        Ok(script) => run.try_command(step, &script).await.map(Some),
        Err(failure) => Ok(Some(Ended::Otherwise(Output::default(), failure.why))),
    }
}

/// The last line of what a command wrote: of its errors, else of the rest; with a colon before.
pub(super) fn said(output: &Output) -> String {
    let said = last_line(&output.stderr).or_else(|| last_line(&output.stdout));
    said.map(|line| format!(": {line}")).unwrap_or_default()
}

/// The last line that is not empty.
pub(super) fn last_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).rfind(|line| !line.is_empty())
}
