//! Instances on the command line.

use clap::{Args, Subcommand, ValueEnum};

use super::pair;

/// What to do with instances.
#[derive(Debug, Subcommand)]
pub enum InstanceCommand {
    /// Lists instances.
    List,
    /// Makes an instance on its own.
    Create(Box<Create>),
    /// Configures instances once more.
    Update {
        /// Ids or names; all means each one.
        #[arg(required = true)]
        id: Vec<String>,
        /// The tag of a configuration.
        #[arg(short, long)]
        configuration: Option<String>,
        /// Bash commands, a script file, or its URL.
        #[arg(short, long)]
        bootstrap: Option<String>,
    },
    /// Destroys instances.
    Destroy {
        /// Ids or names; all means each one.
        #[arg(required = true)]
        id: Vec<String>,
    },
    /// Runs a command on instances.
    Ssh {
        /// Ids or names; all means each one.
        #[arg(required = true)]
        id: Vec<String>,
        /// The command, to the end of the line.
        #[arg(short, long, num_args = 1.., allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Prints what an instance tells of itself.
    Facts {
        /// Its id or name.
        id: String,
    },
    /// Prints what an instance and its scripts wrote.
    Log {
        /// Its id or name.
        id: String,
        /// Goes on while its script runs.
        #[arg(short, long)]
        follow: bool,
    },
    /// Changes how long a testing instance lives.
    Lifespan {
        /// Its id or name.
        id: String,
        /// Minutes from now.
        amount: u32,
    },
}

/// Whether an instance ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// When its lifespan is over.
    Testing,
    /// Only when it is destroyed.
    Production,
}

/// What instance to make.
#[derive(Debug, Args)]
pub struct Create {
    /// The tag of a configuration.
    #[arg(short, long)]
    pub configuration: Option<String>,
    /// Bash commands, a script file, or its URL.
    #[arg(short, long)]
    pub bootstrap: Option<String>,
    /// Where; without it, the locations are listed.
    #[arg(short, long)]
    pub location: Option<String>,
    /// Whether it ends by itself.
    #[arg(short, long, value_enum, default_value = "testing")]
    pub deployment: Kind,
    /// Who runs it: default, local or amazon.
    #[arg(short, long, default_value = "default")]
    pub provider: String,
    /// Its name; without it, one is made up.
    #[arg(short, long)]
    pub name: Option<String>,
    /// Its image, or its distribution with or without a version, as ubuntu:trusty.
    #[arg(short, long, default_value = "any")]
    pub release: String,
    /// The distribution's version. (Also: -rv)
    #[arg(long)]
    pub release_version: Option<String>,
    /// Its size; without it, where it matters, the sizes are listed. (Also: -hw)
    #[arg(long)]
    pub hardware: Option<String>,
    /// Minutes that a testing one lives.
    #[arg(short = 't', long)]
    pub lifespan: Option<u32>,
    /// Variables for the bootstrap script.
    #[arg(short, long, num_args = 0.., value_parser = pair, value_name = "KEY=VALUE")]
    pub environment: Vec<(String, String)>,
    /// Additional disks. (Also: -hd)
    #[arg(long, help = "Additional disks, NAME:SIZE[:TYPE[:IOPS]] (also: -hd)", num_args = 0.., value_name = "DISK")]
    pub hd: Vec<String>,
    /// Ports that are opened, as 22,80.
    #[arg(long, value_delimiter = ',')]
    pub port: Vec<u16>,
    /// The provider's network; for amazon, a subnet's id.
    #[arg(long)]
    pub net: Option<String>,
    /// Prints the macfile that would do the same, and does nothing.
    #[arg(short, long)]
    pub yaml: bool,
}
