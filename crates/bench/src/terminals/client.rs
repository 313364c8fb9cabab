//! Clients in processes of their own: so that what the server's processes take is theirs, and no
//! measurement shares a processor's time with another by being in one program with it.
//!
//! A client reads what it is to do as one line of JSON, and writes what it has to say the same way.

use std::{net::SocketAddr, path::PathBuf, process::Stdio, time::Duration};

use anyhow::Context as _;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use super::{asking::Door, page::Address};
use crate::server::PATIENCE;

/// The word that makes this program a client.
pub const WORD: &str = "terminal-client";

/// Where a client's terminal is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Place {
    /// It is a bare PTY of the client's own.
    Bare,
    /// It is a terminal that is open already.
    Page(Address),
}

/// What a client is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Job {
    /// Write a file out, and say what that took: [`Read`].
    Output {
        /// Where.
        place: Place,
        /// The file.
        file: PathBuf,
    },
    /// Type keys, each once the one before has come back, and say how long each took.
    Echo {
        /// Where.
        place: Place,
        /// How many.
        keys: usize,
    },
    /// Say so once output floods, and read it until told to end; then say what was read: [`Read`].
    Flood {
        /// Where.
        place: Place,
        /// How much is read each second; without it, all that comes.
        bytes_per_second: Option<f64>,
    },
    /// Do the worst that a sandbox can, say so, and read what it writes until told to end; then say
    /// what was read: [`Read`].
    Noise {
        /// Where.
        place: Place,
    },
    /// Stop in the middle of a flood, and say how many bytes come after that.
    Stop {
        /// Where.
        address: Address,
        /// What is stopped.
        stop: Stop,
    },
    /// Type Ctrl-C while a program floods, and say how long it takes to the prompt, each time.
    Interrupt {
        /// Where.
        place: Place,
        /// The program.
        program: String,
        /// How much is read each second.
        bytes_per_second: f64,
        /// How often.
        times: usize,
    },
    /// Ask at each of these doors for a terminal, so often, and say the times of each round: [`Round`](super::asking::Round).
    Ask {
        /// Who is asked in a round.
        doors: Vec<Door>,
        /// How often.
        rounds: usize,
    },
    /// Be a bare websocket server: say where, and echo frames.
    FrameServer,
    /// Send frames of one byte to it, and say how long each took there and back.
    Frames {
        /// Where it listens.
        address: SocketAddr,
        /// How many.
        count: usize,
    },
}

/// What a viewer stops doing.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Stop {
    /// It reads, and says nothing of it.
    Acknowledging,
    /// It does not even read.
    Reading,
}

/// What was read.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Read {
    /// How much.
    pub bytes: u64,
    /// In how many parts: frames, or reads of a PTY.
    pub parts: u64,
    /// How long it took.
    pub took: Duration,
    /// For how many seconds the client kept processors busy.
    pub busy_seconds: f64,
}

impl Read {
    /// How much came each second.
    pub fn megabytes_per_second(&self) -> f64 {
        self.gigabytes() * 1000.0 / self.took.as_secs_f64()
    }

    /// How much came.
    pub fn gigabytes(&self) -> f64 {
        self.bytes as f64 / 1e9
    }
}

/// A client at work; it ends when this is dropped.
#[derive(Debug)]
pub struct Client {
    said: Lines<BufReader<ChildStdout>>,
    // until it is told to end
    told: Option<ChildStdin>,
    child: Child,
}

impl Client {
    /// Starts one.
    pub async fn start(job: &Job) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(WORD)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("start a client")?;
        let mut told = child.stdin.take().context("a client has no input")?;
        let said = child.stdout.take().context("a client has no output")?;
        let job = serde_json::to_string(job)? + "\n";
        told.write_all(job.as_bytes()).await?;
        Ok(Self {
            said: BufReader::new(said).lines(),
            told: Some(told),
            child,
        })
    }

    /// What it says next.
    pub async fn said<T: DeserializeOwned>(&mut self) -> anyhow::Result<T> {
        let line = timeout(PATIENCE, self.said.next_line()).await;
        let line = line.context("a client says nothing")??;
        let line = line.context("a client ended before it was done")?;
        Ok(serde_json::from_str(&line)?)
    }

    /// Tells it to end, and returns what it says last.
    pub async fn end<T: DeserializeOwned>(mut self) -> anyhow::Result<T> {
        drop(self.told.take());
        let said = self.said().await?;
        // what it held is let go before anything else is measured
        self.child.wait().await?;
        Ok(said)
    }
}

/// Has a client do a job to its end, and returns what it says.
pub async fn run<T: DeserializeOwned>(job: &Job) -> anyhow::Result<T> {
    Client::start(job).await?.end().await
}
