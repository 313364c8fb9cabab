//! A sandbox that stays, as a machine does.

use std::{
    fs::File,
    net,
    os::fd::OwnedFd,
    process::{ExitStatus, Stdio},
    sync::Arc,
};

use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpStream, UnixStream},
    process::Child,
    sync::Mutex,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    Error, Prepared, Result, Screen,
    cgroups::Group,
    control::receive,
    error::Doing as _,
    running, start,
    task::{Job, Line, Task},
    wire::{self, Ask},
};

/// A sandbox that stays until it is killed or dropped.
#[derive(Debug)]
pub struct Machine {
    child: Mutex<Child>,
    agent: Mutex<UnixStream>,
    kill: CancellationToken,
    _cancel: DropGuard,
    /// Goes after the child.
    group: Option<Arc<Group>>,
}

impl Machine {
    pub(crate) async fn boot(prepared: Prepared, console: File) -> Result<Self> {
        let mut command = running::command(&prepared);
        let errors = console.try_clone().doing("share the console")?;
        command.stdin(Stdio::null()).stdout(console).stderr(errors);
        let group = prepared.group();
        let mut child = start::start(command).await?;
        let (doors, agent) = tokio::select! {
            introduced = prepared.introduce() => introduced?,
            status = child.wait() => return Err(Error::Start(match status {
                Ok(status) => format!("{status}, see its console"),
                Err(error) => error.to_string(),
            })),
        };
        let cancel = CancellationToken::new();
        tokio::spawn(doors.serve(cancel.clone()));
        let (child, agent) = (Mutex::new(child), Mutex::new(agent));
        Ok(Self {
            child,
            agent,
            kill: CancellationToken::new(),
            _cancel: cancel.drop_guard(),
            group,
        })
    }

    /// Its control group, if it has one.
    pub(crate) fn group(&self) -> Option<&Group> {
        self.group.as_deref()
    }

    /// Connects to a port of the machine's own loopback.
    pub async fn dial(&self, port: u16) -> Result<TcpStream> {
        let mut sockets = self.ask(&Ask::Dial { port }).await?;
        let socket = net::TcpStream::from(sockets.pop().ok_or(Error::Refused(port))?);
        socket.set_nonblocking(true).doing("prepare a connection")?;
        TcpStream::from_std(socket).doing("prepare a connection")
    }

    /// Runs a command that reads nothing beside the first program, its output in pipes.
    pub async fn run(&self, job: Job) -> Result<Task> {
        let mut task = self.run_reading(job).await?;
        task.stdin = None;
        Ok(task)
    }

    /// Runs a command beside the first program, its three streams in pipes.
    pub async fn run_reading(&self, job: Job) -> Result<Task> {
        Task::new(self.ask(&Ask::Run(job)).await?)
    }

    /// Runs a command on a new terminal.
    pub async fn attach(&self, job: Job) -> Result<(Screen, Line)> {
        Screen::new(self.ask(&Ask::Attach(job)).await?)
    }

    async fn ask(&self, ask: &Ask) -> Result<Vec<OwnedFd>> {
        let line = wire::line(ask).doing("write to the agent")?;
        let mut agent = self.agent.lock().await;
        agent.write_all(&line).await.doing("ask the agent")?;
        let (_, descriptors) = receive(&agent).await?;
        Ok(descriptors)
    }

    /// Ends it with every process in it; [`Machine::wait`] says when it is gone.
    pub fn kill(&self) {
        self.kill.cancel();
    }

    /// Waits for its end.
    pub async fn wait(&self) -> Result<ExitStatus> {
        let mut child = self.child.lock().await;
        tokio::select! {
            status = child.wait() => return status.doing("wait for a machine"),
            () = self.kill.cancelled() => {}
        }
        child.kill().await.doing("end a machine")?;
        child.wait().await.doing("wait for a machine")
    }
}
