//! Resources: what a macfile's commands made.

use serde::{Deserialize, Serialize};

use crate::{Id, Instant};

/// The id of a resource.
pub type ResourceId = Id<Resource>;

/// Something that a macfile's create command made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Resource {
    /// Its id.
    pub id: ResourceId,
    /// The macfile's key under `infrastructures`, for example `load_balancer_01`.
    pub name: String,
    /// The macfile's key under `resources`, for example `load_balancer`.
    pub kind: String,
    /// The infrastructure's name.
    pub infrastructure: String,
    /// The infrastructure's version.
    pub version: String,
    /// Where it stands.
    pub state: ResourceState,
    /// The exit code of the create command, once it has ended by itself.
    pub exit_code: Option<i32>,
    /// What the create command wrote to standard output.
    pub stdout: String,
    /// What the create command wrote to standard error.
    pub stderr: String,
    /// How the destroy command ended when it ran last.
    pub destroy: Option<DestroyRun>,
    /// When it was asked for.
    pub created_at: Instant,
}

/// How a destroy command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DestroyRun {
    /// Its exit code; none when it did not come to its end.
    pub exit_code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

/// Where a resource stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ResourceState {
    /// Its create command runs.
    Creating,
    /// Its create command ended well.
    Ready,
    /// Its create command failed; it may exist in part.
    CreateFailed,
    /// Its destroy command runs.
    Destroying,
    /// Its destroy command ended well, or it has none.
    Destroyed,
    /// Its destroy command failed; it may still exist and cost.
    DestroyFailed,
}
