//! The way to versions on the real AWS.

use axum::{
    body::Body,
    http::{Request, Response, uri::Authority},
};
use futures_util::{FutureExt as _, future::BoxFuture};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use routing::Internet;
use std::time::Duration;

use crate::outward::{self, PublicNames};

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(20);
/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(5);

/// Reaches names of Amazon's at public addresses, and nothing else: an operator's own network is never
/// reached through here.
#[derive(Debug)]
pub(crate) struct Amazons(Client<HttpConnector<PublicNames>, Body>);

impl Default for Amazons {
    fn default() -> Self {
        let mut connector = HttpConnector::new_with_resolver(PublicNames);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECTING));
        let mut client = Client::builder(TokioExecutor::new());
        client.pool_idle_timeout(IDLE).pool_timer(TokioTimer::new());
        Self(client.build(connector))
    }
}

impl Internet for Amazons {
    fn send<'a>(
        &'a self,
        endpoint: &'a str,
        mut request: Request<Body>,
    ) -> BoxFuture<'a, anyhow::Result<Response<Incoming>>> {
        async move {
            let name: Authority = endpoint.parse()?;
            anyhow::ensure!(
                outward::is_amazons(name.host()),
                "{endpoint} is not a name of the cloud"
            );
            let path = request.uri().path_and_query();
            let path = path.map_or("/", |path| path.as_str());
            *request.uri_mut() = format!("http://{endpoint}{path}").parse()?;
            Ok(self.0.request(request).await?)
        }
        .boxed()
    }
}
