//! The real server, started for a measurement.

use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use client::Client;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::Built;

/// How long anything may take that is waited for.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// How often it is looked whether it came.
pub const GLANCE: Duration = Duration::from_millis(10);

/// What a server starts shells in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shells {
    /// Sandboxes, and there is an emulated cloud.
    Sandboxed,
    /// Nothing: they run as who started the server.
    Unconfined,
}

/// A running server with a data folder of its own.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    data: TempDir,
    child: Child,
}

impl Server {
    /// Starts it, and returns once it answers and its terminals are on.
    pub async fn start(built: &Built) -> anyhow::Result<Self> {
        Self::start_with(built, Shells::Sandboxed).await
    }

    /// Starts one whose shells are started so.
    pub async fn start_with(built: &Built, shells: Shells) -> anyhow::Result<Self> {
        // a short path, as sockets lie below it
        let data = tempfile::Builder::new().prefix("mac-bench-").tempdir()?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new(&built.program)
            .args(["serve", "--listen", &address.to_string()])
            .args(["--keep-seconds", "60", "--data"])
            .arg(data.path())
            .arg("--assets")
            .arg(&built.assets)
            .arg("--toolbox")
            .arg(&built.toolbox)
            .args((shells == Shells::Unconfined).then_some("--no-sandbox"))
            .env("MANAGEACLOUD_LOG", "warn")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {}", built.program.display()))?;
        let started = Self {
            address,
            data,
            child,
        };
        started.answers(shells).await?;
        Ok(started)
    }

    async fn answers(&self, shells: Shells) -> anyhow::Result<()> {
        let client = Client::new(&self.url("/"))?;
        let health = async {
            loop {
                match client::health(&client).await {
                    Ok(health) => break health,
                    Err(_) => sleep(GLANCE).await,
                }
            }
        };
        let health = timeout(PATIENCE, health)
            .await
            .context("the server does not answer")?;
        let off = match shells {
            Shells::Sandboxed => health.terminals_off.or(health.emulator_off),
            Shells::Unconfined => health.terminals_off,
        };
        if let Some(off) = off {
            bail!("this machine cannot be measured: {off}");
        }
        Ok(())
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The number of its process.
    pub fn pid(&self) -> anyhow::Result<u32> {
        self.child.id().context("the server ended")
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.data.path().to_owned()
    }

    /// Stops it as a person's Ctrl-C does, with all that it started.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let pid = i32::try_from(self.pid()?).ok().and_then(Pid::from_raw);
        kill_process(pid.context("the server has no number")?, Signal::INT)?;
        let status = timeout(PATIENCE, self.child.wait())
            .await
            .context("the server does not end")??;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}
