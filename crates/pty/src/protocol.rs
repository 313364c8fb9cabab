//! What the server and the host say to each other at `/control`: JSON, one answer per request.

use std::path::PathBuf;

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
    /// Record what a terminal writes.
    Record {
        /// The caller's name for the terminal.
        id: String,
        /// How.
        record: Record,
    },
    /// Stop recording a terminal, and answer when all is written.
    StopRecording {
        /// The caller's name for the terminal.
        id: String,
    },
    /// Mark this moment in the recording of a terminal.
    Mark {
        /// The caller's name for the terminal.
        id: String,
        /// The id of what began, a UUID's bytes.
        label: [u8; 16],
    },
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
    /// The moment was marked; in which recording, when in milliseconds of that, and at which offset.
    Marked(String, u64, u64),
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
    /// How it is recorded, if it is.
    #[serde(default)]
    pub recording: Option<Recorded>,
}

/// How to record a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The caller's name for the recording.
    pub name: String,
    /// The folder to make for it.
    pub folder: PathBuf,
    /// How much to keep of what the shell writes, in bytes; of more, what is in the middle goes.
    pub most_bytes: u64,
}

/// How a terminal is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The caller's name for the recording.
    pub name: String,
    /// How much is kept of what the shell wrote.
    pub kept_bytes: u64,
    /// How much of it is missing.
    pub missing_bytes: u64,
    /// What went wrong last, as a sentence.
    pub trouble: Option<String>,
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
