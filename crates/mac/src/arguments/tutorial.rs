//! Of tutorials.

use std::path::PathBuf;

use clap::Subcommand;

/// What to do with tutorials.
#[derive(Debug, Subcommand)]
pub enum TutorialCommand {
    /// Says what is wrong with a tutorial's folder, and what is probably not meant; without a server.
    Lint {
        /// The folder; without it, this one.
        folder: Option<PathBuf>,
    },
    /// Shows a folder as a tutorial, to you alone, while you write it: the open page changes with each file
    /// that you save. Ctrl-C ends it.
    Preview {
        /// The folder; without it, this one.
        folder: Option<PathBuf>,
    },
    /// Does a tutorial of the server's from its first step to its last, in this shell's place: runs every
    /// command, solves what is left to a person, and waits until every task is done.
    Test {
        /// Its name.
        name: String,
        /// Seconds that a task may take until its check passes.
        #[arg(long, default_value_t = 180)]
        timeout: u64,
        /// A file in which to note that all of it could be done, beside what it says of others.
        #[arg(long, value_name = "FILE")]
        record: Option<std::path::PathBuf>,
    },
}
