//! A page on a terminal: a blocking websocket, so that what is measured is not a runtime of ours.

use std::{
    hash::{BuildHasher as _, RandomState},
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::net::UnixStream,
    path::PathBuf,
    time::Duration,
};

use anyhow::{anyhow, bail, ensure};
use serde::{Deserialize, Serialize};
use shared::{
    TerminalId, paths,
    terminal::{HostFrame, PageFrame},
};
use tokio_tungstenite::tungstenite::{
    Bytes, Error, Message, WebSocket,
    client::{IntoClientRequest as _, client_with_config},
    protocol::WebSocketConfig,
};

use super::line::{Line, SIZE};

/// How much is read at once where much comes.
pub const LARGE_BUFFER: usize = 256 << 10;
/// Where little comes: the library fills its buffer with zeros before each read.
pub const SMALL_BUFFER: usize = 4 << 10;
/// How much is drawn until the host is told.
const ACKNOWLEDGED_BYTES: u64 = 64 << 10;

/// Where a page finds a terminal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Address {
    /// At the host's own socket.
    Host {
        /// The socket.
        socket: PathBuf,
        /// The host's name for the terminal.
        terminal: String,
    },
    /// Through the server, as a browser.
    Server {
        /// What shows it.
        browser: Browser,
        /// The path of the terminal's socket.
        path: String,
    },
}

/// A browser at a server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Browser {
    /// Where the server listens.
    pub listens: SocketAddr,
    /// Its `Cookie`.
    pub cookie: String,
    /// Its `Origin`.
    pub origin: String,
}

impl Browser {
    /// Where a terminal is for it.
    pub fn at(&self, id: TerminalId) -> Address {
        Address::Server {
            browser: self.clone(),
            path: paths::terminal_socket(id),
        }
    }
}

/// A page on a terminal.
pub struct Page {
    socket: WebSocket<Stream>,
    last: Bytes,
    /// The offset after the last byte that came.
    at: u64,
    acknowledged: u64,
    typed: u32,
    has_output: bool,
}

impl Page {
    /// Opens the socket and attaches; the answer comes with the first output.
    pub fn open(address: &Address, buffer: usize) -> anyhow::Result<Self> {
        let mut page = Self {
            socket: connect(address, buffer)?,
            last: Bytes::new(),
            at: 0,
            acknowledged: 0,
            typed: 0,
            has_output: false,
        };
        let (cols, rows) = SIZE;
        page.send(&PageFrame::Attach {
            epoch: 0,
            have: 0,
            client: RandomState::new().hash_one(()),
            cols,
            rows,
        })?;
        Ok(page)
    }

    /// The offset after the last byte that came.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// Acknowledges all that came.
    pub fn acknowledge(&mut self) -> anyhow::Result<()> {
        self.acknowledged = self.at;
        self.send(&PageFrame::Ack { seq: self.at })
    }

    /// Reads on, and acknowledges nothing, until nothing has come for so long.
    pub fn read_to_silence(&mut self, silence: Duration) -> anyhow::Result<()> {
        self.socket.get_ref().give_up_after(silence)?;
        while self.next()? {}
        Ok(())
    }

    /// Answers what the host asks meanwhile, as a browser does by itself; waits for nothing.
    pub fn answer(&mut self) -> anyhow::Result<()> {
        self.socket.get_ref().set_nonblocking(true)?;
        while self.next()? {}
        Ok(self.socket.get_ref().set_nonblocking(false)?)
    }

    fn send(&mut self, frame: &PageFrame<'_>) -> anyhow::Result<()> {
        Ok(self.socket.send(Message::binary(frame.encode()))?)
    }

    /// Reads the next output; whether any came in time.
    fn next(&mut self) -> anyhow::Result<bool> {
        loop {
            let message = match self.socket.read() {
                Err(Error::Io(error)) if is_late(&error) => return Ok(false),
                read => read?,
            };
            let Message::Binary(frame) = message else {
                continue;
            };
            match HostFrame::decode(&frame)? {
                HostFrame::Output { seq, bytes } => {
                    ensure!(seq == self.at, "after {} came {seq}", self.at);
                    self.at += bytes.len() as u64;
                    self.last = frame.slice_ref(bytes);
                }
                HostFrame::Snapshot { seq, bytes } => {
                    ensure!(!self.has_output, "output was left out");
                    self.at = seq;
                    self.last = frame.slice_ref(bytes);
                }
                HostFrame::Attached { seq, .. } => {
                    self.at = seq;
                    continue;
                }
                HostFrame::Exit { code } => bail!("the shell ended with {code}"),
                HostFrame::Notice { text } => bail!("told: {text}"),
                HostFrame::Pong | HostFrame::Size { .. } => continue,
            }
            self.has_output = true;
            return Ok(true);
        }
    }
}

impl Line for Page {
    fn type_(&mut self, keys: &[u8]) -> anyhow::Result<()> {
        self.typed += 1;
        self.send(&PageFrame::Input {
            number: self.typed,
            bytes: keys,
        })
    }

    fn read(&mut self) -> anyhow::Result<&[u8]> {
        ensure!(self.next()?, "no output came");
        Ok(&self.last)
    }

    fn drawn(&mut self) -> anyhow::Result<()> {
        if self.at < self.acknowledged + ACKNOWLEDGED_BYTES {
            return Ok(());
        }
        self.acknowledge()
    }
}

/// How a websocket reads and writes here: each frame is written at once.
pub fn config(buffer: usize) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(buffer)
        .write_buffer_size(0)
}

fn connect(address: &Address, buffer: usize) -> anyhow::Result<WebSocket<Stream>> {
    let (stream, request) = match address {
        Address::Host { socket, terminal } => {
            let url = format!("ws://localhost/terminals/{terminal}");
            let stream = Stream::Unix(UnixStream::connect(socket)?);
            (stream, url.into_client_request()?)
        }
        Address::Server { browser, path } => {
            let Browser {
                listens,
                cookie,
                origin,
            } = browser;
            let stream = TcpStream::connect(listens)?;
            stream.set_nodelay(true)?;
            let mut request = format!("ws://{listens}{path}").into_client_request()?;
            let headers = request.headers_mut();
            headers.insert("cookie", cookie.parse()?);
            headers.insert("origin", origin.parse()?);
            (Stream::Tcp(stream), request)
        }
    };
    let opened = client_with_config(request, stream, Some(config(buffer)));
    let (socket, _) = opened.map_err(|error| anyhow!("open a terminal's socket: {error}"))?;
    Ok(socket)
}

fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// What a page's websocket is on.
#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    fn give_up_after(&self, time: Duration) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_read_timeout(Some(time)),
            Self::Unix(stream) => stream.set_read_timeout(Some(time)),
        }
    }

    fn set_nonblocking(&self, is_nonblocking: bool) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_nonblocking(is_nonblocking),
            Self::Unix(stream) => stream.set_nonblocking(is_nonblocking),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Unix(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(()) // neither keeps anything back
    }
}
