//! A sandbox that stays, as a machine does.

use std::{fs::File, net, process::ExitStatus, process::Stdio};

use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpStream, UnixStream},
    process::Child,
    sync::Mutex,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    Error, Prepared, Result,
    control::receive,
    error::Doing as _,
    running, start,
    wire::{self, Dial},
};

/// A sandbox that stays until it is killed or dropped.
#[derive(Debug)]
pub struct Machine {
    child: Mutex<Child>,
    agent: Mutex<UnixStream>,
    kill: CancellationToken,
    _cancel: DropGuard,
}

impl Machine {
    pub(crate) async fn boot(prepared: Prepared, console: File) -> Result<Self> {
        let mut command = running::command(&prepared);
        let errors = console.try_clone().doing("share the console")?;
        command.stdin(Stdio::null()).stdout(console).stderr(errors);
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
        })
    }

    /// Connects to a port of the machine's own loopback.
    pub async fn dial(&self, port: u16) -> Result<TcpStream> {
        let line = wire::line(&Dial { port }).doing("write a dial")?;
        let mut agent = self.agent.lock().await;
        agent.write_all(&line).await.doing("ask the agent")?;
        let (_, mut sockets) = receive(&agent).await?;
        let socket = net::TcpStream::from(sockets.pop().ok_or(Error::Refused(port))?);
        socket.set_nonblocking(true).doing("prepare a connection")?;
        TcpStream::from_std(socket).doing("prepare a connection")
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
