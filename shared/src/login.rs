//! What is signed in to an account: browsers by cookies, command lines by tokens.

use serde::{Deserialize, Serialize};

use crate::Instant;

/// Something that is signed in, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Login {
    /// What it is revoked by.
    pub id: String,
    /// How it shows its secret.
    pub kind: LoginKind,
    /// What it is for, as typed; `browser` for a browser.
    pub name: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last used, a few minutes exact; none before its first use.
    pub used_at: Option<Instant>,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

/// How a login shows its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LoginKind {
    /// A browser's cookie.
    Cookie,
    /// A token.
    Token,
    /// The token that the account's own terminals and commands have.
    Home,
}
