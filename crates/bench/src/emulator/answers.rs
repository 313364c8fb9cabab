//! Waiting for a server's first answer.

use std::{io, net::SocketAddrV4, path::Path, time::Duration};

use anyhow::Context as _;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::UnixStream,
    time::{sleep, timeout},
};

use crate::server::PATIENCE;

/// The pause between two tries; a server is found at most so much too late.
const PAUSE: Duration = Duration::from_millis(1);
/// Who asks in an account's network: one of its terminals.
const TERMINAL: &str = "100.64.0.2";
/// The port that it asks from; any would do.
const FROM_PORT: u16 = 40_000;
/// What says that a connection leads somewhere.
const LEADS: u8 = b'+';
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n";

/// Connects again and again, and returns once a page has come.
pub async fn until<S: AsyncRead + AsyncWrite + Unpin>(
    connect: impl AsyncFn() -> io::Result<S>,
) -> anyhow::Result<()> {
    let answered = async {
        loop {
            if let Ok(stream) = connect().await
                && answers(stream).await.is_ok_and(|answers| answers)
            {
                break;
            }
            sleep(PAUSE).await;
        }
    };
    timeout(PATIENCE, answered)
        .await
        .context("a server does not answer")
}

/// Whether a server answers a request with success.
async fn answers(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<bool> {
    stream.write_all(REQUEST).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer.starts_with(b"HTTP/1.1 200 "))
}

/// Connects to an address of an account's network, as the sandbox of a terminal does: by version 1
/// of the PROXY protocol.
///
/// # Errors
/// It leads nowhere, for now or because a security group says so.
pub async fn led(network: &Path, to: SocketAddrV4) -> io::Result<UnixStream> {
    let mut stream = UnixStream::connect(network).await?;
    let (address, port) = (to.ip(), to.port());
    let line = format!("PROXY TCP4 {TERMINAL} {address} {FROM_PORT} {port}\r\n");
    stream.write_all(line.as_bytes()).await?;
    match stream.read_u8().await? {
        LEADS => Ok(stream),
        _ => Err(io::ErrorKind::ConnectionRefused.into()),
    }
}
