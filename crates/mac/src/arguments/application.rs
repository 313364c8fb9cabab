//! Of applications, their deployments, and terminals.

use clap::Subcommand;
use shared::DeploymentId;

/// What to do with applications.
#[derive(Debug, Subcommand)]
pub enum AppCommand {
    /// Lists applications.
    List,
    /// Shows an application with its versions.
    Show {
        /// Its name.
        name: String,
    },
    /// Makes a version live.
    Promote {
        /// The application.
        name: String,
        /// The version.
        version: String,
        /// Why.
        #[arg(short = 'm', long)]
        reason: Option<String>,
    },
    /// Makes the version before live again.
    #[command(alias = "roll-back")]
    Rollback {
        /// The application.
        name: String,
        /// Why.
        #[arg(short = 'm', long)]
        reason: Option<String>,
    },
    /// Waits until nothing is under way, or until a version is live.
    Wait {
        /// The application.
        name: String,
        /// The version.
        version: Option<String>,
        /// Seconds to wait at most.
        #[arg(long, default_value_t = 600)]
        timeout: u64,
    },
}

/// What to do with deployments.
#[derive(Debug, Subcommand)]
pub enum DeploymentCommand {
    /// Lists deployments, newest first.
    List,
    /// Shows one with its steps.
    Show {
        /// Its id.
        id: DeploymentId,
    },
    /// Prints its log.
    Log {
        /// Its id.
        id: DeploymentId,
        /// Goes on until it has ended.
        #[arg(short, long)]
        follow: bool,
    },
    /// Ends one that is under way.
    Cancel {
        /// Its id.
        id: DeploymentId,
    },
}

/// What to do with terminals.
#[derive(Debug, Subcommand)]
pub enum TerminalCommand {
    /// Lists terminals.
    List,
    /// Attaches this terminal to one of the server's; Ctrl-] lets go of it.
    Open {
        /// Its name or id; without it, a new one is opened.
        terminal: Option<String>,
    },
    /// Ends a terminal and what runs in it.
    End {
        /// Its name or id.
        terminal: String,
    },
}
