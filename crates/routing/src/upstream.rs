//! How a version is reached: the account's own part of the emulated cloud, or the internet.

use std::{ffi::OsStr, fmt, io, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::{
    body::Body,
    http::{HeaderValue, Request, Response, Uri, Version, uri},
};
use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use proxy::{Link, Links, UPSTREAM};
use tokio::{net::UnixStream, time::timeout};

/// How long connecting may take; a listener that is there takes none.
const CONNECTING: Duration = Duration::from_secs(5);

/// How a version is reached. It sees the same request by either way, with the visitor's `Host`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upstream {
    /// Through the socket of the account's cloud.
    Socket(Arc<OsStr>),
    /// By its name.
    Name,
}

/// Where a request is to be led.
#[derive(Debug, Clone, Copy)]
pub struct To<'a> {
    /// How it is reached.
    pub upstream: &'a Upstream,
    /// What serves there: a name, with a port unless it is 80.
    pub endpoint: &'a str,
}

/// What reaches versions by their names. An operator's own network is not to be reached by it.
pub trait Internet: fmt::Debug + Send + Sync {
    /// Sends a request to what serves under a name, which may have a port.
    fn send<'a>(
        &'a self,
        endpoint: &'a str,
        request: Request<Body>,
    ) -> BoxFuture<'a, anyhow::Result<Response<Incoming>>>;
}

/// Connections to sockets.
pub(crate) type Sockets = Links<Arc<OsStr>, UnixStream>;

/// Speaks to versions, over connections of its own that are kept; cheap to clone.
#[derive(Debug, Clone)]
pub struct Http {
    pub(crate) sockets: Arc<Sockets>,
    internet: Arc<dyn Internet>,
    /// What people reach versions by, for example `https`.
    pub(crate) scheme: &'static str,
}

/// An answer that began, and what it came by; without a link, a task of its own brings it.
pub(crate) struct Sent {
    pub answer: Response<Incoming>,
    pub link: Option<(Link<UnixStream>, Arc<OsStr>)>,
}

impl From<Response<Incoming>> for Sent {
    fn from(answer: Response<Incoming>) -> Self {
        Self { answer, link: None }
    }
}

impl Http {
    /// Speaks to versions, which people reach by a scheme.
    pub fn new(internet: Arc<dyn Internet>, scheme: &'static str) -> Self {
        Self {
            sockets: Arc::default(),
            internet,
            scheme,
        }
    }

    /// The same, with connections of its own.
    pub(crate) fn another(&self) -> Self {
        Self::new(self.internet.clone(), self.scheme)
    }

    /// Sends a request, which may be to go on in another protocol.
    pub(crate) async fn send(
        &self,
        to: To<'_>,
        mut request: Request<Body>,
        becomes_socket: bool,
    ) -> anyhow::Result<Sent> {
        let Upstream::Socket(socket) = to.upstream else {
            return Ok(self.internet.send(to.endpoint, request).await?.into());
        };
        // in the place of any that a visitor has sent
        let name = HeaderValue::from_str(to.endpoint)?;
        request.headers_mut().insert(UPSTREAM, name);
        *request.version_mut() = Version::HTTP_11;
        if request.uri().authority().is_some() {
            *request.uri_mut() = path_of(request.uri())?;
        }
        let open = || dial(socket);
        if becomes_socket {
            let link = Link::over(open().await?).await?;
            return Ok(link.upgrade(request).await?.into());
        }
        let sent: anyhow::Result<_> = self.sockets.send(socket, open, request).await;
        let (answer, link) = sent?;
        let link = Some((link, socket.clone()));
        Ok(Sent { answer, link })
    }
}

async fn dial(socket: &OsStr) -> anyhow::Result<UnixStream> {
    let connected = timeout(CONNECTING, UnixStream::connect(socket)).await;
    let connected = connected.unwrap_or_else(|late| Err(io::Error::from(late)));
    connected.with_context(|| format!("connect to {}", socket.display()))
}

/// What of an address is said to the server itself (RFC 9112, section 3.2.1).
fn path_of(address: &Uri) -> anyhow::Result<Uri> {
    let mut parts = uri::Parts::default();
    parts.path_and_query = address.path_and_query().cloned();
    Ok(Uri::from_parts(parts)?)
}
