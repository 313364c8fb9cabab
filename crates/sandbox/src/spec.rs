//! What to run, and what it may see.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

/// A sandbox to be started.
///
/// It travels over a socket and never on a command line, for its environment holds secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// The program and its arguments, as seen inside.
    pub argv: Vec<String>,
    /// The whole environment; nothing is inherited.
    pub env: Vec<(String, String)>,
    /// The folder to start in, as seen inside.
    pub cwd: String,
    /// The host name inside.
    pub hostname: String,
    /// The folder that is `/home/user` inside, readable and writable.
    pub home: PathBuf,
    /// What else is visible, read only.
    pub mounts: Vec<Mount>,
    /// Folders of its own besides its home, readable and writable: they take the places of the
    /// host's and of those in memory, and what a sandbox always sees lies on top of them.
    pub folders: Vec<Mount>,
    /// Whose it is: a server that runs as root gives each tenant a user id of its own.
    pub tenant: u32,
    /// What it may use.
    pub limits: Limits,
    /// The sockets inside that lead out.
    pub inlets: Vec<Inlet>,
    /// The names that resolve to 127.0.0.1, with all below them.
    pub names: Vec<String>,
    /// Where connections to other addresses lead, and other names are asked for; without it there
    /// are neither.
    pub outbound: Option<Outbound>,
}

impl Spec {
    /// A sandbox for `argv` in `home`, with a plain environment and no way out.
    pub fn new<A: Into<String>>(
        argv: impl IntoIterator<Item = A>,
        home: impl Into<PathBuf>,
        tenant: u32,
    ) -> Self {
        let env = [
            ("HOME", "/home/user"),
            ("USER", "user"),
            ("LOGNAME", "user"),
            ("SHELL", "/bin/bash"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("LANG", "C.UTF-8"),
            ("TERM", "xterm-256color"),
        ];
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            env: env
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            cwd: "/home/user".to_owned(),
            hostname: "sandbox".to_owned(),
            home: home.into(),
            mounts: Vec::new(),
            folders: Vec::new(),
            tenant,
            limits: Limits::default(),
            inlets: Vec::new(),
            names: Vec::new(),
            outbound: None,
        }
    }

    /// Sets a variable of the environment, in the place of one of the same name.
    pub fn set(&mut self, name: &str, value: String) {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value));
    }
}

impl fmt::Debug for Spec {
    /// Leaves out arguments and environment, which hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spec")
            .field("hostname", &self.hostname)
            .field("tenant", &self.tenant)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// A host's file or folder that is visible inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Where it is on the host.
    pub source: PathBuf,
    /// Where it is inside.
    pub target: PathBuf,
}

/// What one sandbox may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// How many processes and threads; at level C of all sandboxes of a tenant together.
    pub processes: u64,
    /// The private memory of each process.
    pub data_bytes: u64,
    /// The size of each file.
    pub file_bytes: u64,
    /// How many open files for each process.
    pub open_files: u64,
    /// The memory of all its processes, with what lies in its folders in memory; where this machine
    /// can limit a sandbox as a whole (level A).
    #[serde(default = "memory_bytes")]
    pub memory_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            processes: 128,
            data_bytes: 512 << 20,
            file_bytes: 512 << 20,
            open_files: 512,
            memory_bytes: memory_bytes(),
        }
    }
}

/// What a sandbox may have of memory if nothing else is said.
fn memory_bytes() -> u64 {
    1 << 30
}

/// A listener inside a sandbox whose connections go to a target outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inlet {
    /// Where it listens inside, on loopback.
    pub listen: SocketAddr,
    /// Where its connections go.
    pub target: InletTarget,
}

/// What says that a connection to the outside leads somewhere.
pub const LEADS: u8 = b'+';

/// A network of which only this sandbox is inside: whatever it connects to, somebody outside answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbound {
    /// Its own address, on `eth0`.
    pub address: Ipv4Addr,
    /// The unix socket that gets each TCP connection to an address outside, after one line that
    /// says from where to where: version 1 of the
    /// [PROXY protocol](https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt). It answers
    /// [`LEADS`] once the connection leads somewhere, or hangs up.
    pub connections: PathBuf,
    /// The unix socket that answers questions for names, as a name server does over TCP
    /// ([RFC 1035, 4.2.2](https://www.rfc-editor.org/rfc/rfc1035#section-4.2.2)).
    pub names: PathBuf,
}

/// Where an inlet's connections go, outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InletTarget {
    /// A unix socket.
    Unix(PathBuf),
    /// A TCP address.
    Tcp(SocketAddr),
}
