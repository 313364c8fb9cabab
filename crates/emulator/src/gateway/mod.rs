//! What an account's load balancers serve: a reverse proxy to the instances behind each.

mod cookies;
mod dial;
mod forward;
mod instance;
mod kept;

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, Response, StatusCode, header, request::Parts},
    response::IntoResponse as _,
    serve::Listener,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::UnixListener;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::{
    balancing::{self, Action, Asked, Protocol, answer_of},
    realm::Realm,
};

pub(crate) use dial::dial;
use kept::Upstreams;
use proxy::{Lanes, UPSTREAM};

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
    /// The gateways of a realm: one for each lane, with connections of its own.
    pub fn of(realm: &Arc<Realm>, lanes: &Lanes) -> Arc<[Self]> {
        let one = |_| Self {
            realm: realm.clone(),
            upstreams: Arc::default(),
        };
        (0..lanes.count()).map(one).collect()
    }

    /// Answers a request as its load balancer is told to.
    pub async fn lead(&self, way: &Way, request: Request) -> Response<Body> {
        let balancing = self.realm.balancing();
        let Some(balancer) = balancing.named(&way.name) else {
            return self.lead_inside(way, request).await;
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
    listener: Option<&'a balancing::Listener>,
    way: &Way,
) -> Result<&'a balancing::Listener, (StatusCode, String)> {
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

/// Serves an account's web socket until it is dropped.
pub(crate) async fn serve(
    mut listener: UnixListener,
    gateways: Arc<[Gateway]>,
    lanes: Arc<Lanes>,
    shutdown: CancellationToken,
) {
    loop {
        let (stream, _) = Listener::accept(&mut listener).await;
        let (gateways, shutdown) = (gateways.clone(), shutdown.clone());
        lanes.drive(stream, async move |lane, stream| {
            let gateway = &gateways[lane];
            let service = service_fn(async |request: hyper::Request<Incoming>| {
                Ok::<_, Infallible>(gateway.answer(request.map(Body::new)).await)
            });
            let served = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades();
            if let Some(Err(error)) = shutdown.run_until_cancelled(served).await {
                debug!("a connection ended: {error}");
            }
        });
    }
}

impl Gateway {
    /// Answers one request of an account's web socket.
    async fn answer(&self, request: Request) -> Response<Body> {
        let (mut parts, body) = request.into_parts();
        let Some(way) = self.way(&mut parts) else {
            let unnamed = "the request names no host".into();
            return says(StatusCode::BAD_REQUEST, unnamed);
        };
        self.lead(&way, Request::from_parts(parts, body)).await
    }

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
