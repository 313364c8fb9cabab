//! The link to the process that holds terminals.

use std::{path::PathBuf, sync::Arc, time::Duration};

use pty::client::Host;
use tokio::{sync::Mutex, time};
use tracing::warn;

use crate::{Error, Result, app::App, processes::Process};

/// How often the host is asked which shells have ended.
const ROUND: Duration = Duration::from_secs(1);

/// A connection to the terminals' host that is made anew when it breaks.
#[derive(Debug)]
pub struct Link {
    process: Process,
    socket: PathBuf,
    host: Mutex<Option<Arc<Host>>>,
}

impl Link {
    /// A link to the host at `socket`, which `process` starts; nothing is opened yet.
    pub fn new(process: Process, socket: PathBuf) -> Self {
        Self {
            process,
            socket,
            host: Mutex::default(),
        }
    }

    /// The socket that pages' connections are spliced to.
    pub fn socket(&self) -> &PathBuf {
        &self.socket
    }

    /// The host, started if it was not there.
    pub async fn host(&self) -> Result<Arc<Host>> {
        let mut known = self.host.lock().await;
        if let Some(host) = &*known {
            return Ok(host.clone());
        }
        self.process.ensure().await.map_err(unavailable)?;
        let host = Host::connect(&self.socket).await.map_err(refused)?;
        Ok(known.insert(Arc::new(host)).clone())
    }

    /// The connection broke: the next one who asks makes a new one.
    async fn forget(&self) {
        self.host.lock().await.take();
    }

    /// Ends the host with all its terminals.
    pub async fn stop(&self) {
        self.forget().await;
        self.process.stop().await;
    }
}

fn unavailable(error: anyhow::Error) -> Error {
    warn!("the terminals' host: {error:#}");
    Error::Unavailable("the terminals' host does not answer; try again".into())
}

/// What the host said, for the asker.
pub fn refused(error: pty::client::Error) -> Error {
    match error {
        pty::client::Error::Unreachable(_) => unavailable(error.into()),
        pty::client::Error::Refused(reason) => Error::Unavailable(reason),
    }
}

/// Keeps the host running, and writes down which shells have ended; never returns.
pub async fn watch(app: App) {
    loop {
        if let Err(error) = round(&app).await {
            warn!("the terminals' host: {error}");
            app.terminals.forget().await;
        }
        time::sleep(ROUND).await;
    }
}

async fn round(app: &App) -> Result<()> {
    let host = app.terminals.host().await?;
    let held = host.list().await.map_err(refused)?;
    super::compare(app, &host, &held).await
}
