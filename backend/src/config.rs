//! What the server is told at its start, by flags or by environment.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context, ensure};
use shared::AccountId;

pub use crate::{outward::Allowed, terminals::Settings as Terminals};

/// Settings of `manageacloud serve`.
#[derive(Debug, Clone, clap::Args)]
pub struct Config {
    /// The address to listen on.
    #[arg(long, env = "MANAGEACLOUD_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The folder of everything durable; made if it is not there.
    #[arg(long, env = "MANAGEACLOUD_DATA", default_value = "data")]
    pub data: PathBuf,
    /// The folder of the built page.
    #[arg(long, env = "MANAGEACLOUD_ASSETS", default_value = "dist")]
    pub assets: PathBuf,
    /// The folder of the tutorials, each of them a folder in it.
    #[arg(long, env = "MANAGEACLOUD_TUTORIALS", default_value = "tutorials")]
    pub tutorials: PathBuf,
    /// The database's address, `postgres://…`; without it, SQLite in the data folder.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// The folder of the command lines that terminals come with, and of the emulated cloud's
    /// parts; without it terminals have `mac` alone, and there is no emulated cloud.
    #[arg(long, env = "MANAGEACLOUD_TOOLBOX")]
    pub toolbox: Option<PathBuf>,
    /// The isolation that terminals, commands and instances need; below it they are off.
    #[arg(long, env = "MANAGEACLOUD_ISOLATION", default_value = "b", value_enum)]
    pub isolation: Needed,
    /// Run shells and commands without a sandbox, as the user that the server runs as. For a
    /// single person on a machine of their own: there is one account, on a loopback address.
    #[arg(long, env = "MANAGEACLOUD_NO_SANDBOX", conflicts_with = "isolation")]
    pub no_sandbox: bool,
    /// Seconds that terminals and instances are kept for a server that does not come back.
    #[arg(long, env = "MANAGEACLOUD_KEEP_SECONDS", default_value_t = 900)]
    pub keep_seconds: u64,
    /// Seconds between two questions to a page whether it is there, fewer than proxies let a connection be
    /// on which nothing passes (nginx and haproxy: 60 by default or in most examples).
    #[arg(long, env = "MANAGEACLOUD_PING_SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub ping_seconds: u64,
    /// Where terminals are held, and how long they last.
    #[command(flatten)]
    pub terminals: Terminals,
    /// What is kept of what terminals write.
    #[command(flatten)]
    pub recordings: Recordings,
    /// MiB that the home of an account may hold; 0 sets no limit.
    #[arg(long, env = "MANAGEACLOUD_HOME_MIB", default_value_t = HOME_MIB)]
    pub home_mib: u64,
    /// Where Amazon's API is asked, in place of its own addresses.
    #[arg(long, env = "MANAGEACLOUD_AWS_ENDPOINT")]
    pub aws_endpoint: Option<String>,
    /// Where people and instances of a real cloud reach this server, for example
    /// `https://mac.example.com/`; without it links lead to localhost, and instances tell what they
    /// do on their console alone.
    #[arg(long, env = "MANAGEACLOUD_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Below which address applications have theirs, for example `https://apps.example.com/`, whose names
    /// (`*.apps.example.com`) must lead to this server; another domain than the dashboard's. Without it they
    /// are below localhost.
    #[arg(long, env = "MANAGEACLOUD_APPLICATIONS_URL")]
    pub applications_url: Option<String>,
    /// Serving by TLS.
    #[command(flatten)]
    pub https: Https,
    /// Webhooks may be sent to addresses of this machine and of its networks. For a server whose
    /// accounts are all of people who may reach those anyway.
    #[arg(long, env = "MANAGEACLOUD_PRIVATE_WEBHOOKS")]
    pub private_webhooks: bool,
    /// The names of the internet that terminals and commands reach, at public addresses by HTTP and HTTPS,
    /// separated by commas: `pypi.org`, or `.debian.org` for all below it. None by default.
    #[arg(long, env = "MANAGEACLOUD_INTERNET", value_delimiter = ',')]
    pub internet: Vec<Allowed>,
    /// Instances of the emulated cloud tell what they do on their console alone as well.
    #[arg(long, env = "MANAGEACLOUD_CONSOLE_ONLY")]
    pub console_only: bool,
    /// The program whose subcommands start sandboxes; this one, unless a test says otherwise.
    #[arg(skip = std::env::current_exe().unwrap_or_default())]
    pub helper: PathBuf,
}

