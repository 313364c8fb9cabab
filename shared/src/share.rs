//! Links by which somebody without an account watches a terminal, or types into it.

use std::{fmt, ops::RangeInclusive};

use serde::{Deserialize, Serialize};

use crate::{Id, Instant, TerminalId, terminal::Role};

/// The id of a link.
pub type ShareId = Id<Share>;

/// How long a link may last, in seconds: from five minutes to a day.
pub const SHARE_LASTS_S: RangeInclusive<u32> = 5 * 60..=24 * 3600;
/// How many links to a terminal there may be at a time.
pub const MOST_SHARES: usize = 10;
/// How many may be there by one link at a time.
pub const MOST_VISITS: usize = 20;

/// A link to a terminal, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Share {
    /// Its id.
    pub id: ShareId,
    /// What who comes by it may do.
    pub role: Role,
    /// Whom it is for, as typed.
    pub label: Option<String>,
    /// When it was made.
    pub created_at: Instant,
    /// When it ends by itself, and closes the pages of who came by it.
    pub expires_at: Instant,
}

/// Asks for a link to a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewShare {
    /// What who comes by it may do.
    pub role: Role,
    /// How long it lasts, in seconds, within [`SHARE_LASTS_S`].
    #[cfg_attr(feature = "openapi", schema(minimum = 300, maximum = 86400))]
    pub lasts_s: u32,
    /// Whom it is for, at most [`crate::terminal::MOST_OF_A_NAME`] characters.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 60))]
    pub label: Option<String>,
}

/// A link that was made, with what is shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeShare {
    /// The link.
    pub share: Share,
    /// The page that it leads to. The secret is behind `#`, which browsers send to nobody.
    pub url: String,
}

impl fmt::Debug for MadeShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MadeShare")
            .field("share", &self.share)
            .finish_non_exhaustive()
    }
}

/// The links to a terminal, and who looks at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sharing {
    /// Which terminal.
    pub terminal: TerminalId,
    /// Its links, oldest first.
    pub shares: Vec<Share>,
    /// Each page that shows it, longest first.
    pub watching: Vec<Watcher>,
}

impl Sharing {
    /// How many have come by links.
    pub fn visitors(&self) -> usize {
        let by_link = |watcher: &&Watcher| watcher.share.is_some();
        self.watching.iter().filter(by_link).count()
    }
}

/// Somebody's page that shows a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Watcher {
    /// What they call themselves, or for example `Guest 1`; the account's own name for its own pages.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The link that they came by; none for the account's own pages.
    pub share: Option<ShareId>,
    /// Since when.
    pub since: Instant,
}
