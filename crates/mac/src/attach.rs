//! This terminal attached to one of the server's, by the frames of [`shared::terminal`].

use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, IsTerminal, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use client::Client;
use reqwest::Url;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use shared::terminal::{HostFrame, PageFrame};
use shared::{TerminalId, paths};
use tokio::io::Interest;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, client::IntoClientRequest};

/// Ctrl-], as in telnet.
const LET_GO: u8 = 0x1d;
/// How often a quiet connection is used, so that nothing between takes it for dead.
const PING: Duration = Duration::from_secs(20);

/// How it ended.
pub enum Ended {
    /// The shell goes on.
    LetGo,
    /// The shell ended with this exit code.
    Exited(i32),
}

/// This terminal's columns and rows.
pub fn size() -> (u16, u16) {
    match tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
        _ => (80, 24),
    }
}

/// Fails where nobody sits.
pub fn ensure_terminal() -> anyhow::Result<()> {
    ensure!(
        io::stdin().is_terminal() && io::stdout().is_terminal(),
        "only a terminal can be attached"
    );
    Ok(())
}

/// Passes what is typed to a terminal of the server, and what it writes to this one.
pub async fn attach(client: &Client, id: TerminalId) -> anyhow::Result<Ended> {
    let mut wire = Wire::connect(client, id)?;
    let _raw = Raw::begin()?;
    let mut typed = typed();
    let mut resized = signal(SignalKind::window_change())?;
    let mut pings = tokio::time::interval(PING);
    let (cols, rows) = size();
    wire.send(&PageFrame::Attach {
        epoch: 0,
        have: 0,
        client: RandomState::new().hash_one(id),
        cols,
        rows,
    })?;
    loop {
        tokio::select! {
            frames = wire.ready() => {
                frames?;
                if let Some(ended) = wire.read()? {
                    return Ok(ended);
                }
            }
            bytes = typed.recv() => {
                let bytes = bytes.unwrap_or_else(|| vec![LET_GO]);
                let end = bytes.iter().position(|&byte| byte == LET_GO);
                let before = &bytes[..end.unwrap_or(bytes.len())];
                if !before.is_empty() {
                    wire.input(before)?;
                }
                if end.is_some() {
                    wire.flush().await?;
                    return Ok(Ended::LetGo);
                }
            }
            _ = resized.recv() => {
                let (cols, rows) = size();
                wire.send(&PageFrame::Resize { cols, rows })?;
            }
            _ = pings.tick() => wire.send(&PageFrame::Ping)?,
        }
    }
}

/// What is typed, read where waiting for it holds nobody up.
fn typed() -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel(16);
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = io::stdin().lock().read(&mut bytes) {
            if sender.blocking_send(bytes[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}

/// The socket of a terminal.
struct Wire {
    socket: WebSocket<TcpStream>,
    /// The same connection, which says when it can be read.
    watched: tokio::net::TcpStream,
    number: u32,
}

impl Wire {
    fn connect(client: &Client, id: TerminalId) -> anyhow::Result<Self> {
        let mut url = Url::parse(client.base())?.join(&paths::terminal_socket(id))?;
        ensure!(
            url.scheme() == "http",
            "{} can't be attached to: terminals are attached over plain http alone",
            client.base()
        );
        let host = url.host_str().context("the server's address has no host")?;
        let port = url
            .port_or_known_default()
            .context("the server has no port")?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let stream = TcpStream::connect((host, port)).context("connect to the server")?;
        stream.set_nodelay(true)?;
        let watched = stream.try_clone()?;
        url.set_scheme("ws")
            .ok()
            .context("the address has no socket")?;
        let mut request = url.as_str().into_client_request()?;
        let token = format!("Bearer {}", client.token().unwrap_or_default());
        request
            .headers_mut()
            .insert("authorization", token.parse()?);
        let (socket, _) = tokio_tungstenite::tungstenite::client(request, stream)
            .map_err(|error| anyhow::anyhow!("the terminal is not there: {error}"))?;
        watched.set_nonblocking(true)?;
        Ok(Self {
            socket,
            watched: tokio::net::TcpStream::from_std(watched)?,
            number: 0,
        })
    }

    async fn ready(&self) -> io::Result<()> {
        self.watched.readable().await
    }

    fn send(&mut self, frame: &PageFrame<'_>) -> anyhow::Result<()> {
        match self.socket.send(Message::binary(frame.encode())) {
            // what does not fit now goes with the next frame
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            sent => sent.context("write to the terminal"),
        }
    }

    /// Waits until all that was sent is on its way.
    async fn flush(&mut self) -> anyhow::Result<()> {
        loop {
            match self.socket.flush() {
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.watched.writable().await?;
                }
                flushed => return flushed.context("write to the terminal"),
            }
        }
    }

    fn input(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.number += 1;
        let number = self.number;
        self.send(&PageFrame::Input { number, bytes })
    }

    /// Reads what is there; the end, if that is there.
    fn read(&mut self) -> anyhow::Result<Option<Ended>> {
        loop {
            let socket = &mut self.socket;
            let message = self
                .watched
                .try_io(Interest::READABLE, || match socket.read() {
                    Err(Error::Io(error)) => Err(error),
                    read => Ok(read),
                });
            let message = match message {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                read => read.context("read from the terminal")??,
            };
            match message {
                Message::Binary(frame) => {
                    if let Some(ended) = self.shown(&frame)? {
                        return Ok(Some(ended));
                    }
                }
                Message::Close(_) => bail!("the server closed the terminal's connection"),
                Message::Text(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    fn shown(&mut self, frame: &[u8]) -> anyhow::Result<Option<Ended>> {
        let (seq, bytes) = match HostFrame::decode(frame)? {
            HostFrame::Output { seq, bytes } => (seq + bytes.len() as u64, bytes.to_vec()),
            HostFrame::Snapshot { seq, bytes } => (seq, [b"\x1bc", bytes].concat()),
            HostFrame::Attached { input, .. } => {
                self.number = input;
                return Ok(None);
            }
            HostFrame::Exit { code } => return Ok(Some(Ended::Exited(code))),
            HostFrame::Notice { text } => {
                eprint!("\r\n{text}\r\n");
                return Ok(None);
            }
            // another page's size cannot be this terminal's
            HostFrame::Pong | HostFrame::Size { .. } => return Ok(None),
        };
        let mut stdout = io::stdout().lock();
        stdout.write_all(&bytes)?;
        stdout.flush()?;
        // a server that has closed already takes none, and the shell's end is still to be read
        self.send(&PageFrame::Ack { seq }).ok();
        Ok(None)
    }
}

/// A terminal that passes each key on, until this is dropped.
struct Raw(Termios);

impl Raw {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Flush, &raw)?;
        Ok(Self(before))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // nothing is left to be done if the terminal is gone
        tcsetattr(io::stdin(), OptionalActions::Flush, &self.0).ok();
    }
}
