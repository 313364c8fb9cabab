//! A command on a terminal of a machine, and how one process hands it to another.

use std::{
    os::fd::{AsFd as _, OwnedFd},
    path::Path,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, Interest},
    net::UnixStream,
};

use crate::{Error, Line, Result, control::receive, error::Doing as _, wire};

/// The longest reason that is read when nothing was handed over.
const LONGEST_REASON: u64 = 4096;

/// A command on a terminal of a machine; it ends when this is dropped.
#[derive(Debug)]
pub struct Attached {
    terminal: OwnedFd,
    line: OwnedFd,
}

impl Attached {
    pub(crate) fn new(descriptors: Vec<OwnedFd>) -> Result<Self> {
        let Ok([terminal, line]) = <[OwnedFd; 2]>::try_from(descriptors) else {
            return Err(Error::NoTerminal("the machine has none to give".to_owned()));
        };
        Ok(Self { terminal, line })
    }

    /// Our side of its terminal, and what tells its end; call it inside a runtime.
    pub fn open(self) -> Result<(OwnedFd, Line)> {
        let line = Line::new(self.line)?;
        Ok((self.terminal, line))
    }

    /// Hands it over to the process that asked.
    pub async fn hand_over(self, to: &UnixStream) -> Result<()> {
        let both = [self.terminal.as_fd(), self.line.as_fd()];
        let send = || wire::send(to, wire::GRANTED, &both);
        to.async_io(Interest::WRITABLE, send)
            .await
            .doing("hand a terminal over")
    }

    /// Tells the process that asked why it gets none.
    pub async fn refuse(mut to: UnixStream, reason: &str) -> Result<()> {
        let words = [&[wire::REFUSED], reason.as_bytes()].concat();
        to.write_all(&words).await.doing("refuse a terminal")
    }

    /// Asks the process behind a socket for one, with a line that it understands.
    pub async fn take_over(socket: &Path, ask: &str) -> Result<Self> {
        let stream = UnixStream::connect(socket).await;
        let mut stream = stream.doing("reach who has the machines")?;
        let line = format!("{ask}\n");
        let asked = stream.write_all(line.as_bytes()).await;
        asked.doing("ask for a terminal")?;
        let (byte, descriptors) = receive(&stream).await?;
        if byte == wire::GRANTED {
            return Self::new(descriptors);
        }
        let mut reason = String::new();
        let mut rest = stream.take(LONGEST_REASON);
        let read = rest.read_to_string(&mut reason).await;
        read.doing("hear why there is no terminal")?;
        Err(Error::NoTerminal(reason))
    }
}
