//! Of applications, their deployments, and terminals.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Subcommand, ValueEnum};
use shared::{DeploymentId, ShareId};

/// Who lets a version go live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WhoApproves {
    /// Nobody is asked.
    Automatic,
    /// A person is asked.
    Needed,
    /// Somebody else than the account is asked, by a link.
    Others,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Until {
    /// That the version is live, whatever else is under way.
    Live,
    /// That nothing is under way any more.
    Settled,
}

/// A time like `90`, in seconds, or `1m30s`.
fn time(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    let time: jiff::SignedDuration = text.parse().map_err(|error| format!("{error}"))?;
    time.try_into()
        .map_err(|_| "it is less than nothing".to_owned())
}

/// What to do with receipts of deployments.
#[derive(Debug, Subcommand)]
pub enum HistoryCommand {
    /// Prints an application's receipts, a line for each, oldest first.
    Receipts {
        /// The application.
        application: String,
    },
    /// Checks that nothing was changed, left out or put in; needs no server.
    Verify {
        /// The file that the receipts are in; - is standard input.
        file: PathBuf,
    },
}

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
    /// Makes a link by which somebody without an account may answer a promotion that waits, once.
    Link {
        /// The application.
        name: String,
    },
    /// Shows a version at the application's own address, to you alone.
    Preview {
        /// The application.
        name: String,
        /// The version.
        version: String,
        /// For how long, in seconds or like 1h30m, at most a day.
        #[arg(long = "for", value_parser = time, default_value = "1h")]
        time: Duration,
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
        /// Says what would be done, and does nothing.
        #[arg(long)]
        plan: bool,
    },
    /// Makes the version before live again; one that is destroyed is made again first.
    #[command(alias = "roll-back")]
    Rollback {
        /// The application.
        name: String,
        /// Another version that was live before.
        #[arg(long)]
        to: Option<String>,
        /// Why.
        #[arg(short = 'm', long)]
        reason: Option<String>,
        /// Says what would be done, and does nothing.
        #[arg(long)]
        plan: bool,
    },
    /// Lets visitors wait for a while; then they are served.
    Pause {
        /// The application.
        name: String,
        /// For how long at most, in seconds or like 1m30s, at most five minutes.
        #[arg(long = "for", value_parser = time, default_value = "30s")]
        time: Duration,
    },
    /// Turns visitors away, with a page that says why, until it is resumed.
    Maintenance {
        /// The application.
        name: String,
        /// What the page says.
        #[arg(short = 'm', long)]
        notice: Option<String>,
    },
    /// Serves visitors again, also those who wait.
    Resume {
        /// The application.
        name: String,
    },
    /// Lets the promotion that waits for it move the address.
    Approve {
        /// The application.
        name: String,
    },
    /// Gives more time: to the version that is watched or drained, or to one that is about to be
    /// destroyed by itself.
    Keep {
        /// The application.
        name: String,
        /// How much longer, for example 10m; by itself 10 minutes, and with `--version` for good.
        #[arg(value_parser = time)]
        longer: Option<Duration>,
        /// The version that is about to be destroyed by itself.
        #[arg(long)]
        version: Option<String>,
    },
    /// Shows how the address is moved, or changes that.
    Policy {
        /// The application.
        name: String,
        /// Whether somebody is asked before a version goes live.
        #[arg(long)]
        approval: Option<WhoApproves>,
        /// How long a new version is watched, for example 5m; 0 is not at all.
        #[arg(long, value_parser = time)]
        bake: Option<Duration>,
        /// How long requests of the version before may take, for example 30s.
        #[arg(long, value_parser = time)]
        drain: Option<Duration>,
        /// How long a version's own check may take before it goes live; 0 asks for its health alone.
        #[arg(long, value_parser = time)]
        check: Option<Duration>,
        /// How long a macfile's own commands may take to move the address.
        #[arg(long, value_parser = time)]
        switch: Option<Duration>,
        /// How long the version before is kept, for example 30m; with 0 until somebody destroys it.
        #[arg(long, value_parser = time)]
        retain: Option<Duration>,
    },
    /// Waits until nothing is under way, or until a version is live; for scripts.
    Wait {
        /// The application.
        name: String,
        /// The version.
        version: Option<String>,
        /// The version.
        #[arg(id = "named", long = "version", conflicts_with = "version")]
        named: Option<String>,
        /// What is waited for.
        #[arg(long, default_value = "settled")]
        until: Until,
        /// How long to wait at most, for example 10m, or in seconds.
        #[arg(long, default_value = "10m", value_parser = time)]
        timeout: Duration,
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
    /// Makes a link by which somebody without an account watches a terminal, until it expires.
    Share {
        /// Its name or id.
        terminal: String,
        /// Lets them type, too.
        #[arg(long = "type")]
        types: bool,
        /// How long the link lasts, for example 30m: from 5 minutes to 24 hours.
        #[arg(long = "for", value_parser = time, default_value = "1h")]
        time: Duration,
        /// Whom it is for.
        #[arg(long, value_name = "NAME")]
        to: Option<String>,
    },
    /// Shows who looks at a terminal, and the links to it.
    Watching {
        /// Its name or id.
        terminal: String,
    },
    /// Ends a link to a terminal, or all of them, and closes the pages of who came by it.
    Unshare {
        /// The terminal's name or id.
        terminal: String,
        /// The link's id; without it, all of them.
        share: Option<ShareId>,
    },
    /// Ends a terminal and what runs in it.
    End {
        /// Its name or id.
        terminal: String,
    },
}
