//! Infrastructures on the command line.

use clap::{Args, Subcommand, ValueEnum};

use super::Text;

/// What to do with infrastructures.
#[derive(Debug, Subcommand)]
pub enum InfrastructureCommand {
    /// Makes an infrastructure from a macfile, and follows its log to the end.
    Macfile(Macfile),
    /// Lists infrastructures.
    List,
    /// Lists the instances and resources of infrastructures.
    Items(Which),
    /// Destroys an infrastructure, and follows the log to the end.
    Destroy {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
        /// Where its commands run: in a terminal of the server's on the server, elsewhere here.
        #[arg(long = "run", value_name = "WHERE")]
        run: Option<Where>,
        /// Says what would be done, and does nothing.
        #[arg(long)]
        plan: bool,
    },
    /// Goes on with an infrastructure that could not be made whole, and follows its log to the end.
    Resume {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
        /// Where its commands run: in a terminal of the server's on the server, elsewhere here.
        #[arg(long = "run", value_name = "WHERE")]
        run: Option<Where>,
    },
    /// Configures all instances of an infrastructure once more.
    Update {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
        /// The tag of a configuration; without it, each one's own.
        #[arg(short, long)]
        configuration: Option<String>,
    },
    /// Changes how long testing instances live.
    Lifespan {
        /// Minutes from now.
        amount: u32,
        #[command(flatten)]
        which: Options,
    },
    /// Prints the public ssh keys of instances.
    Sshkey {
        #[command(flatten)]
        which: Options,
        /// Adds them to `~/.ssh/known_hosts`.
        #[arg(short, long = "known_host", alias = "known-host")]
        known_host: bool,
    },
}

/// Which infrastructures; all without anything.
#[derive(Debug, Args)]
pub struct Which {
    /// Of this name.
    pub name: Option<String>,
    /// Of this version.
    pub version: Option<String>,
    #[command(flatten)]
    pub options: Options,
}

/// Which infrastructures, by options.
#[derive(Debug, Args)]
pub struct Options {
    /// Of this version.
    #[arg(
        short = 'v',
        long = "version",
        id = "of_version",
        value_name = "VERSION"
    )]
    pub version: Option<String>,
    /// Of this name.
    #[arg(short = 'n', long = "name", id = "of_name", value_name = "NAME")]
    pub name: Option<String>,
}

impl Which {
    /// The name and the version, however they were given.
    pub fn options(self) -> Options {
        Options {
            name: self.name.or(self.options.name),
            version: self.version.or(self.options.version),
        }
    }
}

/// How to make an infrastructure.
#[derive(Debug, Args)]
pub struct Macfile {
    #[command(flatten)]
    pub text: Text,
    /// Goes on with one whose making failed or was cut short.
    #[arg(long)]
    pub resume: bool,
    /// What to do when it fails; without it, what was made is kept.
    #[arg(long = "on_failure", alias = "on-failure", value_name = "WHAT")]
    pub on_failure: Option<OnFailure>,
    /// Prints what would happen, and does nothing.
    #[arg(long, conflicts_with = "resume")]
    pub plan: bool,
    /// Runs commands that don't refer to each other at the same time.
    #[arg(long)]
    pub parallel: bool,
    /// Seconds that each command may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 1800)]
    pub timeout: u32,
    /// Where commands run: in a terminal of the server's on the server, elsewhere here.
    #[arg(long = "run", value_name = "WHERE")]
    pub run: Option<Where>,
    /// The same as --run here.
    #[arg(long, conflicts_with_all = ["run", "on_server"])]
    pub here: bool,
    /// The same as --run server.
    #[arg(long, conflicts_with = "run")]
    pub on_server: bool,
}

/// What to do when a macfile fails.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum OnFailure {
    /// Destroys everything that was made.
    DestroyAll,
    /// Destroys what did not fail; what failed stays, to be looked at.
    DestroyOthers,
}

/// Where commands run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Where {
    /// On this machine, with its files and credentials.
    Here,
    /// On the server, in the account's own sandbox.
    Server,
}
