//! An open connection of a page's, handed from the server's process to the host's.
//!
//! The server has answered its handshake then; the host goes on with its frames, and the server has
//! no part in it any more.

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
};

use sandbox::{receive_descriptors, send_descriptors};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, Interest},
    net::UnixStream,
};

/// Goes with the connection.
const HANDED: u8 = b'+';
/// What a page can have sent before anybody reads its frames: little, as it waits for the handshake.
const ALREADY_BYTES: u64 = 1 << 20;

/// Hands a connection over, with what was read of it already.
pub(crate) async fn hand(host: &mut UnixStream, page: impl AsFd, already: &[u8]) -> io::Result<()> {
    let send = || send_descriptors(&*host, HANDED, &[page.as_fd()]);
    host.async_io(Interest::WRITABLE, send).await?;
    host.write_all(already).await?;
    host.shutdown().await
}

/// Takes a connection, with what was read of it already.
pub(crate) async fn take(server: &mut UnixStream) -> io::Result<(OwnedFd, Vec<u8>)> {
    let receive = || receive_descriptors(&*server);
    let (_, mut fds) = server.async_io(Interest::READABLE, receive).await?;
    let page = fds.pop().ok_or(io::ErrorKind::InvalidData)?;
    let mut already = Vec::new();
    server.take(ALREADY_BYTES).read_to_end(&mut already).await?;
    Ok((page, already))
}
