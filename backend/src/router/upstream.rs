//! How a version is reached: the account's emulated cloud, or a name of the real one.

use std::{path::PathBuf, time::Duration};

use axum::{
    body::Body,
    http::{HeaderValue, Request, Response, header},
};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use proxy::UnixDial;

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(20);
/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(5);
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
#[derive(Debug, Clone)]
pub(super) struct Http {
    emulated: Client<UnixDial, Body>,
    real: Client<HttpConnector, Body>,
}

impl Default for Http {
    fn default() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECTING));
        let mut client = Client::builder(TokioExecutor::new());
        client.pool_idle_timeout(IDLE).pool_timer(TokioTimer::new());
        Self {
            emulated: client.build(UnixDial),
            real: client.build(connector),
        }
    }
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
        let path = request.uri().path_and_query();
        let path = path.map_or("/", |path| path.as_str());
        match self {
            Self::Emulated(socket) => {
                *request.uri_mut() = proxy::unix_address(socket, path)?;
                request.headers_mut().insert(emulator::UPSTREAM, name);
                Ok(http.emulated.request(request).await?)
            }
            Self::Real => {
                anyhow::ensure!(
                    endpoint.ends_with(REAL_NAMES),
                    "{endpoint} is not a name of the cloud"
                );
                *request.uri_mut() = format!("http://{endpoint}{path}").parse()?;
                request.headers_mut().insert(header::HOST, name);
                Ok(http.real.request(request).await?)
            }
        }
    }
}
