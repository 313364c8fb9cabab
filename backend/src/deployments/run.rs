//! What creating and destroying a version share: its plan, its journal, its commands, and how a
//! step fails.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use macfile::{InstanceFacts, Plan};
use sandbox::Workplace;
use shared::{ChangeApplication, InfrastructureId, ResourceState, RunOptions, RunsAt, StepState};
use tokio::sync::OnceCell;

use super::{
    Journal,
    command::{self, Ended, Until},
    underway::Reach,
};
use crate::{
    Error, Result,
    accounts::Tenant,
    app::App,
    home,
    infrastructures::{self, Blueprint},
    instances,
    resources::{self, Output},
};

/// Pages are told how a version stands no more often than they can be read.
const BREATH: Duration = Duration::from_millis(250);

/// One version that is being made or destroyed.
pub(super) struct Run {
    pub app: App,
    pub tenant: Tenant,
    pub journal: Arc<Journal>,
    pub id: InfrastructureId,
    pub blueprint: Blueprint,
    pub plan: Plan,
    pub options: RunOptions,
    /// The change of the address that follows once all of it is made.
    pub then: Option<ChangeApplication>,
    pub reach: Reach,
    /// What its commands find in their environment besides what all have.
    pub variables: Vec<(String, String)>,
    pub place: OnceCell<Workplace>,
    /// When open pages were told last how the version stands.
    pub told: Mutex<Option<Instant>>,
    /// The resources that were there when this began.
    pub before: BTreeSet<String>,
}

/// Why a step did not do what it should.
#[derive(Debug)]
pub(super) struct Failure {
    /// Why, in words.
    pub why: String,
    /// How its command ended.
    pub exit_code: Option<i32>,
    /// Where the step stands then.
    pub state: StepState,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if matches!(error, Error::Database(_) | Error::Internal(_)) {
            tracing::error!("a step failed: {:#}", anyhow::Error::from(error));
            return "the server failed; its log has the reason"
                .to_owned()
                .into();
        }
        error.to_string().into()
    }
}

impl From<String> for Failure {
    fn from(why: String) -> Self {
        Self {
            why,
            exit_code: None,
            state: StepState::Failed,
        }
    }
}

impl From<macfile::FillError> for Failure {
    fn from(error: macfile::FillError) -> Self {
        error.to_string().into()
    }
}

impl Failure {
    /// Somebody ended the deployment.
    pub fn cancelled() -> Self {
        Self {
            why: "it was cancelled".into(),
            exit_code: None,
            state: StepState::Cancelled,
        }
    }
}

impl Run {
    /// Runs lines of shell for a step, and returns what they wrote and whether they ended well.
    pub async fn command(&self, step: &str, script: &str) -> (Output, Result<(), Failure>) {
        match self.try_command(step, script).await {
            Ok(Ended::Itself(output)) => {
                let judged = well(&output);
                (output, judged)
            }
            Ok(Ended::Cancelled(output)) => (output, Err(Failure::cancelled())),
            Ok(Ended::Otherwise(output, why)) => {
                let why = format!("its command did not come to its end: {why}");
                (output, Err(why.into()))
            }
            Err(error) => {
                let failure = Failure::from(error);
                let output = Output {
                    stderr: failure.why.clone(),
                    ..Output::default()
                };
                let why = format!("its command did not come to its end: {}", failure.why);
                (output, Err(Failure { why, ..failure }))
            }
        }
    }

    /// Runs lines of shell for a step, and returns how that ended.
    pub async fn try_command(&self, step: &str, script: &str) -> Result<Ended> {
        self.journal.note(format!("$ {}", script.trim())).await?;
        // what is about to happen is on the disk before it does
        self.journal.written().await?;
        let until = Until {
            timeout: Duration::from_secs(self.options.step_timeout_seconds.into()),
            cancel: self.reach.cancel.clone(),
        };
        match self.options.runs_at {
            RunsAt::Server => {
                let folder = format!("/home/user/{}", self.blueprint.folder);
                let place = self.place().await?;
                command::run_here(place, &self.journal, &folder, script, &until).await
            }
            RunsAt::Client => {
                let errands = &self.reach.errands;
                command::run_there(errands, &self.journal, step, script, &until).await
            }
        }
    }

    /// The account's sandbox in which the commands of this run are, opened by the first.
    async fn place(&self) -> Result<&Workplace> {
        let open = async || {
            let mut spec = home::spec(&self.app, &self.tenant, &[]).await?;
            // nobody is there to leaf through pages
            spec.env.push(("AWS_PAGER".to_owned(), String::new()));
            spec.env.extend(self.variables.iter().cloned());
            let place = self.app.sandboxes()?.workplace(spec).await;
            Ok(place.map_err(anyhow::Error::from)?)
        };
        self.place.get_or_try_init(open).await
    }

    /// What is known by now of what was made.
    pub async fn known(&self) -> Result<macfile::Known> {
        self.journal.written().await?;
        let account = self.tenant.account.id;
        let resources = resources::of(&self.app, self.id).await?;
        let outputs = resources
            .into_iter()
            .filter(|resource| has_printed(resource.state))
            .map(|resource| (resource.name, resource.stdout))
            .collect();
        let mut known = Vec::new();
        for instance in instances::with_steps(&self.app, account, self.id).await? {
            known.push(self.facts(instance).await?);
        }
        Ok(macfile::Known {
            outputs,
            actions: std::collections::BTreeMap::new(),
            instances: known,
        })
    }

    /// What is known of an instance; it may not have told of itself yet.
    async fn facts(&self, known: instances::Known) -> Result<InstanceFacts> {
        let account = self.tenant.account.id;
        let facts = match instances::facts(&self.app, account, known.instance.id).await {
            Ok(facts) => facts,
            Err(Error::Unavailable(_)) => Default::default(),
            Err(error) => return Err(error),
        };
        Ok(InstanceFacts {
            role: known.instance.role.unwrap_or_default(),
            step: known.step,
            public_address: known.instance.public_address,
            private_address: known.instance.private_address,
            facts,
        })
    }

    /// Tells open pages how the version stands, if that was not just done: a step tells of itself,
    /// and the last word is told with the version's state.
    pub async fn tell(&self) -> Result<()> {
        {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.is_some_and(|at| at.elapsed() < BREATH) {
                return Ok(());
            }
            *told = Some(Instant::now());
        }
        infrastructures::tell(&self.app, self.tenant.account.id, self.id).await
    }
}

/// Whether what the create command printed is to be relied on: destroy commands refer to what
/// others printed while those are on their way out themselves.
fn has_printed(state: ResourceState) -> bool {
    match state {
        ResourceState::Ready
        | ResourceState::Destroying
        | ResourceState::Destroyed
        | ResourceState::DestroyFailed => true,
        ResourceState::Creating | ResourceState::CreateFailed => false,
    }
}

/// An output that ended well, or why it did not.
fn well(output: &Output) -> Result<(), Failure> {
    let last = output.stderr.lines().rfind(|line| !line.trim().is_empty());
    let said = last
        .map(|line| format!(": {}", line.trim()))
        .unwrap_or_default();
    match output.exit_code {
        Some(0) => Ok(()),
        Some(code) => Err(Failure {
            why: format!("its command ended with {code}{said}"),
            exit_code: Some(code),
            state: StepState::Failed,
        }),
        None => Err(format!("its command did not come to its end{said}").into()),
    }
}
