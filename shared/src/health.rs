//! What the server says of itself, to anybody.

use serde::{Deserialize, Serialize};

/// How the server is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// The server's version.
    pub version: String,
    /// How well shells and commands are kept apart.
    pub isolation: Isolation,
    /// What everybody who uses the server must know, for example that nothing is kept apart.
    pub warning: Option<String>,
    /// Why terminals are off; none when they are on.
    pub terminals_off: Option<String>,
    /// Why the emulated cloud is off; none when it is on.
    pub emulator_off: Option<String>,
}

/// How well shells and commands are kept apart on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Isolation {
    /// The level that was found by trying.
    pub level: IsolationLevel,
    /// What is missing for a better one, each with what would bring it.
    pub missing: Vec<String>,
}

/// Levels of isolation, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum IsolationLevel {
    /// Namespaces, a user id for each account, and limits over all of an account's processes.
    A,
    /// Namespaces and limits for each process.
    B,
    /// No namespaces: landlock, seccomp and a user id for each account.
    C,
    /// Nothing that separates.
    D,
}
