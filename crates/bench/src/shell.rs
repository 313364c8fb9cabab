//! A page that shows one terminal, and a bare one for comparison.

use std::{
    io::{Read, Write},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use client::terminals;
use futures_util::{SinkExt as _, StreamExt as _};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use shared::{
    OpenTerminal, TerminalId, paths,
    terminal::{HostFrame, PageFrame},
};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use crate::{
    guest::Guest,
    server::{PATIENCE, Server},
};

/// Large enough that what is looked for is not broken into lines.
const SIZE: OpenTerminal = OpenTerminal::sized(250, 50);
/// What a prompt ends with, here and in a new home.
const PROMPT: &str = "$ ";

/// A terminal on a page.
#[derive(Debug)]
pub struct Shell {
    id: TerminalId,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    text: String,
    typed: u32,
}

impl Shell {
    /// Opens a terminal as the page does, and returns at its first prompt.
    pub async fn open(server: &Server, guest: &Guest) -> anyhow::Result<Self> {
        let id = terminals::open(&guest.client, &SIZE).await?.id;
        let url = format!("ws://{}{}", server.address, paths::terminal_socket(id));
        let mut request = url.into_client_request()?;
        request
            .headers_mut()
            .insert("cookie", guest.cookie.parse()?);
        request
            .headers_mut()
            .insert("origin", guest.origin.parse()?);
        let (mut socket, _) = connect_async(request).await?;
        let OpenTerminal { cols, rows, .. } = SIZE;
        let attach = PageFrame::Attach {
            epoch: 0,
            have: 0,
            cols,
            rows,
        };
        socket.send(Message::binary(attach.encode())).await?;
        let mut shell = Self {
            id,
            socket,
            text: String::new(),
            typed: 0,
        };
        shell.until(PROMPT).await?;
        Ok(shell)
    }

    /// Types a line, and returns what came until its command ended, and how long that took;
    /// fails when the command does.
    pub async fn run(&mut self, line: &str) -> anyhow::Result<(String, Duration)> {
        self.text.clear();
        let begun = Instant::now();
        // written in two parts, so that the echo of what is typed is not taken for the end
        self.type_(&format!("{line}; echo en''d=$?\r")).await?;
        self.until("end=").await?;
        self.until(PROMPT).await?;
        let took = begun.elapsed();
        if !self.text.contains("end=0") {
            bail!("{line:?} failed: {}", self.text);
        }
        Ok((self.text.clone(), took))
    }

    /// Types one key, and returns how long its echo took.
    pub async fn echo(&mut self, key: &str) -> anyhow::Result<Duration> {
        self.text.clear();
        let begun = Instant::now();
        self.type_(key).await?;
        self.until(key).await?;
        Ok(begun.elapsed())
    }

    /// Ends the terminal.
    pub async fn end(self, guest: &Guest) -> anyhow::Result<()> {
        Ok(terminals::end(&guest.client, self.id).await?)
    }

    async fn type_(&mut self, keys: &str) -> anyhow::Result<()> {
        self.typed += 1;
        let input = PageFrame::Input {
            number: self.typed,
            bytes: keys.as_bytes(),
        };
        Ok(self.socket.send(Message::binary(input.encode())).await?)
    }

    async fn until(&mut self, words: &str) -> anyhow::Result<()> {
        let seen = async {
            while !self.text.contains(words) {
                self.next().await?;
            }
            anyhow::Ok(())
        };
        match timeout(PATIENCE, seen).await {
            Ok(seen) => seen,
            Err(_) => bail!("{words:?} did not come, but {:?}", self.text),
        }
    }

    async fn next(&mut self) -> anyhow::Result<()> {
        let message = self
            .socket
            .next()
            .await
            .context("the terminal's socket ended")??;
        match HostFrame::decode(&message.into_data())? {
            HostFrame::Output { bytes, .. } | HostFrame::Snapshot { bytes, .. } => {
                self.text += &String::from_utf8_lossy(bytes);
            }
            HostFrame::Attached { input, .. } => self.typed = input,
            other => bail!("unexpected: {other:?}"),
        }
        Ok(())
    }
}

/// Bash on a PTY with nothing between: what no terminal in a browser can be faster than.
pub struct Bare {
    // dropped before the others, it ends the shell
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    reader: Box<dyn Read + Send>,
    _master: Box<dyn MasterPty + Send>,
}

impl Bare {
    /// Starts it, and returns at its first prompt.
    pub fn open() -> anyhow::Result<Self> {
        let OpenTerminal { cols, rows, .. } = SIZE;
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size)?;
        let mut bash = CommandBuilder::new("bash");
        bash.args(["--norc", "-i"]);
        bash.env("PS1", PROMPT);
        let child = pair.slave.spawn_command(bash)?;
        let (writer, reader) = (pair.master.take_writer()?, pair.master.try_clone_reader()?);
        let mut bare = Self {
            child,
            writer,
            reader,
            _master: pair.master,
        };
        bare.until(PROMPT)?;
        Ok(bare)
    }

    /// Types one key, and returns how long its echo took.
    pub fn echo(&mut self, key: &str) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        self.writer.write_all(key.as_bytes())?;
        self.until(key)?;
        Ok(begun.elapsed())
    }

    fn until(&mut self, words: &str) -> anyhow::Result<()> {
        let (mut text, mut part) = (String::new(), [0; 4096]);
        while !text.contains(words) {
            let count = self.reader.read(&mut part)?;
            text += &String::from_utf8_lossy(&part[..count]);
        }
        Ok(())
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        // it ends with its PTY in any case; waiting leaves no zombie
        self.child.kill().and_then(|()| self.child.wait()).ok();
    }
}
