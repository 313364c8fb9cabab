//! Visits to a terminal, by a link and without an account.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Id, Instant, terminal::Role};

/// The id of a visit.
pub type VisitId = Id<Visit>;

/// Asks to be let in by a link.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewVisit {
    /// The secret of the link: what is behind its `#`.
    pub secret: String,
    /// How the visitor wants to be called, at most [`crate::terminal::MOST_OF_A_NAME`] characters.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 60))]
    pub name: Option<String>,
}

impl fmt::Debug for NewVisit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewVisit")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A visitor is let in: to this one terminal, and to nothing else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Visit {
    /// Opens the terminal's websocket once, within half a minute.
    pub ticket: String,
    /// How the visitor is called.
    pub name: String,
    /// How the terminal is called.
    pub terminal: String,
    /// The name of the account that shares it.
    pub by: String,
    /// What the visitor may do.
    pub role: Role,
    /// When the link ends.
    pub expires_at: Instant,
}

impl fmt::Debug for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visit")
            .field("name", &self.name)
            .field("terminal", &self.terminal)
            .finish_non_exhaustive()
    }
}
