//! What the server and the host say to each other at `/control`: JSON, one answer per request.

use sandbox::Spec;
use serde::{Deserialize, Serialize};
use shared::terminal::Role;

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
    /// Close the pages of a login that counts no longer.
    Dismiss {
        /// The login, as the pages' [`Visitor`] has it.
        login: String,
    },
    /// Hold what there is until it ends, and then end: another build has taken over.
    Drain,
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
    /// The pages that show it.
    pub viewers: Vec<Viewing>,
    /// For how long no page has shown it, in seconds; nothing while one does.
    pub alone_s: Option<u64>,
}

/// A page that shows a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewing {
    /// Whom it is shown to.
    #[serde(flatten)]
    pub visitor: Visitor,
    /// For how long, in seconds.
    #[serde(default)]
    pub for_s: u64,
}

/// Whom a page is shown to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Visitor {
    /// What it may do.
    pub role: Role,
    /// By which login, as the server calls it: of letters, digits and dashes.
    pub login: String,
}
