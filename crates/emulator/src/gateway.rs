//! What an account's load balancers serve: a reverse proxy to the instances behind each name.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri, header, request::Parts},
    response::IntoResponse as _,
};
use hyper::{
    body::{Body as _, Incoming},
    upgrade::{self, OnUpgrade},
};
use hyper_util::{
    client::legacy::{self, Client},
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use tokio::net::TcpStream;
use tower::Service;
use tracing::debug;

use crate::realm::Realm;

/// The header by which our own server names the load balancer; applications keep their `Host`.
pub const UPSTREAM: HeaderName = HeaderName::from_static("manageacloud-upstream");
/// How long an idle connection to an instance is kept.
const IDLE: Duration = Duration::from_secs(20);

/// Leads requests to instances.
#[derive(Clone)]
pub(crate) struct Gateway {
    realm: Arc<Realm>,
    http: Client<Dial, Body>,
}

impl Gateway {
    /// The gateway of a realm.
    pub fn new(realm: Arc<Realm>) -> Self {
        let http = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(Dial(realm.clone()));
        Self { realm, http }
    }

    async fn lead(&self, mut request: Request) -> Response<Body> {
        let wanted = proxy::wanted_protocol(request.headers());
        let visitor = wanted.is_some().then(|| upgrade::on(&mut request));
        let (mut parts, body) = request.into_parts();
        let Some(name) = named(&mut parts) else {
            return says(StatusCode::BAD_REQUEST, "the request names no host".into());
        };
        let Some(balancer) = self.realm.balancer(&name) else {
            return says(
                StatusCode::NOT_FOUND,
                format!("no load balancer is called {name}"),
            );
        };
        let Some(port) = balancer.instance_port else {
            let silent = format!("{name} does not listen on port 80");
            return says(StatusCode::BAD_GATEWAY, silent);
        };
        let instances = self.realm.in_service(&balancer);
        if instances.is_empty() {
            let none = format!("{name} has no instance in service");
            return says(StatusCode::SERVICE_UNAVAILABLE, none);
        }
        prepare(&mut parts.headers);
        if let Some(protocol) = wanted {
            proxy::want_protocol(&mut parts.headers, protocol);
        }
        match self.try_each(&instances, port, parts, body).await {
            Ok(answer) => answered(visitor, answer),
            Err(refused) => refused,
        }
    }

    /// Tries the instances in order; only what may be repeated is tried a second time.
    async fn try_each(
        &self,
        instances: &[String],
        port: u16,
        parts: Parts,
        body: Body,
    ) -> Result<Response<Incoming>, Response<Body>> {
        let may_repeat = body.is_end_stream() && proxy::is_safe(&parts.method);
        let tries = if may_repeat { instances.len() + 1 } else { 1 };
        let mut body = Some(body);
        let mut failed = None;
        for id in instances.iter().cycle().take(tries) {
            let mut request = Request::from_parts(parts.clone(), body.take().unwrap_or_default());
            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            *request.uri_mut() = match format!("http://{id}:{port}{path}").parse() {
                Ok(uri) => uri,
                Err(_) => return Err(says(StatusCode::BAD_REQUEST, "a malformed path".into())),
            };
            match self.http.request(request).await {
                Ok(answer) => return Ok(answer),
                Err(error) => failed = Some(error),
            }
        }
        debug!("no instance of {instances:?} answers: {failed:?}");
        let silent = "the instance does not answer".into();
        Err(says(StatusCode::BAD_GATEWAY, silent))
    }
}

/// What the visitor gets: the answer, or the socket that it wanted.
fn answered(visitor: Option<OnUpgrade>, mut answer: Response<Incoming>) -> Response<Body> {
    match (answer.status(), visitor) {
        (StatusCode::SWITCHING_PROTOCOLS, Some(visitor)) => {
            proxy::join(visitor, upgrade::on(&mut answer), ());
            answer.map(|_| Body::empty())
        }
        (StatusCode::SWITCHING_PROTOCOLS, None) => {
            let unasked = "the instance goes on in another protocol unasked".into();
            says(StatusCode::BAD_GATEWAY, unasked)
        }
        _ => {
            proxy::remove_hop_by_hop(answer.headers_mut());
            answer.map(Body::new)
        }
    }
}

/// Answers one request of an account's web socket.
pub(crate) async fn lead(State(gateway): State<Gateway>, request: Request) -> Response<Body> {
    gateway.lead(request).await
}

/// Which load balancer is meant, without its port.
fn named(parts: &mut Parts) -> Option<String> {
    let upstream = parts.headers.remove(&UPSTREAM);
    let host = || parts.headers.get(header::HOST).cloned();
    let name = upstream.or_else(host)?;
    let name = name.to_str().ok()?;
    Some(name.split(':').next().unwrap_or(name).to_owned())
}

/// What an instance behind a load balancer sees.
fn prepare(headers: &mut HeaderMap) {
    proxy::remove_hop_by_hop(headers);
    let forwarded = [("x-forwarded-proto", "http"), ("x-forwarded-port", "80")];
    for (name, value) in forwarded {
        headers
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static(value));
    }
}

fn says(status: StatusCode, text: String) -> Response<Body> {
    (status, format!("{text}\n")).into_response()
}

/// Connects to ports inside instances: `http://i-0abc…:8080`.
#[derive(Clone)]
struct Dial(Arc<Realm>);

impl Service<Uri> for Dial {
    type Response = TokioIo<TcpStream>;
    type Error = anyhow::Error;
    type Future = Pin<Box<dyn Future<Output = anyhow::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<anyhow::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let realm = self.0.clone();
        Box::pin(async move {
            let id = address.host().unwrap_or_default();
            let machine = realm
                .machine(id)
                .ok_or_else(|| anyhow::anyhow!("{id} does not run"))?;
            let stream = machine.dial(address.port_u16().unwrap_or(80)).await?;
            stream.set_nodelay(true)?;
            Ok(TokioIo::new(stream))
        })
    }
}

const _: fn() = || {
    fn connects<T: legacy::connect::Connect + Clone>() {}
    connects::<Dial>();
};

#[cfg(test)]
mod tests {
    use axum::http::Request;

    #[test]
    fn the_balancer_is_named_by_our_header_or_by_the_host() {
        let named = |request: Request<()>| super::named(&mut request.into_parts().0);
        let plain = Request::get("/").header("host", "web.elb.amazonaws.com:80");
        assert_eq!(
            named(plain.body(()).unwrap()).unwrap(),
            "web.elb.amazonaws.com"
        );
        let ours = Request::get("/").header("host", "docker-tomcat.localhost:8080");
        let ours = ours.header("manageacloud-upstream", "blue.elb.amazonaws.com");
        assert_eq!(
            named(ours.body(()).unwrap()).unwrap(),
            "blue.elb.amazonaws.com"
        );
    }
}
