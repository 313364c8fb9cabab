//! The limits: bash on a PTY with nothing between, and a websocket with nothing behind.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use anyhow::{anyhow, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tokio::net::TcpListener;
use tokio_tungstenite::{
    accept_async_with_config,
    tungstenite::{Message, client::client_with_config},
};

use super::{
    line::{Line, PROMPT, SIZE},
    page::{SMALL_BUFFER, config},
};

/// How much is read at once; a PTY hands out a few KiB, whatever the buffer.
const BUFFER: usize = 64 << 10;

/// Bash on a PTY with nothing between: what no terminal in a browser can be faster than.
pub struct Bare {
    // dropped before the others, it ends the shell
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    reader: Box<dyn Read + Send>,
    _master: Box<dyn MasterPty + Send>,
    buffer: Vec<u8>,
}

impl Bare {
    /// Starts it.
    pub fn open() -> anyhow::Result<Self> {
        let (cols, rows) = SIZE;
        let pair = native_pty_system().openpty(PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        })?;
        let mut bash = CommandBuilder::new("bash");
        bash.args(["--norc", "-i"]);
        bash.env("PS1", PROMPT);
        let child = pair.slave.spawn_command(bash)?;
        Ok(Self {
            child,
            writer: pair.master.take_writer()?,
            reader: pair.master.try_clone_reader()?,
            _master: pair.master,
            buffer: vec![0; BUFFER],
        })
    }
}

impl Line for Bare {
    fn type_(&mut self, keys: &[u8]) -> anyhow::Result<()> {
        Ok(self.writer.write_all(keys)?)
    }

    fn read(&mut self) -> anyhow::Result<&[u8]> {
        let count = self.reader.read(&mut self.buffer)?;
        ensure!(count > 0, "bash ended");
        Ok(&self.buffer[..count])
    }

    fn drawn(&mut self) -> anyhow::Result<()> {
        Ok(()) // the kernel waits by itself
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        // it ends with its PTY in any case; waiting leaves no zombie
        self.child.kill().and_then(|()| self.child.wait()).ok();
    }
}

/// Echoes frames on loopback until it is killed; `listens` is told where.
pub async fn echo_frames(
    listens: impl FnOnce(SocketAddr) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    listens(listener.local_addr()?)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            let config = Some(config(SMALL_BUFFER));
            let mut socket = accept_async_with_config(stream, config).await?;
            while let Some(message) = socket.next().await {
                socket.send(message?).await?;
            }
            anyhow::Ok(())
        });
    }
}

/// How long frames of one byte take there and back, one after the other.
pub fn time_frames(address: SocketAddr, count: usize) -> anyhow::Result<Vec<Duration>> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let opened = client_with_config("ws://localhost/", stream, Some(config(SMALL_BUFFER)));
    let (mut socket, _) = opened.map_err(|error| anyhow!("open a socket: {error}"))?;
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let begun = Instant::now();
        socket.send(Message::binary(vec![b'a']))?;
        socket.read()?;
        times.push(begun.elapsed());
    }
    Ok(times)
}
