//! How a version is reached: the account's own part of the emulated cloud, or the internet.

use std::path::PathBuf;
use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, Response, uri::Authority},
};
use emulator::Web;
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};

use crate::outward::{self, PublicNames};

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(20);
/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(5);

/// How a version is reached. It sees the same request by either way, with the visitor's `Host`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Upstream {
    /// Through the socket of the account's cloud.
    Socket(PathBuf),
    /// By its name, which must be one of Amazon's: an operator's own network is never reached
    /// through here.
    Name,
}

/// Speaks to upstreams, over connections that are kept.
#[derive(Debug, Clone)]
pub(super) struct Http {
    web: Web,
    internet: Client<HttpConnector<PublicNames>, Body>,
}

impl Default for Http {
    fn default() -> Self {
        let mut connector = HttpConnector::new_with_resolver(PublicNames);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECTING));
        let mut client = Client::builder(TokioExecutor::new());
        client.pool_idle_timeout(IDLE).pool_timer(TokioTimer::new());
        Self {
            web: Web::default(),
            internet: client.build(connector),
        }
    }
}

impl Upstream {
    /// Sends a request to the version that serves under `endpoint`: a name, with a port unless it
    /// is 80.
    pub(super) async fn send(
        &self,
        http: &Http,
        endpoint: &str,
        mut request: Request<Body>,
    ) -> anyhow::Result<Response<Incoming>> {
        match self {
            Self::Socket(socket) => http.web.send(socket, endpoint, request).await,
            Self::Name => {
                let name: Authority = endpoint.parse()?;
                anyhow::ensure!(
                    outward::is_amazons(name.host()),
                    "{endpoint} is not a name of the cloud"
                );
                let path = request.uri().path_and_query();
                let path = path.map_or("/", |path| path.as_str());
                *request.uri_mut() = format!("http://{endpoint}{path}").parse()?;
                Ok(http.internet.request(request).await?)
            }
        }
    }
}
