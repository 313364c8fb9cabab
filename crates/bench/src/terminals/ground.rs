//! Terminals to measure: on a bare PTY, at their host's own socket, and through the server.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::Context as _;
use client::{accounts, terminals};
use pty::{Record, client::Host};
use sandbox::Spec;
use serde::de::DeserializeOwned;
use shared::{OpenTerminal, TerminalId};
use tokio::time::{sleep, timeout};

use super::{
    asking::Door,
    client::{self as process, Job, Place},
    line::SIZE,
    page::{Address, Browser},
};
use crate::{
    guest::Guest,
    processes::{self, Process},
    server::{GLANCE, PATIENCE, Server},
};

/// What is between a client and its terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Nothing.
    Bare,
    /// The terminals' host.
    Direct,
    /// The server, and the host.
    Served,
}

/// A terminal that is open.
#[derive(Debug)]
pub enum Opened {
    /// It is opened by who uses it.
    Bare,
    /// By its name at the host.
    Direct(String),
    /// By its id at the server.
    Served(TerminalId),
}

/// A server, somebody on it, and the host of its terminals.
#[derive(Debug)]
pub struct Ground<'a> {
    /// Its first account.
    pub guest: Guest,
    server: &'a Server,
    socket: PathBuf,
    host: Host,
    spec: Spec,
    opened: AtomicUsize,
}

impl<'a> Ground<'a> {
    /// What there is for the first account of a server, which has opened a terminal before: that
    /// makes its home, in which shells are started directly too.
    pub async fn new(server: &'a Server, guest: Guest) -> anyhow::Result<Self> {
        let id = accounts::current(&guest.client).await?.id;
        let home = server.data().join("homes").join(id.to_string());
        let socket = socket(server).await?;
        Ok(Self {
            guest,
            server,
            host: connected(&socket).await?,
            socket,
            spec: Spec::new(["/bin/bash"], home, 1),
            opened: AtomicUsize::new(0),
        })
    }

    /// Changes what shells are started by directly.
    pub fn with(mut self, change: impl FnOnce(&mut Spec)) -> Self {
        change(&mut self.spec);
        self
    }

    /// Opens a terminal.
    pub async fn open(&self, way: Way) -> anyhow::Result<Opened> {
        let (cols, rows) = SIZE;
        Ok(match way {
            Way::Bare => Opened::Bare,
            Way::Direct => {
                let number = self.opened.fetch_add(1, Ordering::Relaxed);
                let name = format!("direct-{number}");
                let spec = self.spec.clone();
                self.host.launch(&name, spec, cols, rows).await?;
                Opened::Direct(name)
            }
            Way::Served => {
                let asked = OpenTerminal::sized(cols, rows);
                Opened::Served(terminals::open(&self.guest.client, &asked).await?.id)
            }
        })
    }

    /// Where it is.
    pub fn place(&self, opened: &Opened) -> Place {
        match opened {
            Opened::Bare => Place::Bare,
            Opened::Direct(name) => Place::Page(Address::Host {
                socket: self.socket.clone(),
                terminal: name.clone(),
            }),
            Opened::Served(id) => Place::Page(browser(self.server, &self.guest).at(*id)),
        }
    }

    /// Ends it.
    pub async fn end(&self, opened: Opened) -> anyhow::Result<()> {
        match opened {
            Opened::Bare => Ok(()),
            Opened::Direct(name) => Ok(self.host.end(&name).await?),
            Opened::Served(id) => Ok(terminals::end(&self.guest.client, id).await?),
        }
    }

    /// Has a client do a job on a terminal of its own.
    pub async fn run<T: DeserializeOwned>(
        &self,
        way: Way,
        job: impl FnOnce(Place) -> Job,
    ) -> anyhow::Result<T> {
        let opened = self.open(way).await?;
        let said = process::run(&job(self.place(&opened))).await;
        self.end(opened).await?;
        said
    }

    /// The same on a terminal at its host that is recorded to a folder.
    pub async fn run_recorded<T: DeserializeOwned>(
        &self,
        folder: &Path,
        job: impl FnOnce(Place) -> Job,
    ) -> anyhow::Result<T> {
        let opened = self.open(Way::Direct).await?;
        if let Opened::Direct(name) = &opened {
            let record = Record {
                name: name.clone(),
                folder: folder.to_owned(),
                most_bytes: 256 << 20,
            };
            self.host.record(name, record).await?;
        }
        let said = process::run(&job(self.place(&opened))).await;
        if let Opened::Direct(name) = &opened {
            self.host.stop_recording(name).await?;
        }
        self.end(opened).await?;
        said
    }

    /// Where a client asks for terminals each way: bare, direct, served.
    pub fn doors(&self) -> Vec<Door> {
        let client = &self.guest.client;
        vec![
            Door::Bare,
            Door::Host {
                socket: self.socket.clone(),
                spec: Box::new(self.spec.clone()),
            },
            Door::Server {
                browser: browser(self.server, &self.guest),
                base: client.base().to_owned(),
                token: client.token().unwrap_or_default().to_owned(),
            },
        ]
    }

    /// The processes on the way to a terminal: the host, and the server.
    pub fn processes(&self) -> anyhow::Result<[Process; 2]> {
        let server = processes::numbered(self.server.pid()?);
        Ok([processes::host(self.server)?, server])
    }
}

/// The browser of an account.
pub fn browser(server: &Server, guest: &Guest) -> Browser {
    Browser {
        listens: server.address,
        cookie: guest.cookie.clone(),
        origin: guest.origin.clone(),
    }
}

/// The socket of this build's host, once it listens there.
async fn socket(server: &Server) -> anyhow::Result<PathBuf> {
    let folder = server.data().join("run");
    let found = async {
        loop {
            let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            let is_host = |path: &PathBuf| {
                let name = path.file_name().and_then(|name| name.to_str());
                name.is_some_and(|name| name.starts_with("pty-") && name.ends_with(".sock"))
            };
            match entries.map(|entry| entry.path()).find(is_host) {
                Some(socket) => break socket,
                None => sleep(GLANCE).await,
            }
        }
    };
    let found = timeout(PATIENCE, found).await;
    found.context("no host of terminals listens")
}

/// The host once it is there: the server starts it soon after it answers itself.
async fn connected(socket: &Path) -> anyhow::Result<Host> {
    let connects = async {
        loop {
            match Host::connect(&pty::Way::Socket(socket.to_owned())).await {
                Ok(host) => break host,
                Err(_) => sleep(GLANCE).await,
            }
        }
    };
    let connected = timeout(PATIENCE, connects).await;
    connected.context("the terminals' host does not answer")
}
