//! Asking what an account's load balancers serve.

use std::path::Path;
use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderValue, Request, Response},
};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioTimer},
};
use proxy::UnixDial;

use crate::gateway::UPSTREAM;

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(20);

/// Speaks to load balancers of the emulated cloud, over connections that are kept.
#[derive(Debug, Clone)]
pub struct Web(Client<UnixDial, Body>);

impl Default for Web {
    fn default() -> Self {
        let mut client = Client::builder(TokioExecutor::new());
        client.pool_idle_timeout(IDLE).pool_timer(TokioTimer::new());
        Self(client.build(UnixDial))
    }
}

impl Web {
    /// Sends a request to what a load balancer serves on port 80, or on the port that is named.
    ///
    /// The request's own `Host` is what the version sees. `socket` is the `web_socket` of the account's [`crate::Credentials`].
    pub async fn send(
        &self,
        socket: &Path,
        balancer: &str,
        mut request: Request<Body>,
    ) -> anyhow::Result<Response<Incoming>> {
        let path = request.uri().path_and_query();
        let path = path.map_or("/", |path| path.as_str());
        *request.uri_mut() = proxy::unix_address(socket, path)?;
        // in the place of any that a visitor has sent
        let name = HeaderValue::from_str(balancer)?;
        request.headers_mut().insert(UPSTREAM, name);
        Ok(self.0.request(request).await?)
    }
}
