//! What an account's load balancers serve: a reverse proxy to the instances behind each.

mod cookies;
mod dial;
mod forward;
mod kept;
mod upstream;

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Response, StatusCode, header, request::Parts},
    response::IntoResponse as _,
};

use crate::{
    balancing::{Action, Asked, Listener, Protocol, answer_of},
    realm::Realm,
};

pub(crate) use dial::dial;
use upstream::Upstreams;

/// The header by which our own server names the load balancer; applications keep their `Host`.
pub const UPSTREAM: HeaderName = HeaderName::from_static("manageacloud-upstream");

/// Leads requests to instances.
#[derive(Clone)]
pub(crate) struct Gateway {
    realm: Arc<Realm>,
    upstreams: Arc<Upstreams>,
}

/// By which way a request came.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    /// The name of the load balancer.
    pub name: String,
    /// The port that it was asked on.
    pub port: u16,
    /// Who asks, where our own server does not know it better.
    pub client: Option<Ipv4Addr>,
}

impl Gateway {
    /// The gateway of a realm.
    pub fn new(realm: Arc<Realm>) -> Self {
        let upstreams = Arc::default();
        Self { realm, upstreams }
    }

    /// Answers a request as its load balancer is told to.
    pub async fn lead(&self, way: &Way, request: Request) -> Response<Body> {
        let balancing = self.realm.balancing();
        let Some(balancer) = balancing.named(&way.name) else {
            let none = format!("no load balancer is called {}", way.name);
            return says(StatusCode::NOT_FOUND, none);
        };
        let listener = match served(balancer.listener(way.port), way) {
            Ok(listener) => listener,
            Err((status, why)) => return says(status, why),
        };
        let host = host(request.headers().get(header::HOST));
        let asked = Asked {
            host: host.as_deref().unwrap_or(&way.name),
            port: way.port,
            uri: request.uri(),
            method: request.method(),
            headers: request.headers(),
            client: IpAddr::V4(way.client.unwrap_or(Ipv4Addr::LOCALHOST)),
        };
        match answer_of(listener, &asked) {
            Some(Action::Forward(forward)) => {
                let forward = forward.clone();
                self.forward(&balancing, balancer, &forward, way, request)
                    .await
            }
            Some(Action::Redirect { status, location }) => {
                let location = asked.fill(location);
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::FOUND);
                (status, [(header::LOCATION, location)]).into_response()
            }
            Some(Action::Fixed {
                status,
                content_type,
                body,
            }) => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::OK);
                let kind = [(header::CONTENT_TYPE, content_type.clone())];
                (status, kind, body.clone()).into_response()
            }
            Some(Action::Unserved(what)) => {
                let unserved = format!("{what} is not done by the emulated cloud");
                says(StatusCode::NOT_IMPLEMENTED, unserved)
            }
            None => says(StatusCode::NOT_FOUND, "no rule is for this request".into()),
        }
    }
}

/// What listens on the port, if it is anything that requests can be sent to.
fn served<'a>(
    listener: Option<&'a Listener>,
    way: &Way,
) -> Result<&'a Listener, (StatusCode, String)> {
    let (name, port) = (&way.name, way.port);
    let Some(listener) = listener else {
        let silent = format!("{name} does not listen on port {port}");
        return Err((StatusCode::BAD_GATEWAY, silent));
    };
    match &listener.protocol {
        Protocol::Http | Protocol::Tcp => Ok(listener),
        Protocol::Unserved(protocol) => {
            let unserved =
                format!("{name} speaks {protocol} on port {port}, which is not emulated");
            Err((StatusCode::NOT_IMPLEMENTED, unserved))
        }
    }
}

/// Answers one request of an account's web socket.
pub(crate) async fn lead(State(gateway): State<Gateway>, request: Request) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let Some(way) = gateway.way(&mut parts) else {
        let unnamed = "the request names no host".into();
        return says(StatusCode::BAD_REQUEST, unnamed);
    };
    gateway.lead(&way, Request::from_parts(parts, body)).await
}

impl Gateway {
    /// Which load balancer is meant: by our header, else by the host; also by a name of Route 53's.
    fn way(&self, parts: &mut Parts) -> Option<Way> {
        let upstream = parts.headers.remove(&UPSTREAM);
        let client = match upstream {
            Some(_) => None,
            None => Some(Ipv4Addr::LOCALHOST),
        };
        let named = upstream.or_else(|| parts.headers.get(header::HOST).cloned())?;
        let text = named.to_str().ok()?;
        let port = text
            .rsplit_once(':')
            .and_then(|(_, port)| port.parse().ok());
        let name = host(Some(&named))?;
        Some(Way {
            name: self.realm.balancer_of(&name).unwrap_or(name),
            port: port.unwrap_or(80),
            client,
        })
    }
}

/// The name in a `Host` header, without its port.
fn host(value: Option<&HeaderValue>) -> Option<String> {
    let text = value?.to_str().ok()?;
    Some(text.split(':').next().unwrap_or(text).to_owned())
}

fn says(status: StatusCode, text: String) -> Response<Body> {
    (status, format!("{text}\n")).into_response()
}