/// What the home of an account may hold, unless the settings say otherwise.
pub const HOME_MIB: u64 = 1024;

/// What is kept of what terminals write, where a person asks for that.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Recordings {
    /// Bytes that are kept of one recording; of a longer one, what is in the middle goes.
    #[arg(
        id = "recording_bytes",
        long = "recording-bytes",
        env = "MANAGEACLOUD_RECORDING_BYTES",
        default_value_t = 256 << 20
    )]
    pub most_bytes: u64,
    /// Bytes that all recordings of an account may take; beyond that none is begun.
    #[arg(
        id = "recordings_bytes",
        long = "recordings-bytes",
        env = "MANAGEACLOUD_RECORDINGS_BYTES",
        default_value_t = 1 << 30
    )]
    pub account_bytes: u64,
    /// Days that a recording is kept after its end; 0 keeps it until somebody removes it.
    #[arg(
        id = "recording_days",
        long = "recording-days",
        env = "MANAGEACLOUD_RECORDING_DAYS",
        default_value_t = 30
    )]
    pub keep_days: u32,
}

impl Default for Recordings {
    fn default() -> Self {
        Self {
            most_bytes: 256 << 20,
            account_bytes: 1 << 30,
            keep_days: 30,
        }
    }
}

/// Serving by TLS, beside plain HTTP: HTTP/2 and HTTP/1.1.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Https {
    /// The address to listen on by TLS as well.
    #[arg(
        id = "https_listen",
        long = "https-listen",
        env = "MANAGEACLOUD_HTTPS_LISTEN",
        requires_all = ["https_certificate", "https_key"]
    )]
    pub listen: Option<SocketAddr>,
    /// The certificate and those that it was signed by, as a PEM file; looked at again each minute. It is
    /// to be good for the dashboard's name and for all names below the applications' domain.
    #[arg(
        id = "https_certificate",
        long = "https-certificate",
        env = "MANAGEACLOUD_HTTPS_CERTIFICATE",
        requires = "https_listen"
    )]
    pub certificate: Option<PathBuf>,
    /// The certificate's key, as a PEM file.
    #[arg(
        id = "https_key",
        long = "https-key",
        env = "MANAGEACLOUD_HTTPS_KEY",
        requires = "https_listen"
    )]
    pub key: Option<PathBuf>,
}

/// The isolation that is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Needed {
    /// Namespaces, a user id for each account, and limits over all of a sandbox's processes.
    A,
    /// Namespaces, and limits for each process.
    B,
    /// A user id for each account and landlock, without namespaces: no emulated cloud, no way to Amazon,
    /// and the machine's own paths.
    C,
}

impl Needed {
    /// Whether a level that was found is enough.
    pub fn is_met_by(self, found: sandbox::Level) -> bool {
        match found {
            sandbox::Level::A => true,
            sandbox::Level::B => self != Self::A,
            sandbox::Level::C => self == Self::C,
            sandbox::Level::D => false,
        }
    }
}

/// Sockets lie below the data folder, and the kernel allows their paths 107 bytes (unix(7)).
const LONGEST_DATA_PATH_BYTES: usize = 70;

/// Twice what may pass between two looks, and a little.
const SHORTEST_KEEP_SECONDS: u64 = 15;

/// Where things lie in a data folder.
#[derive(Debug, Clone)]
pub struct Folders(PathBuf);

impl Folders {
    /// The folders of a data folder.
    pub fn of(data: impl Into<PathBuf>) -> Self {
        Self(data.into())
    }

    /// The accounts' homes.
    pub fn homes(&self) -> PathBuf {
        self.0.join("homes")
    }

    /// What was recorded of an account's terminals.
    pub fn recordings(&self, account: AccountId) -> PathBuf {
        self.0.join("recordings").join(account.to_string())
    }

    /// What the other processes say.
    pub fn logs(&self) -> PathBuf {
        self.0.join("logs")
    }

