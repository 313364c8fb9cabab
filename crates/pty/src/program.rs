//! What runs on a terminal.

use std::{os::unix::process::ExitStatusExt as _, process::ExitStatus};

use sandbox::{Line, Outcome, Running};
use tracing::warn;

/// What runs on a terminal; it ends when this is dropped.
pub(crate) enum Program {
    /// It was started here.
    Here(Running),
    /// It runs in a machine that another process has.
    There(Line),
}

/// The code of what ended without one.
const UNKNOWN: i32 = -1;

impl Program {
    /// Waits for its end: its exit code, or 128 plus the signal's number.
    pub(crate) async fn wait(&mut self) -> i32 {
        match self {
            Self::Here(running) => running.wait().await.map_or(UNKNOWN, of_status),
            // a machine that ends takes the line with it
            Self::There(line) => line.wait().await.map_or(UNKNOWN, of_outcome),
        }
    }

    /// Ends it with all that it started.
    pub(crate) async fn kill(mut self) -> i32 {
        match &mut self {
            Self::Here(running) => {
                if let Err(error) = running.kill().await {
                    warn!("a terminal's program did not end: {error}");
                }
                self.wait().await
            }
            // it ends as nobody listens to the line any more
            Self::There(_) => UNKNOWN,
        }
    }
}

fn of_status(status: ExitStatus) -> i32 {
    let signal = || status.signal().map(|signal| 128 + signal);
    status.code().or_else(signal).unwrap_or(UNKNOWN)
}

fn of_outcome(outcome: Outcome) -> i32 {
    match outcome {
        Outcome::Exited(code) => code,
        Outcome::Signalled(signal) => 128 + signal,
        Outcome::NotStarted(why) => {
            warn!("a terminal's program was not started: {why}");
            UNKNOWN
        }
    }
}
