//! Server configurations: scripts that are ready to be used.

use serde::{Deserialize, Serialize};

/// A script that is ready to be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Configuration {
    /// The name that macfiles use.
    pub tag: String,
    /// Its title.
    pub name: String,
    /// What it does.
    pub summary: String,
    /// Where it is described.
    pub url: String,
    /// The script.
    pub script: String,
}
