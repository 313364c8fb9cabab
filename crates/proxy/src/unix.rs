//! Requests over unix sockets: the socket's path travels in the address, so that one client keeps
//! connections to many sockets apart.

use std::{
    ffi::OsString,
    future::Future,
    io,
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::{Path, PathBuf},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::{Uri, uri::InvalidUri};
use hyper_util::rt::TokioIo;
use tokio::{net::UnixStream, time::timeout};
use tower::Service;

/// How long connecting may take; a listener that is there takes none.
const CONNECTING: Duration = Duration::from_secs(5);

/// The address of a path and query behind a socket, for a client that [`UnixDial`] connects.
pub fn unix_address(socket: &Path, path: &str) -> Result<Uri, InvalidUri> {
    let bytes = socket.as_os_str().as_bytes().iter();
    let host: String = bytes.map(|byte| format!("{byte:02x}")).collect();
    format!("http://{host}{path}").parse()
}

/// Connects to the sockets that [`unix_address`] names.
#[derive(Debug, Clone, Copy)]
pub struct UnixDial;

impl Service<Uri> for UnixDial {
    type Response = TokioIo<UnixStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        Box::pin(async move {
            let unnamed = || io::Error::other("the address names no socket");
            let socket = address.host().and_then(socket).ok_or_else(unnamed)?;
            let stream = timeout(CONNECTING, UnixStream::connect(socket)).await??;
            Ok(TokioIo::new(stream))
        })
    }
}

fn socket(host: &str) -> Option<PathBuf> {
    let pairs = host.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = pairs.map(byte).collect();
    Some(OsString::from_vec(bytes?).into())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{socket, unix_address};

    #[test]
    fn a_sockets_path_survives_being_an_address() {
        let path = Path::new("/tmp/.tmpAb/run/emu/123/web.sock");
        let address = unix_address(path, "/a?b=c").unwrap();
        assert_eq!(socket(address.host().unwrap()).unwrap(), path);
        assert_eq!(address.path_and_query().unwrap(), "/a?b=c");
        assert_eq!(socket("zz"), None);
    }
}
