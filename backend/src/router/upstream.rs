//! How a version is reached: the account's emulated cloud, or a name of the real one.

use std::{
    future::Future,
    path::PathBuf,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use anyhow::Context as _;
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Request, Response, Uri, header},
};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use tokio::net::{TcpStream, UnixStream};
use tower::Service;

use super::either::Either;

/// The header by which the emulated cloud is told which load balancer is meant.
pub(super) const UPSTREAM: HeaderName = HeaderName::from_static("manageacloud-upstream");
/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(20);
/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(5);
/// Marks an address that is a socket's path in hex.
const SOCKET: &str = "socket-";
/// Names that belong to the real cloud: an operator's own network is never reached through here.
const REAL_NAMES: &str = ".amazonaws.com";

/// How a version is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Upstream {
    /// Through what the account's load balancers serve.
    Emulated(PathBuf),
    /// By its name, at port 80.
    Real,
}

/// Speaks to upstreams, over connections that are kept.
pub(super) type Http = Client<Dial, Body>;

/// A client for [`Upstream`]s.
pub(super) fn http() -> Http {
    Client::builder(TokioExecutor::new())
        .pool_idle_timeout(IDLE)
        .pool_timer(TokioTimer::new())
        .build(Dial)
}

impl Upstream {
    /// Sends a request to the version that serves under `endpoint`.
    pub(super) async fn send(
        &self,
        http: &Http,
        endpoint: &str,
        mut request: Request<Body>,
    ) -> anyhow::Result<Response<Incoming>> {
        let name = HeaderValue::from_str(endpoint)?;
        let authority = match self {
            Self::Emulated(socket) => {
                request.headers_mut().insert(UPSTREAM, name);
                format!("{SOCKET}{}", hex(socket.as_os_str().as_encoded_bytes()))
            }
            Self::Real => {
                anyhow::ensure!(
                    endpoint.ends_with(REAL_NAMES),
                    "{endpoint} is not a name of the cloud"
                );
                request.headers_mut().insert(header::HOST, name);
                format!("{endpoint}:80")
            }
        };
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        *request.uri_mut() = format!("http://{authority}{path}").parse()?;
        Ok(http.request(request).await?)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<PathBuf> {
    let pairs = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = pairs.map(byte).collect();
    Some(PathBuf::from(String::from_utf8(bytes?).ok()?))
}

/// Connects to unix sockets and to names.
#[derive(Debug, Clone)]
pub(super) struct Dial;

impl Service<Uri> for Dial {
    type Response = TokioIo<Either>;
    type Error = anyhow::Error;
    type Future = Pin<Box<dyn Future<Output = anyhow::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<anyhow::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        Box::pin(async move {
            let connected = tokio::time::timeout(CONNECTING, connect(&address)).await;
            Ok(TokioIo::new(connected.context("it does not accept")??))
        })
    }
}

async fn connect(address: &Uri) -> anyhow::Result<Either> {
    let host = address.host().context("no host")?;
    if let Some(socket) = host.strip_prefix(SOCKET).and_then(unhex) {
        return Ok(Either::Unix(UnixStream::connect(socket).await?));
    }
    let stream = TcpStream::connect((host, address.port_u16().unwrap_or(80))).await?;
    stream.set_nodelay(true)?;
    Ok(Either::Tcp(stream))
}

#[cfg(test)]
mod tests {
    use super::{hex, unhex};

    #[test]
    fn a_sockets_path_survives_being_an_address() {
        let path = "/tmp/.tmpAb/run/emu/123/web.sock";
        assert_eq!(unhex(&hex(path.as_bytes())).unwrap().to_str(), Some(path));
        assert_eq!(unhex("zz"), None);
    }
}
