//! Infrastructures: a macfile's name and version, with its instances and resources.

use serde::{Deserialize, Serialize};

use crate::{Id, Instance, Instant, Resource};

/// The id of an infrastructure.
pub type InfrastructureId = Id<Infrastructure>;

/// A macfile's name and version, with what was made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// Where an infrastructure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
pub struct InfrastructureDetail {
    /// The infrastructure.
    pub infrastructure: Infrastructure,
    /// Its instances, oldest first.
    pub instances: Vec<Instance>,
    /// Its resources, oldest first.
    pub resources: Vec<Resource>,
    /// The macfile as it was given, with its parameters not yet filled in.
    pub macfile: String,
}

/// Asks to make an infrastructure from a macfile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateInfrastructure {
    /// The macfile's text.
    pub macfile: String,
    /// Parameters by name; they fill `{NAME}` in the text.
    #[serde(default)]
    pub parameters: std::collections::BTreeMap<String, String>,
    /// The folder that commands run in, relative to the account's home.
    #[serde(default)]
    pub folder: String,
}