    /// Control sockets of the sandboxes that `who` starts.
    pub fn run(&self, who: &str) -> PathBuf {
        self.0.join("run").join(who)
    }

    /// A key that this server alone reads.
    pub fn key(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The key that an account's instances let in.
    pub fn instance_key(&self, account: AccountId) -> PathBuf {
        self.0.join("keys").join(account.to_string())
    }

    /// Where the sockets of this machine's processes are.
    pub fn sockets(&self) -> PathBuf {
        self.0.join("run")
    }

    /// The socket of the emulated cloud.
    pub fn emulator_socket(&self) -> PathBuf {
        self.run("emulator.sock")
    }

    /// The socket where instances of the emulated cloud tell of themselves.
    pub fn agents_socket(&self) -> PathBuf {
        self.run("agents.sock")
    }

    /// The socket by which sandboxes reach the real AWS.
    pub fn outward_socket(&self) -> PathBuf {
        self.run("outward.sock")
    }

    /// What the emulated cloud keeps.
    pub fn emulator(&self) -> PathBuf {
        self.0.join("emulator")
    }
}

impl Config {
    /// Where people reach this server, with a `/` at its end.
    pub fn reached_by_people(&self) -> String {
        let here = || match self.https.listen {
            Some(listen) => format!("https://localhost:{}/", listen.port()),
            None => format!("http://localhost:{}/", self.listen.port()),
        };
        let base = self.public_url.clone().unwrap_or_else(here);
        format!("{}/", base.trim_end_matches('/'))
    }

    /// How often pages are asked whether they are there.
    pub fn ping_every(&self) -> Duration {
        Duration::from_secs(self.ping_seconds)
    }

    /// The path below which people reach this server, without a `/` at its end; empty when it has a name to
    /// itself.
    pub fn base_path(&self) -> String {
        let url: Option<axum::http::Uri> = self.reached_by_people().parse().ok();
        let path = url.map(|url| url.path().trim_end_matches('/').to_owned());
        path.unwrap_or_default()
    }

    /// The host and port of what is asked in place of Amazon's API, if anything is.
    pub fn aws_authority(&self) -> Option<axum::http::uri::Authority> {
        let endpoint: axum::http::Uri = self.aws_endpoint.as_ref()?.parse().ok()?;
        endpoint.authority().cloned()
    }

