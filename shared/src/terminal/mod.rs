//! Terminals: the entity, and the frames of a terminal's websocket.
//!
//! One websocket per open tab, binary frames only: one type byte, then fixed little-endian
//! fields, then bytes. An offset (`seq`) counts the bytes that the shell has written since it
//! started; resume, acknowledgement and recording all use this one number.

mod frame;

pub use frame::{HostFrame, Malformed, PageFrame, Role};
use serde::{Deserialize, Serialize};

use crate::{Id, InstanceId, Instant};

/// The id of a terminal.
pub type TerminalId = Id<Terminal>;

/// A shell in a sandbox, which belongs to an account and not to a tab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Terminal {
    /// Its id.
    pub id: TerminalId,
    /// How it is shown, for example `Terminal 2`.
    pub name: String,
    /// Where it stands.
    pub state: TerminalState,
    /// When it was opened.
    pub created_at: Instant,
    /// When it ends by itself, unless it is given more time.
    #[serde(default)]
    pub ends_at: Option<Instant>,
    /// For how many seconds it is kept once no page shows it; without it, for good.
    #[serde(default)]
    pub keep_s: Option<u64>,
    /// Why it ended or was lost, as a sentence.
    #[serde(default)]
    pub reason: Option<String>,
    /// The machine that holds it, if that is another than the server's.
    #[serde(default)]
    pub machine: Option<String>,
}

/// Where a terminal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TerminalState {
    /// Its shell runs.
    Running,
    /// Its shell ended.
    Ended,
    /// The process that held it is gone.
    Lost,
}

/// Asks to open a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenTerminal {
    /// Columns.
    #[cfg_attr(feature = "openapi", schema(maximum = 65535))]
    pub cols: u16,
    /// Rows.
    #[cfg_attr(feature = "openapi", schema(maximum = 65535))]
    pub rows: u16,
    /// The instance that its shell runs on; without it, in the account's own sandbox.
    #[serde(default)]
    pub instance: Option<InstanceId>,
}

/// Asks to call a terminal something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RenameTerminal {
    /// Its new name, of 1 to [`MOST_OF_A_NAME`] characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 60))]
    pub name: String,
}

/// How many characters the name of a terminal has at most.
pub const MOST_OF_A_NAME: usize = 60;

impl OpenTerminal {
    /// Asks for one of that size in the account's own sandbox.
    pub const fn sized(cols: u16, rows: u16) -> Self {
        Self {
            cols,
            rows,
            instance: None,
        }
    }
}
