//! What the server and the host say to each other at `/control`: JSON, one answer per request.

use sandbox::Spec;
use serde::{Deserialize, Serialize};

/// Asks for something.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Request {
    /// Start a program on a new terminal.
    Launch {
        /// The caller's name for it.
        id: String,
        /// What to run.
        spec: Box<Spec>,
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
    },
    /// Tell which terminals there are.
    List,
    /// End a terminal and forget it.
    End {
        /// The caller's name for it.
        id: String,
    },
}

/// Answers a request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// It was done.
    Done,
    /// The terminals.
    Terminals(Vec<Listed>),
    /// It was not done, because of this.
    Refused(String),
}

/// A terminal that a host holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The name it was launched with.
    pub id: String,
    /// Its exit code once it ended: the program's, or 128 plus the signal's number.
    pub exit: Option<i32>,
    /// How many pages show it.
    pub viewers: usize,
}
