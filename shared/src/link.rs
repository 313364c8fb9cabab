//! Links by which somebody without an account answers a deployment that waits.

use serde::{Deserialize, Serialize};

use crate::{Deployment, Instant};

/// A link that was made, with what is shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Link {
    /// The page that it leads to. Whoever has it may answer, once.
    pub url: String,
    /// Until when.
    pub expires_at: Instant,
}

/// What a link is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Linked {
    /// The deployment that waits, or waited.
    pub deployment: Deployment,
    /// The application's address.
    pub address: String,
    /// Until when it can be answered.
    pub expires_at: Instant,
    /// When it was answered by this link.
    pub used_at: Option<Instant>,
}

/// An answer by a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkAnswer {
    /// What is answered.
    pub answer: Answer,
    /// Who answers, as typed; it is written down with the answer.
    pub name: String,
    /// Why, as typed.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It may go live.
    Approve,
    /// It may not.
    Reject,
}
