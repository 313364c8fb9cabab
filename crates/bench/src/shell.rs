//! A page that shows one terminal.

use std::{
    hash::{BuildHasher as _, RandomState},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use client::terminals;
use futures_util::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use shared::{
    OpenTerminal, TerminalId, paths,
    terminal::{HostFrame, PageFrame},
};
use tokio::{net::TcpStream, sync::mpsc, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};
use tokio_util::task::AbortOnDropHandle;

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
    sink: SplitSink<Socket, Message>,
    heard: mpsc::UnboundedReceiver<tungstenite::Result<Message>>,
    text: String,
    typed: u32,
    _hearing: AbortOnDropHandle<()>,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Reads whether or not anybody waits for it, as a browser does: pings are answered.
async fn hear(
    mut stream: SplitStream<Socket>,
    tell: mpsc::UnboundedSender<tungstenite::Result<Message>>,
) {
    while let Some(message) = stream.next().await {
        if tell.send(message).is_err() {
            return; // the page is closed
        }
    }
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
            client: RandomState::new().hash_one(()),
            cols,
            rows,
        };
        socket.send(Message::binary(attach.encode())).await?;
        let (sink, stream) = socket.split();
        let (tell, heard) = mpsc::unbounded_channel();
        let mut shell = Self {
            id,
            sink,
            heard,
            text: String::new(),
            typed: 0,
            _hearing: AbortOnDropHandle::new(tokio::spawn(hear(stream, tell))),
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
        Ok(self.sink.send(Message::binary(input.encode())).await?)
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
            .heard
            .recv()
            .await
            .context("the terminal's socket ended")??;
        if !message.is_binary() {
            return Ok(()); // a ping, which is answered
        }
        match HostFrame::decode(&message.into_data())? {
            HostFrame::Output { seq, bytes } => {
                self.text += &String::from_utf8_lossy(bytes);
                // without it the shell waits for a page that is slow
                self.acknowledge(seq + bytes.len() as u64).await?;
            }
            HostFrame::Snapshot { seq, bytes } => {
                self.text += &String::from_utf8_lossy(bytes);
                self.acknowledge(seq).await?;
            }
            HostFrame::Attached { input, .. } => self.typed = input,
            HostFrame::Size { .. } => {}
            other => bail!("unexpected: {other:?}"),
        }
        Ok(())
    }

    async fn acknowledge(&mut self, seq: u64) -> anyhow::Result<()> {
        let ack = PageFrame::Ack { seq };
        Ok(self.sink.send(Message::binary(ack.encode())).await?)
    }
}
