//! What can go wrong when a sandbox is started.

use std::io;

/// A result whose error is a sandbox's.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a sandbox did not start, or could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// This machine does not isolate well enough, for the reasons that are listed.
    #[error("sandboxes are disabled here: {0}")]
    Disabled(String),
    /// The sandbox did not come up.
    #[error("the sandbox did not start: {0}")]
    Start(String),
    /// There is no terminal in a machine, for this reason.
    #[error("there is no terminal: {0}")]
    NoTerminal(String),
    /// Nothing in the sandbox listens on that port.
    #[error("nothing listens on port {0}")]
    Refused(u16),
    /// The operating system refused something.
    #[error("could not {doing}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
}

/// Says what was being done when an I/O error came.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T>;
}

impl<T, E: Into<io::Error>> Doing<T> for std::result::Result<T, E> {
    fn doing(self, doing: &'static str) -> Result<T> {
        self.map_err(|error| Error::Io {
            doing,
            source: error.into(),
        })
    }
}
