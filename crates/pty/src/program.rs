//! What runs on a terminal.

use std::{os::unix::process::ExitStatusExt as _, process::ExitStatus};

use sandbox::Running;
use tracing::warn;

/// What runs on a terminal; it ends when this is dropped.
pub(crate) struct Program(pub(crate) Running);

/// The code of what ended without one.
const UNKNOWN: i32 = -1;

impl Program {
    /// Waits for its end: its exit code, or 128 plus the signal's number.
    pub(crate) async fn wait(&mut self) -> i32 {
        self.0.wait().await.map_or(UNKNOWN, of_status)
    }

    /// Ends it with all that it started.
    pub(crate) async fn kill(mut self) -> i32 {
        if let Err(error) = self.0.kill().await {
            warn!("a terminal's program did not end: {error}");
        }
        self.wait().await
    }
}

fn of_status(status: ExitStatus) -> i32 {
    let signal = || status.signal().map(|signal| 128 + signal);
    status.code().or_else(signal).unwrap_or(UNKNOWN)
}
