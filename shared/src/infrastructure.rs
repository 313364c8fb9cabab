//! Infrastructures: a macfile's name and version, with its instances and resources.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Id, Instance, Instant, Resource};

/// The id of an infrastructure.
pub type InfrastructureId = Id<Infrastructure>;

/// A macfile's name and version, with what was made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Infrastructure {
    /// Its id.
    pub id: InfrastructureId,
    /// The macfile's name: the application it belongs to.
    pub name: String,
    /// The macfile's version.
    pub version: String,
    /// What the macfile says of itself.
    pub description: String,
    /// Where it stands.
    pub state: InfrastructureState,
    /// Whether the application's address leads here.
    pub live: bool,
    /// The host name that it serves under, once a resource or an instance has one.
    pub endpoint: Option<String>,
    /// What it does to the data that the versions share, if its macfile says so.
    pub data: Option<DataChange>,
    /// When it is destroyed by itself, as it is not live any more; none when somebody has to.
    #[serde(default)]
    pub retires_at: Option<Instant>,
    /// How many instances it has.
    pub instances: u32,
    /// How many resources it has.
    pub resources: u32,
    /// The name of the account that made it.
    pub created_by: String,
    /// When it was asked for.
    pub created_at: Instant,
    /// When its state last changed.
    pub updated_at: Instant,
}

/// Keeps a version for longer that is about to be destroyed by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeepVersion {
    /// For how many seconds more, at most 30 days; without a number until somebody destroys it.
    #[cfg_attr(feature = "openapi", schema(maximum = 2_592_000))]
    pub seconds: Option<u32>,
}

impl KeepVersion {
    /// The most that is given at once, in seconds.
    pub const LONGEST_SECONDS: u32 = 30 * 24 * 3600;
}

/// What a version does to the data that the versions share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DataChange {
    /// Nothing that the version before would notice.
    Compatible,
    /// It adds what the version before does not look at.
    Expand,
    /// It removes what the version before does not use any more.
    Contract,
    /// The version before can't work with it: there is no way back by a switch alone.
    OneWay,
}

impl DataChange {
    /// Whether the version before can go live again by a switch alone.
    pub fn keeps_the_way_back(self) -> bool {
        match self {
            Self::Compatible | Self::Expand | Self::Contract => true,
            Self::OneWay => false,
        }
    }
}

/// Where an infrastructure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum InfrastructureState {
    /// Its macfile is being carried out.
    Creating,
    /// All of it was made.
    Ready,
    /// Some of it could not be made; what was made still runs.
    CreateFailed,
    /// It is being destroyed, and never comes back.
    Destroying,
    /// Some of it could not be destroyed, and may still cost.
    DestroyFailed,
    /// All of it is gone.
    Destroyed,
}

/// An infrastructure with all its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InfrastructureDetail {
    /// The infrastructure.
    pub infrastructure: Infrastructure,
    /// Its instances, oldest first.
    pub instances: Vec<Instance>,
    /// Its resources, oldest first.
    pub resources: Vec<Resource>,
    /// The macfile as it was given, with its parameters not yet filled in.
    pub macfile: String,
    /// Where a browser finds what it serves, once it has an endpoint.
    pub link: Option<String>,
}

/// Asks to make an infrastructure from a macfile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateInfrastructure {
    /// The macfile's text.
    pub macfile: String,
    /// Parameters by name; they fill `{NAME}` in the text.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// The texts of the macfile's parents, by the names that it gives them.
    #[serde(default)]
    pub parents: BTreeMap<String, String>,
    /// The folder that commands run in, relative to the account's home.
    #[serde(default)]
    pub folder: String,
    /// How it is carried out.
    #[serde(default)]
    pub options: RunOptions,
}

/// How a macfile is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct RunOptions {
    /// What happens to what was made when a step fails.
    pub on_failure: OnFailure,
    /// How long each command may take, in seconds.
    pub step_timeout_seconds: u32,
    /// Whether commands that don't refer to each other run at the same time; else they run in
    /// the order of the file. Instances are launched at the same time in any case.
    pub parallel: bool,
    /// Where commands run.
    pub runs_at: RunsAt,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            on_failure: OnFailure::Keep,
            step_timeout_seconds: 30 * 60,
            parallel: false,
            runs_at: RunsAt::Server,
        }
    }
}

/// What happens to what was made when a step fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// It stays, to be looked at and resumed.
    Keep,
    /// All of it is destroyed.
    DestroyAll,
    /// What did not fail is destroyed; what failed stays, to be looked at.
    DestroyOthers,
}

/// Where a macfile's commands run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunsAt {
    /// On the server, in the account's own sandbox.
    Server,
    /// At the client that asked, which takes one after the other.
    Client,
}

/// A command that the client has to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClientCommand {
    /// Its number in the deployment, from 1.
    pub number: u64,
    /// The macfile's key that it belongs to.
    pub step: String,
    /// The lines of shell, for `bash -c`.
    pub script: String,
    /// How long it may take, in seconds.
    pub timeout_seconds: u32,
}

/// What a client's command wrote, or that it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ClientReport {
    /// It wrote to standard output.
    Stdout {
        /// What it wrote.
        text: String,
    },
    /// It wrote to standard error.
    Stderr {
        /// What it wrote.
        text: String,
    },
    /// It ended.
    Ended {
        /// Its exit code; none when a signal or its time ended it.
        exit_code: Option<i32>,
    },
}
