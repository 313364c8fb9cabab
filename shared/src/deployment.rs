//! Deployments: one attempt to make a version, promote it, roll back to it, or destroy it.

use serde::{Deserialize, Serialize};

use crate::{Id, Instant};

/// The id of a deployment.
pub type DeploymentId = Id<Deployment>;

/// One attempt to make a version, promote it, roll back to it, or destroy it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Deployment {
    /// Its id.
    pub id: DeploymentId,
    /// What it attempts.
    pub kind: DeploymentKind,
    /// The application's name.
    pub application: String,
    /// The version that it is about.
    pub version: String,
    /// The version that was live when it began.
    pub from_version: Option<String>,
    /// Where it stands.
    pub state: DeploymentState,
    /// When its present state ends by itself: watching, or draining.
    #[serde(default)]
    pub until: Option<Instant>,
    /// The step that it is at, or ended at, in words.
    pub step: Option<String>,
    /// Why it failed, went back or waits for a person, in words.
    pub error: Option<String>,
    /// Why somebody started it, as they typed it.
    pub reason: Option<String>,
    /// The name of the account that started it.
    pub started_by: String,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it ended.
    pub finished_at: Option<Instant>,
}

/// What a deployment attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeploymentKind {
    /// Make a version from a macfile.
    Create,
    /// Make a version live.
    Promote,
    /// Make a version live again that was live before.
    RollBack,
    /// Destroy a version.
    Destroy,
}

/// Where a deployment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeploymentState {
    /// Accepted; another one of the same application is active.
    Queued,
    /// The macfile's steps are being carried out.
    Provisioning,
    /// The version's health is being asked for.
    Checking,
    /// A person is asked whether the address is to be moved.
    AwaitingApproval,
    /// The address is being moved.
    Switching,
    /// The new version is live and is watched; the old one is as it was.
    Baking,
    /// The address is being moved back to the version before.
    RollingBack,
    /// Requests that the old version accepted are being finished.
    Draining,
    /// The macfile's destroy commands are being carried out.
    Destroying,
    /// It did what it was asked to.
    Succeeded,
    /// The version before is live again; `error` says why.
    RolledBack,
    /// It ended without; `error` says why.
    Failed,
    /// Somebody ended it; what was made stays.
    Cancelled,
    /// It was cut short, and a person must look; `error` says what is known.
    NeedsAttention,
}

impl DeploymentState {
    /// Whether its version is live and the one before is still warm: it can be taken back, or given
    /// more time.
    pub fn is_watched(self) -> bool {
        matches!(self, Self::Baking | Self::Draining)
    }

    /// Whether nothing more will happen by itself.
    pub fn is_final(self) -> bool {
        match self {
            Self::Succeeded
            | Self::RolledBack
            | Self::Failed
            | Self::Cancelled
            | Self::NeedsAttention => true,
            Self::Queued
            | Self::Provisioning
            | Self::Checking
            | Self::AwaitingApproval
            | Self::Switching
            | Self::Baking
            | Self::RollingBack
            | Self::Draining
            | Self::Destroying => false,
        }
    }
}

/// The server that carries deployments out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Controller {
    /// Its number; each that takes the place of another one has a higher one.
    pub number: u64,
    /// Since when it does.
    pub since: Instant,
    /// When it was last heard of.
    pub heard_at: Instant,
}

/// A deployment with its steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeploymentDetail {
    /// The deployment.
    pub deployment: Deployment,
    /// Its steps in order.
    pub steps: Vec<Step>,
}

/// One journalled step of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Step {
    /// Its place, from 0.
    pub position: u32,
    /// What it does, for example `load_balancer_01: create`.
    pub name: String,
    /// Where it stands.
    pub state: StepState,
    /// The command's exit code, once it has one.
    pub exit_code: Option<i32>,
    /// When it began.
    pub started_at: Option<Instant>,
    /// When it ended.
    pub finished_at: Option<Instant>,
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// It has not begun.
    Waiting,
    /// It was begun; its intent is in the journal.
    Running,
    /// It did what it should.
    Done,
    /// It failed.
    Failed,
    /// Somebody ended it while it ran.
    Cancelled,
    /// The server ended while it ran, so its outcome is not known.
    Interrupted,
    /// It will not run, as an earlier one failed.
    Skipped,
}

/// One line of a deployment's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogLine {
    /// Its number in this deployment, from 1, without gaps.
    pub seq: u64,
    /// When it was written.
    pub at: Instant,
    /// Where it comes from.
    pub stream: LogStream,
    /// The line without its end.
    pub text: String,
}

/// Where a log line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LogStream {
    /// The server says what it does.
    Note,
    /// A command's standard output.
    Stdout,
    /// A command's standard error.
    Stderr,
}

/// A part of a deployment's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogPage {
    /// The lines, oldest first.
    pub lines: Vec<LogLine>,
    /// The deployment as it stood when the lines were read.
    pub deployment: Deployment,
}

/// Asks for more time before what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Prolong {
    /// How many seconds more, at most a day.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 86_400))]
    pub seconds: u32,
}

/// Asks to move an application's address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeApplication {
    /// [`DeploymentKind::Promote`] or [`DeploymentKind::RollBack`].
    pub kind: DeploymentKind,
    /// The version to make live.
    pub version: String,
    /// The version that the asker saw as live; another one now is answered with a conflict.
    pub expected_live: Option<String>,
    /// Why, as typed.
    #[serde(default)]
    pub reason: Option<String>,
}