    /// Where this server is reached from its own machine.
    pub fn reached_at(&self) -> SocketAddr {
        let mut address = self.listen;
        if address.ip().is_unspecified() {
            address.set_ip(match address.ip() {
                IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        address
    }

    /// Where things lie.
    pub fn folders(&self) -> Folders {
        Folders::of(&self.data)
    }

    /// Makes the data folder, readable by its owner alone, and refuses what can't work.
    pub fn prepare(mut self) -> anyhow::Result<Self> {
        if let Some(url) = &self.database_url {
            ensure!(
                url.starts_with("postgres://")
                    || url.starts_with("postgresql://")
                    || url.starts_with("sqlite:"),
                "DATABASE_URL must begin with postgres:// or sqlite:"
            );
        }
        let base = self.base_path();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
        ensure!(
            base.bytes().all(is_plain) && !base.contains("//"),
            "the path of --public-url, {base}, may be of letters, digits and -_.~ alone"
        );
        std::fs::create_dir_all(&self.data)
            .with_context(|| format!("make the data folder {}", self.data.display()))?;
        self.data = self.data.canonicalize().context("find the data folder")?;
        ensure!(
            !self.no_sandbox || self.listen.ip().is_loopback(),
            "--no-sandbox is for a single person on a machine of their own: listen on a loopback \
             address, not on {}",
            self.listen
        );
        ensure!(
            self.keep_seconds >= SHORTEST_KEEP_SECONDS,
            "--keep-seconds is {}, and what looks after terminals and instances comes by every few \
             seconds only: choose {SHORTEST_KEEP_SECONDS} or more",
            self.keep_seconds
        );
        if let Some(toolbox) = &self.toolbox {
            let stamp = toolbox.join("stamp");
            ensure!(
                stamp.exists(),
                "{} is not a whole toolbox: `cargo xtask toolbox` makes one",
                toolbox.display()
            );
        }
        let length = self.data.as_os_str().len();
        ensure!(
            length <= LONGEST_DATA_PATH_BYTES,
            "the data folder's path has {length} bytes, and sockets below it allow \
             {LONGEST_DATA_PATH_BYTES}: choose a shorter one with --data"
        );
        Ok(self)
    }
}

/// What starts sandboxes: the small program beside the server's, else the server's own, which has
/// the same subcommands.
pub fn sandbox_helper(program: PathBuf) -> PathBuf {
    let small = program.with_file_name("manageacloud-sandbox");
    if small.exists() { small } else { program }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Config, Https, Needed, Recordings, Terminals};

    fn config(data: &std::path::Path, url: Option<&str>) -> Config {
        Config {
            listen: ([127, 0, 0, 1], 0).into(),
            data: data.to_owned(),
            assets: "dist".into(),
            tutorials: "tutorials".into(),
            database_url: url.map(Into::into),
            toolbox: None,
            isolation: Needed::B,
            no_sandbox: false,
            keep_seconds: 900,
            ping_seconds: 20,
            terminals: Terminals::default(),
            recordings: Recordings::default(),
            home_mib: super::HOME_MIB,
            aws_endpoint: None,
            private_webhooks: false,
            internet: Vec::new(),
            public_url: None,
            applications_url: None,
            https: Https::default(),
            console_only: false,
            helper: PathBuf::new(),
        }
    }

    #[test]
    fn a_path_too_long_for_sockets_is_refused_with_the_number() {
        let folder = tempfile::tempdir().unwrap();
        let long = folder.path().join("x".repeat(80));
        let error = config(&long, None).prepare().unwrap_err().to_string();
        assert!(
            error.contains("choose a shorter one with --data"),
            "{error}"
        );
    }

    #[test]
    fn shells_without_a_sandbox_are_for_this_machine_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path(), None);
        config.no_sandbox = true;
        assert!(config.clone().prepare().is_ok());
        config.listen = ([0, 0, 0, 0], 8080).into();
        let error = config.prepare().unwrap_err().to_string();
        assert!(error.contains("listen on a loopback address"), "{error}");
    }

    #[test]
    fn instances_are_not_let_go_while_a_server_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path(), None);
        config.keep_seconds = 5;
        let error = config.prepare().unwrap_err().to_string();
        assert!(error.contains("choose 15 or more"), "{error}");
    }

    #[test]
    fn half_a_toolbox_is_refused_with_the_command_that_makes_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path(), None);
        config.toolbox = Some(folder.path().to_owned());
        let error = config.prepare().unwrap_err().to_string();
        assert!(error.contains("`cargo xtask toolbox` makes one"), "{error}");
    }

    #[test]
    fn a_level_is_met_by_itself_and_by_a_better_one() {
        use sandbox::Level;
        assert!(Needed::B.is_met_by(Level::A) && Needed::B.is_met_by(Level::B));
        assert!(!Needed::A.is_met_by(Level::B) && !Needed::B.is_met_by(Level::C));
        assert!(Needed::C.is_met_by(Level::B) && Needed::C.is_met_by(Level::C));
        assert!(!Needed::C.is_met_by(Level::D));
    }

    #[test]
    fn the_path_below_which_people_reach_it_is_that_of_its_public_address() {
        let folder = tempfile::tempdir().unwrap();
        let base = |url: &str| {
            let mut config = config(folder.path(), None);
            config.public_url = Some(url.into());
            config.prepare().map(|config| config.base_path())
        };
        assert_eq!(base("https://example.com").unwrap(), "");
        assert_eq!(base("https://example.com/").unwrap(), "");
        assert_eq!(
            base("https://example.com/tools/mac/").unwrap(),
            "/tools/mac"
        );
        let error = base("https://example.com/a%22b").unwrap_err().to_string();
        assert!(error.contains("may be of letters"), "{error}");
    }

    #[test]
    fn an_unknown_database_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = config(folder.path(), Some("mysql://x"))
            .prepare()
            .unwrap_err()
            .to_string();
        assert_eq!(error, "DATABASE_URL must begin with postgres:// or sqlite:");
    }
}
