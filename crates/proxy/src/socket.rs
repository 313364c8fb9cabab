//! Two connections that go on as a websocket, whose visitor can be asked to go away.

use std::{future::Future, io, pin::pin, time::Duration};

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy, split},
    time::timeout,
};
use tracing::debug;

use crate::frames::Frames;

/// A close frame that says *service restart*, 1012 of
/// [IANA's registry](https://www.iana.org/assignments/websocket/websocket.xhtml): come again.
const RESTART: [u8; 4] = [0x88, 0x02, 0x03, 0xf4];
/// How long a visitor that was asked to go may take.
const FAREWELL: Duration = Duration::from_secs(5);
const BUFFER_BYTES: usize = 8 * 1024;

/// Passes bytes both ways once both sides are upgraded, until one of them ends, or until `leave`
/// is ready: then the visitor is told, between two frames, to come again.
///
/// `until` is dropped at the end, so that who counts sockets knows of it.
pub fn join_websocket(
    visitor: OnUpgrade,
    upstream: OnUpgrade,
    until: impl Send + 'static,
    leave: impl Future<Output = ()> + Send + 'static,
) {
    tokio::spawn(async move {
        let _until_here = until;
        let passed = async {
            let (visitor, upstream) = tokio::try_join!(visitor, upstream)?;
            pass(TokioIo::new(visitor), TokioIo::new(upstream), leave).await?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        };
        // either end may hang up at any time
        if let Err(error) = passed.await {
            debug!("a websocket ended: {error}");
        }
    });
}

async fn pass<S>(visitor: S, upstream: S, leave: impl Future<Output = ()>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite,
{
    let (mut from_visitor, mut to_visitor) = split(visitor);
    let (mut from_version, mut to_version) = split(upstream);
    let up = async {
        copy(&mut from_visitor, &mut to_version).await?;
        to_version.shutdown().await
    };
    let down = pass_down(&mut from_version, &mut to_visitor, leave);
    let (mut up, mut down) = (pin!(up), pin!(down));
    let left = tokio::select! {
        left = &mut down => left?,
        ended = &mut up => {
            ended?;
            return down.await.map(drop);
        }
    };
    if left {
        // closing on what the visitor is just sending would take back what it was told; what it
        // answers is for the version
        return timeout(FAREWELL, up).await.unwrap_or(Ok(()));
    }
    up.await
}

/// Passes on what the version says, until it ends or the visitor was told to leave; says whether
/// that was so.
async fn pass_down(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    leave: impl Future<Output = ()>,
) -> io::Result<bool> {
    let (mut frames, mut buffer) = (Frames::default(), vec![0; BUFFER_BYTES]);
    let mut leave = pin!(leave);
    let mut leaves = false;
    loop {
        if leaves && frames.is_between() {
            to.write_all(&RESTART).await?;
            to.shutdown().await?;
            return Ok(true);
        }
        let count = tokio::select! {
            () = &mut leave, if !leaves => {
                leaves = true;
                continue;
            }
            count = from.read(&mut buffer) => count?,
        };
        let bytes = buffer.get(..count).unwrap_or_default();
        if bytes.is_empty() {
            to.shutdown().await?;
            return Ok(false);
        }
        let passed = if leaves {
            frames.until_between(bytes)
        } else {
            frames.follow(bytes);
            count
        };
        to.write_all(bytes.get(..passed).unwrap_or_default())
            .await?;
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
        sync::oneshot,
    };

    use super::{RESTART, pass};

    struct Joined {
        visitor: DuplexStream,
        version: DuplexStream,
        leave: oneshot::Sender<()>,
        passing: tokio::task::JoinHandle<std::io::Result<()>>,
    }

    fn joined() -> Joined {
        let (visitor, inner) = duplex(1 << 16);
        let (version, upstream) = duplex(1 << 16);
        let (leave, left) = oneshot::channel();
        let left = async { left.await.unwrap() };
        let passing = tokio::spawn(pass(inner, upstream, left));
        Joined {
            visitor,
            version,
            leave,
            passing,
        }
    }

    #[tokio::test]
    async fn a_visitor_is_asked_to_go_between_two_frames() {
        let mut socket = joined();
        socket.version.write_all(&[0x81, 2, b'a']).await.unwrap();
        let mut seen = [0; 3];
        socket.visitor.read_exact(&mut seen).await.unwrap();
        socket.leave.send(()).unwrap();
        tokio::task::yield_now().await;
        // the rest of the frame, and the next one, which comes too late
        let rest = [b'b', 0x81, 1, b'c'];
        socket.version.write_all(&rest).await.unwrap();
        let mut seen = Vec::new();
        // what the visitor says meanwhile is no reason to cut it off
        socket.visitor.write_all(b"more").await.unwrap();
        socket.visitor.read_to_end(&mut seen).await.unwrap();
        assert_eq!(seen, [&[b'b'][..], &RESTART].concat());
        drop(socket.visitor);
        socket.passing.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_version_that_ends_ends_the_socket_and_says_nothing_more() {
        let mut socket = joined();
        socket.visitor.write_all(b"up").await.unwrap();
        let mut seen = [0; 2];
        socket.version.read_exact(&mut seen).await.unwrap();
        socket.version.write_all(&[0x88, 0]).await.unwrap();
        drop(socket.version);
        let mut seen = Vec::new();
        socket.visitor.read_to_end(&mut seen).await.unwrap();
        assert_eq!(seen, [0x88, 0]);
        drop(socket.visitor);
        socket.passing.await.unwrap().ok();
    }

    #[tokio::test]
    async fn a_visitor_that_ends_ends_the_version_too() {
        let mut socket = joined();
        socket.visitor.write_all(b"bye").await.unwrap();
        socket.visitor.shutdown().await.unwrap();
        let mut seen = Vec::new();
        socket.version.read_to_end(&mut seen).await.unwrap();
        assert_eq!(seen, b"bye");
        drop(socket.version);
        socket.passing.await.unwrap().unwrap();
    }
}
