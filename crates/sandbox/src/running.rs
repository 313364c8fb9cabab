//! A command that runs in a sandbox.

use std::{
    fs::File,
    os::fd::OwnedFd,
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    process::{Child, ChildStderr, ChildStdout, Command},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::debug;

use crate::{Prepared, Result, Spec, cgroups::Group, error::Doing as _, start, unconfined};

/// How long what looks after a sandbox may take to end it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where Debian has it; a name that is to be searched for would have this process copied (fork) to do so.
const SETSID: &str = "/usr/bin/setsid";

/// A command that runs in a sandbox; it ends when this is dropped.
#[derive(Debug)]
pub struct Running {
    /// What it writes, until someone takes it.
    pub stdout: Option<ChildStdout>,
    /// What it complains, until someone takes it.
    pub stderr: Option<ChildStderr>,
    child: Child,
    /// Whether all of it ends by being cancelled, and not by being killed.
    is_supervised: bool,
    _inlets: JoinHandle<()>,
    cancel: Option<DropGuard>,
    /// Goes after the child.
    _group: Option<Arc<Group>>,
}

impl Running {
    pub(crate) async fn start(prepared: Prepared) -> Result<Self> {
        let mut command = command(&prepared);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self::serve(prepared, command).await
    }

    /// Starts it with both of its streams written into a file.
    pub(crate) async fn start_into(prepared: Prepared, output: File) -> Result<Self> {
        let mut command = command(&prepared);
        let errors = output.try_clone().doing("share a file")?;
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        Self::serve(prepared, command).await
    }

    /// Starts it on a terminal, which becomes its controlling one.
    pub(crate) async fn start_on(prepared: Prepared, terminal: OwnedFd) -> Result<Self> {
        let (program, arguments) = prepared.command();
        let mut command = Command::new(program);
        let share = || terminal.try_clone().doing("share a terminal");
        command.stdin(share()?).stdout(share()?).stderr(share()?);
        // No process group: the helper makes a session of its own, as leaders cannot.
        let is_killed = !prepared.is_supervised();
        command.args(arguments).kill_on_drop(is_killed);
        Self::serve(prepared, command).await
    }

    /// Starts it without a sandbox.
    pub(crate) async fn start_unconfined(spec: &Spec) -> Result<Self> {
        let mut command = unconfined::command(spec, &[]);
        command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self::watch(command).await
    }

    /// Starts it without a sandbox on a terminal, which becomes its controlling one.
    pub(crate) async fn start_unconfined_on(spec: &Spec, terminal: OwnedFd) -> Result<Self> {
        let mut command = unconfined::command(spec, &[SETSID, "--ctty"]);
        let share = || terminal.try_clone().doing("share a terminal");
        command.stdin(share()?).stdout(share()?).stderr(share()?);
        Self::watch(command).await
    }

    /// Starts a command that nothing is served to.
    async fn watch(command: Command) -> Result<Self> {
        let mut child = start::start(command).await?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        Ok(Self {
            stdout,
            stderr,
            child,
            is_supervised: false,
            _inlets: tokio::spawn(async {}),
            cancel: None,
            _group: None,
        })
    }

    async fn serve(prepared: Prepared, command: Command) -> Result<Self> {
        let mut child = start::start(command).await?;
        let (cancel, group) = (CancellationToken::new(), prepared.group());
        let is_supervised = prepared.is_supervised();
        let serving = prepared.serve(cancel.clone());
        let inlets = tokio::spawn(async move {
            if let Err(error) = serving.await {
                debug!("a sandbox's sockets are not served: {error}");
            }
        });
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        Ok(Self {
            stdout,
            stderr,
            child,
            is_supervised,
            _inlets: inlets,
            cancel: Some(cancel.drop_guard()),
            _group: group,
        })
    }

    /// Waits for its end. Read what it writes meanwhile, else it may wait for you.
    pub async fn wait(&mut self) -> Result<ExitStatus> {
        self.child.wait().await.doing("wait for a sandbox")
    }

    /// Ends it with every process that it started.
    pub async fn kill(&mut self) -> Result<()> {
        if self.is_supervised {
            self.cancel.take();
            if let Ok(ended) = timeout(PATIENCE, self.child.wait()).await {
                return ended.map(drop).doing("end a sandbox");
            }
        }
        self.child.kill().await.doing("end a sandbox")
    }
}

impl Drop for Running {
    /// What it has started ends with it: without a sandbox that is what is in its group.
    fn drop(&mut self) {
        if self.is_supervised {
            return;
        }
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(pid) = pid.and_then(Pid::from_raw) {
            // it may lead none
            kill_process_group(pid, Signal::KILL).ok();
        }
    }
}

/// The command, in a process group of its own, which dies with its handle if it may be killed.
pub(crate) fn command(prepared: &Prepared) -> Command {
    let (program, arguments) = prepared.command();
    let mut command = Command::new(program);
    let is_killed = !prepared.is_supervised();
    command
        .args(arguments)
        .process_group(0)
        .kill_on_drop(is_killed);
    command
}
