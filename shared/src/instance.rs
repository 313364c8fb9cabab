//! Instances: servers of an infrastructure.

use serde::{Deserialize, Serialize};

use crate::{Id, Instant};

/// The id of an instance.
pub type InstanceId = Id<Instance>;

/// A server of an infrastructure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Its id.
    pub id: InstanceId,
    /// The name that the macfile gives it.
    pub name: String,
    /// The infrastructure's name.
    pub infrastructure: String,
    /// The infrastructure's version.
    pub version: String,
    /// The macfile's role that it plays.
    pub role: String,
    /// Who runs it, for example `amazon`.
    pub provider: String,
    /// Where, for example `ap-southeast-2`.
    pub location: String,
    /// The provider's own id, for example `i-0abc…`.
    pub provider_id: Option<String>,
    /// Its public address.
    pub public_address: Option<String>,
    /// Its private address.
    pub private_address: Option<String>,
    /// Where it stands.
    pub state: InstanceState,
    /// When it was asked for.
    pub created_at: Instant,
}

/// Where an instance stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstanceState {
    /// It was asked for.
    Creating,
    /// The provider says that it runs.
    Ready,
    /// The provider refused it, or it never ran.
    CreateFailed,
    /// It was asked to go.
    Destroying,
    /// It is gone.
    Destroyed,
    /// It could not be destroyed, and may still cost.
    DestroyFailed,
}

/// What an instance wrote on its console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceLog {
    /// The console's text.
    pub text: String,
}
