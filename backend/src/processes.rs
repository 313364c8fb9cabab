//! The other processes: the terminals' host and the emulated cloud, started and watched.
//!
//! Neither is tied to this process: an upgrade or a crash of the server leaves shells and
//! instances running, and the next one finds both at their sockets.

use std::{
    fs::{self, OpenOptions},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{process::Command, sync::Mutex, time};
use tracing::{info, warn};

/// How long a process may take until it answers, and until it is gone.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked whether it answers, or is gone.
const GLANCE: Duration = Duration::from_millis(20);

/// A process that listens on a socket.
#[derive(Debug, Clone)]
pub struct Process {
    program: PathBuf,
    arguments: Vec<String>,
    socket: PathBuf,
    log: PathBuf,
    wanted: Arc<Mutex<Wanted>>,
}

/// Whether a process may be started. Who watches it and who stops it are two tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Wanted {
    /// It may.
    #[default]
    Yes,
    /// The server is stopping: what is gone stays gone.
    NoMore,
}

impl Process {
    /// The process that `program` becomes with `arguments`; nothing is started yet.
    ///
    /// What it says goes to the file `log`, as this process's own output may end before it does.
    pub fn new(
        program: &Path,
        arguments: impl IntoIterator<Item = String>,
        socket: PathBuf,
        log: PathBuf,
    ) -> Self {
        Self {
            program: program.to_owned(),
            arguments: arguments.into_iter().collect(),
            socket,
            log,
            wanted: Arc::default(),
        }
    }

    /// Adds arguments to those it is started with.
    pub fn add(&mut self, arguments: impl IntoIterator<Item = String>) {
        self.arguments.extend(arguments);
    }

    /// Starts it if nobody answers at its socket, and returns once somebody does.
    pub async fn ensure(&self) -> anyhow::Result<()> {
        let wanted = self.wanted.lock().await;
        ensure!(
            *wanted == Wanted::Yes,
            "{} is not started again, as the server is stopping",
            self.name()
        );
        if self.pid().is_some() {
            return Ok(());
        }
        let name = self.name();
        info!("starting {name}; what it says is in {}", self.log.display());
        let mut child = self.start().with_context(|| format!("start {name}"))?;
        let answers = async {
            while self.pid().is_none() {
                if let Some(status) = child.try_wait()? {
                    anyhow::bail!("{name} ended with {status}: see {}", self.log.display());
                }
                time::sleep(GLANCE).await;
            }
            Ok(())
        };
        time::timeout(PATIENCE, answers)
            .await
            .with_context(|| format!("{name} does not answer: see {}", self.log.display()))?
    }

    /// Ends it, with all that it holds, and returns once it is gone; it is not started again.
    pub async fn stop(&self) {
        // waits for a start under way, which would be missed by looking who listens
        *self.wanted.lock().await = Wanted::NoMore;
        end_listener(&self.socket, self.name()).await;
    }

    fn name(&self) -> &str {
        self.arguments.first().map_or("", String::as_str)
    }

    fn start(&self) -> anyhow::Result<tokio::process::Child> {
        for folder in [&self.log, &self.socket]
            .into_iter()
            .filter_map(|path| path.parent())
        {
            fs::create_dir_all(folder)?;
        }
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)?;
        Ok(Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // a person's Ctrl-C is for the server, which then decides
            .process_group(0)
            .spawn()?)
    }

    fn pid(&self) -> Option<Pid> {
        listener(&self.socket)
    }
}

/// Ends who listens at a socket, and returns once it is gone; it is called a name in what is logged.
pub async fn end_listener(socket: &Path, name: &str) {
    let Some(pid) = listener(socket) else { return };
    if let Err(error) = kill_process(pid, Signal::TERM) {
        warn!("{name} could not be ended: {error}");
    }
    let gone = async {
        while listener(socket) == Some(pid) {
            time::sleep(GLANCE).await;
        }
    };
    if time::timeout(PATIENCE, gone).await.is_err() {
        warn!("{name} does not end");
    }
}

/// Who listens at a socket.
fn listener(socket: &Path) -> Option<Pid> {
    let stream = UnixStream::connect(socket).ok()?;
    let peer = rustix::net::sockopt::socket_peercred(&stream).ok()?;
    Some(peer.pid)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Process;

    #[tokio::test]
    async fn what_was_stopped_is_not_started_again_by_who_watches_it() {
        let folder = tempfile::tempdir().unwrap();
        let (socket, log) = (folder.path().join("socket"), folder.path().join("log"));
        let process = Process::new(Path::new("/bin/true"), ["host".into()], socket, log);
        let watched = process.clone();
        process.stop().await;
        let error = watched.ensure().await.unwrap_err().to_string();
        assert_eq!(
            error,
            "host is not started again, as the server is stopping"
        );
    }
}
