//! What the settings say of terminals.

use std::path::PathBuf;

use super::hosts::{Machine, Named};

/// Where terminals are held, and how long they last.
#[derive(Debug, Clone, clap::Args)]
pub struct Settings {
    /// Seconds that a terminal is kept which no page shows; 0 keeps it for good.
    #[arg(
        id = "terminal_keep_seconds",
        long = "terminal-keep-seconds",
        env = "MANAGEACLOUD_TERMINAL_KEEP_SECONDS",
        default_value_t = 30 * 60
    )]
    pub keep_seconds: u64,
    /// Seconds that a terminal lasts unless a person gives it as many more; 0 lets it last.
    #[arg(
        id = "terminal_seconds",
        long = "terminal-seconds",
        env = "MANAGEACLOUD_TERMINAL_SECONDS",
        default_value_t = 12 * 60 * 60
    )]
    pub lasts_seconds: u64,
    /// Seconds after which terminals of a host that does not answer are shown as lost, until it does.
    #[arg(
        id = "terminal_silent_seconds",
        long = "terminal-silent-seconds",
        env = "MANAGEACLOUD_TERMINAL_SILENT_SECONDS",
        default_value_t = 20
    )]
    pub silent_seconds: u64,
    /// Other machines that hold terminals, `NAME=HOST:PORT`, separated by commas: each runs
    /// `manageacloud pty-host --listen … --token …`, sees the homes and the toolbox at the same paths, and is
    /// reached through a network that is private or encrypted.
    #[arg(
        id = "terminal_hosts",
        long = "terminal-hosts",
        env = "MANAGEACLOUD_TERMINAL_HOSTS",
        value_delimiter = ',',
        requires = "terminal_hosts_token"
    )]
    pub hosts: Vec<Named>,
    /// The file with the token that those machines' hosts let in.
    #[arg(
        id = "terminal_hosts_token",
        long = "terminal-hosts-token",
        env = "MANAGEACLOUD_TERMINAL_HOSTS_TOKEN",
        requires = "terminal_hosts"
    )]
    pub hosts_token: Option<PathBuf>,
}

impl Settings {
    /// The other machines, with what their hosts let in.
    pub fn machines(&self) -> anyhow::Result<Vec<Machine>> {
        Machine::all(&self.hosts, self.hosts_token.as_ref())
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            keep_seconds: 30 * 60,
            lasts_seconds: 12 * 60 * 60,
            silent_seconds: 20,
            hosts: Vec::new(),
            hosts_token: None,
        }
    }
}
