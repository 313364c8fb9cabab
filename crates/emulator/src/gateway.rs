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
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri, header,
        request::Parts,
    },
    response::IntoResponse as _,
};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
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
/// Headers of one connection, which are not passed on (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [HeaderName; 6] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

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

    async fn lead(&self, request: Request) -> Response<Body> {
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
        self.try_each(&instances, port, parts, body).await
    }

    /// Tries the instances in order; only what may be repeated is tried a second time.
    async fn try_each(
        &self,
        instances: &[String],
        port: u16,
        parts: Parts,
        body: Body,
    ) -> Response<Body> {
        let may_repeat = body.is_end_stream() && is_safe(&parts.method);
        let tries = if may_repeat { instances.len() + 1 } else { 1 };
        let mut body = Some(body);
        let mut failed = None;
        for id in instances.iter().cycle().take(tries) {
            let mut request = Request::from_parts(parts.clone(), body.take().unwrap_or_default());
            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            *request.uri_mut() = match format!("http://{id}:{port}{path}").parse() {
                Ok(uri) => uri,
                Err(_) => return says(StatusCode::BAD_REQUEST, "the path is malformed".into()),
            };
            match self.http.request(request).await {
                Ok(mut answer) => {
                    remove_hop_by_hop(answer.headers_mut());
                    return answer.map(|body| Body::new(body.map_err(axum::Error::new)));
                }
                Err(error) => failed = Some(error),
            }
        }
        debug!("no instance of {instances:?} answers: {failed:?}");
        says(
            StatusCode::BAD_GATEWAY,
            "the instance does not answer".into(),
        )
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
    remove_hop_by_hop(headers);
    let forwarded = [("x-forwarded-proto", "http"), ("x-forwarded-port", "80")];
    for (name, value) in forwarded {
        headers
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static(value));
    }
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let listed: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in listed.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// Methods that change nothing, so that twice is as once (RFC 9110, section 9.2.1).
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
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
    use axum::http::{HeaderMap, HeaderValue, Request};

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

    #[test]
    fn headers_of_one_connection_are_not_passed_on() {
        let mut headers = HeaderMap::new();
        for (name, value) in [("connection", "x-mine"), ("x-mine", "1"), ("x-other", "2")] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        super::remove_hop_by_hop(&mut headers);
        assert_eq!(headers.keys().collect::<Vec<_>>(), ["x-other"]);
    }
}
