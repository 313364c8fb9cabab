//! A command that runs in a machine, beside others.

use std::{io, os::fd::OwnedFd, os::unix::net};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    net::{UnixStream, unix::pipe},
};

use crate::{Error, Result, error::Doing as _, wire};
pub use wire::{Job, Outcome};

/// The longest line that tells an end.
const LONGEST_OUTCOME: u64 = 4096;

/// A command that runs in a machine; it ends, with all in its process group, when this is dropped.
#[derive(Debug)]
pub struct Task {
    /// What it reads, which ends when this is dropped; none for a command that reads nothing.
    pub stdin: Option<pipe::Sender>,
    /// What it writes, until someone takes it.
    pub stdout: Option<pipe::Receiver>,
    /// What it complains, until someone takes it.
    pub stderr: Option<pipe::Receiver>,
    line: Line,
}

/// Tells how a command in a machine ends, and ends it when this is dropped.
#[derive(Debug)]
pub struct Line(BufReader<UnixStream>);

impl Task {
    pub(crate) fn new(descriptors: Vec<OwnedFd>) -> Result<Self> {
        let Ok([stdin, stdout, stderr, line]) = <[OwnedFd; 4]>::try_from(descriptors) else {
            let strange = "the agent answered with something else".to_owned();
            return Err(Error::Start(strange));
        };
        let stdin = pipe::Sender::from_owned_fd(stdin);
        Ok(Self {
            stdin: Some(stdin.doing("write to a command")?),
            stdout: Some(receiver(stdout)?),
            stderr: Some(receiver(stderr)?),
            line: Line::new(line)?,
        })
    }

    /// Waits for its end. Read what it writes meanwhile, else it may wait for you.
    ///
    /// What it left running in its process group has been ended by then.
    pub async fn wait(&mut self) -> Result<Outcome> {
        self.line.wait().await
    }
}

impl Line {
    pub(crate) fn new(descriptor: OwnedFd) -> Result<Self> {
        let stream = hear(descriptor).doing("hear of a command")?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Waits for the command's end.
    pub async fn wait(&mut self) -> Result<Outcome> {
        let mut text = String::new();
        let mut line = (&mut self.0).take(LONGEST_OUTCOME);
        line.read_line(&mut text)
            .await
            .doing("wait for a command")?;
        serde_json::from_str(&text).doing("understand how a command ended")
    }
}

fn receiver(descriptor: OwnedFd) -> Result<pipe::Receiver> {
    pipe::Receiver::from_owned_fd(descriptor).doing("read a command")
}

fn hear(descriptor: OwnedFd) -> io::Result<UnixStream> {
    let line = net::UnixStream::from(descriptor);
    line.set_nonblocking(true)?;
    UnixStream::from_std(line)
}
