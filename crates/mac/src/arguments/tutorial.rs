//! Of tutorials.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

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
    /// Makes a tutorial's folder of a scenario of Killercoda's or Katacoda's, or of a track of Instruqt's; says
    /// what of it could not be carried over.
    Import {
        /// The folder, or its index.json or track.yml.
        from: PathBuf,
        /// The new folder; without it, one here that is called as the other.
        to: Option<PathBuf>,
        /// Writes over files that are there.
        #[arg(long)]
        force: bool,
    },
    /// Makes of a tutorial's folder what is read elsewhere.
    Export {
        /// The tutorial's folder.
        from: PathBuf,
        /// The new folder.
        to: PathBuf,
        /// What is made of it.
        #[arg(long, value_enum)]
        format: ExportFormat,
        /// Writes over files that are there.
        #[arg(long)]
        force: bool,
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

/// What a tutorial is made into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One Markdown file.
    Markdown,
    /// A scenario of Killercoda's.
    Killercoda,
}
