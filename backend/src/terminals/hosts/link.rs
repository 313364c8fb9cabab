//! The link to one host of terminals.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use pty::{Way, client::Host};
use tokio::{sync::Mutex, time::timeout};
use tracing::warn;

use crate::{
    Error, Result,
    processes::{self, Process},
};

/// How long a host may take with what a page's visitor or another host's rounds don't wait for.
const SHORT: Duration = Duration::from_secs(5);

/// How long it may take to say what it holds; it may be starting shells meanwhile.
const LISTED_WITHIN: Duration = Duration::from_secs(10);

/// A connection to a host that is made anew when it breaks.
#[derive(Debug)]
pub struct Link {
    name: String,
    kind: Kind,
    way: Way,
    host: Mutex<Option<Arc<Host>>>,
    answers: AtomicBool,
    running: AtomicUsize,
}

/// What a host is to this server.
#[derive(Debug)]
pub enum Kind {
    /// Its own build's, which it starts: it gets what is opened.
    Own(Process),
    /// Another build's, which holds what it has until that ends.
    Earlier,
    /// Another machine's, which its operator starts.
    Machine,
}

impl Link {
    /// A link by a way; nothing is opened yet.
    pub fn new(name: String, kind: Kind, way: Way) -> Self {
        Self {
            name,
            kind,
            way,
            host: Mutex::default(),
            answers: AtomicBool::default(),
            running: AtomicUsize::default(),
        }
    }

    /// What terminals' rows call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The way to it.
    pub fn way(&self) -> &Way {
        &self.way
    }

    /// Its machine, if that is another one.
    pub fn machine(&self) -> Option<&str> {
        match &self.kind {
            Kind::Own(_) | Kind::Earlier => None,
            Kind::Machine => Some(&self.name),
        }
    }

    /// Whether it is of another build and has ended: nobody starts it again.
    pub fn is_gone(&self) -> bool {
        match (&self.kind, self.way.socket()) {
            (Kind::Earlier, Some(socket)) => !answers(socket),
            (Kind::Own(_) | Kind::Earlier | Kind::Machine, _) => false,
        }
    }

    /// Whether it is of another build.
    pub fn is_earlier(&self) -> bool {
        matches!(self.kind, Kind::Earlier)
    }

    /// The host; this build's is started if it was not there.
    pub async fn host(&self) -> Result<Arc<Host>> {
        let mut known = self.host.lock().await;
        if let Some(host) = known.as_ref().filter(|host| !host.is_broken()) {
            return Ok(host.clone());
        }
        if let Kind::Own(process) = &self.kind {
            process.ensure().await.map_err(unavailable)?;
        }
        let host = Host::connect(&self.way).await.map_err(refused)?;
        Ok(known.insert(Arc::new(host)).clone())
    }

    /// Has it close a login's pages, within a few seconds.
    pub async fn dismiss(&self, login: &str) -> Result<()> {
        let closed = async { self.host().await?.dismiss(login).await.map_err(refused) };
        timeout(SHORT, closed).await.map_err(slow)?
    }

    /// Has it end a terminal, within a few seconds; it is well if it holds none of that id.
    pub async fn end(&self, id: &str) -> Result<()> {
        let ended = async { self.host().await?.end(id).await.map_err(refused) };
        timeout(SHORT, ended).await.map_err(slow)?
    }

    /// What it holds.
    pub async fn list(&self) -> Result<Vec<pty::Listed>> {
        let host = self.host().await?;
        let listed = timeout(LISTED_WITHIN, host.list()).await;
        let listed = listed.map_err(slow)?.map_err(refused)?;
        let running = listed.iter().filter(|terminal| terminal.exit.is_none());
        self.running.store(running.count(), Ordering::Relaxed);
        self.answers.store(true, Ordering::Relaxed);
        Ok(listed)
    }

    /// The connection broke: the next one who asks makes a new one.
    pub async fn forget(&self) {
        self.answers.store(false, Ordering::Relaxed);
        self.host.lock().await.take();
    }

    /// How many shells ran there when it was last asked, if it answered then.
    pub fn running(&self) -> Option<usize> {
        let answers = self.answers.load(Ordering::Relaxed);
        answers.then(|| self.running.load(Ordering::Relaxed))
    }

    /// One more is opened there than when it was last asked.
    pub fn count_one(&self) {
        self.running.fetch_add(1, Ordering::Relaxed);
    }

    /// Ends it with all its terminals, unless it is another machine's.
    pub async fn stop(&self) {
        self.forget().await;
        match (&self.kind, self.way.socket()) {
            (Kind::Own(process), _) => process.stop().await,
            (Kind::Earlier, Some(socket)) => processes::end_listener(socket, "pty-host").await,
            (Kind::Earlier | Kind::Machine, _) => {}
        }
    }
}

/// Whether somebody listens at a socket.
pub(super) fn answers(socket: &Path) -> bool {
    std::os::unix::net::UnixStream::connect(socket).is_ok()
}

fn unavailable(error: anyhow::Error) -> Error {
    warn!("the terminals' host: {error:#}");
    Error::Unavailable("the terminals' host does not answer; try again".into())
}

fn slow(error: tokio::time::error::Elapsed) -> Error {
    unavailable(error.into())
}

/// What a host said, for the asker.
pub fn refused(error: pty::client::Error) -> Error {
    match error {
        pty::client::Error::Unreachable(_) => unavailable(error.into()),
        pty::client::Error::Refused(reason) => Error::Unavailable(reason),
    }
}
