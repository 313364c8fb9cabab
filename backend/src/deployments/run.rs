//! What creating and destroying a version share: its plan, its journal, and how a step fails.

use macfile::{InstanceFacts, Plan};
use shared::{InfrastructureId, ResourceState, Step, StepState};

use super::{Journal, command};
use crate::{
    Error, Result,
    accounts::Tenant,
    app::App,
    infrastructures::{self, Blueprint},
    instances,
    resources::{self, Output},
};

/// One version that is being made or destroyed.
pub(super) struct Run {
    pub app: App,
    pub tenant: Tenant,
    pub journal: Journal,
    pub id: InfrastructureId,
    pub blueprint: Blueprint,
    pub plan: Plan,
}

/// Why a step did not do what it should.
pub(super) struct Failure {
    /// Why, in words.
    pub why: String,
    /// How its command ended.
    pub exit_code: Option<i32>,
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
        }
    }
}

impl From<macfile::FillError> for Failure {
    fn from(error: macfile::FillError) -> Self {
        error.to_string().into()
    }
}

impl Run {
    /// Runs a line of shell, and returns what it wrote; [`well`] says whether it ended well.
    ///
    /// A command that could not be run ended without a code, and says why.
    pub async fn command(&self, script: &str) -> Output {
        let ran = self.try_command(script).await;
        ran.unwrap_or_else(|error| Output {
            exit_code: None,
            stdout: None,
            stderr: Failure::from(error).why,
        })
    }

    async fn try_command(&self, script: &str) -> Result<Output> {
        self.journal.note(format!("$ {}", script.trim())).await?;
        let folder = &self.blueprint.folder;
        command::run(&self.app, &self.tenant, &self.journal, folder, script).await
    }

    /// What is known by now of what was made.
    pub async fn known(&self) -> Result<macfile::Known> {
        let account = self.tenant.account.id;
        let resources = resources::of(&self.app, self.id).await?;
        let outputs = resources
            .into_iter()
            .filter(|resource| resource.state == ResourceState::Ready)
            .map(|resource| (resource.name, resource.stdout))
            .collect();
        let instances = instances::with_steps(&self.app, account, self.id).await?;
        Ok(macfile::Known {
            outputs,
            actions: std::collections::BTreeMap::new(),
            instances: instances.into_iter().map(facts).collect(),
        })
    }

    /// Writes how a step ended.
    pub async fn step_ends(&self, step: &mut Step, ended: &Result<(), Failure>) -> Result<()> {
        let (state, exit_code) = match ended {
            Ok(()) => (StepState::Done, None),
            Err(failure) => (StepState::Failed, failure.exit_code),
        };
        self.journal.step_ends(step, state, exit_code).await
    }

    /// Tells open pages how the version stands.
    pub async fn tell(&self) -> Result<()> {
        infrastructures::tell(&self.app, self.tenant.account.id, self.id).await
    }
}

/// An output that ended well, or why it did not.
pub(super) fn well(output: &Output) -> Result<(), Failure> {
    let last = output.stderr.lines().rfind(|line| !line.trim().is_empty());
    let said = last
        .map(|line| format!(": {}", line.trim()))
        .unwrap_or_default();
    match output.exit_code {
        Some(0) => Ok(()),
        Some(code) => Err(Failure {
            why: format!("its command ended with {code}{said}"),
            exit_code: Some(code),
        }),
        None => Err(format!("its command did not come to its end{said}").into()),
    }
}

fn facts(known: instances::Known) -> InstanceFacts {
    InstanceFacts {
        role: known.instance.role.unwrap_or_default(),
        step: known.step,
        public_address: known.instance.public_address,
        private_address: known.instance.private_address,
        facts: std::collections::BTreeMap::new(),
    }
}
