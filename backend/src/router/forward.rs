//! One request on its way to a version, and the answer on its way back; both are streamed.

use anyhow::ensure;
use axum::{
    body::Body,
    extract::Request,
    http::{Response, StatusCode, header, request::Parts},
};
use http_body_util::BodyExt as _;
use hyper::{
    body::{Body as _, Incoming},
    upgrade::{self, OnUpgrade},
};
use tokio_util::sync::CancellationToken;

use super::{
    Visitor, headers,
    table::Flight,
    upstream::{Http, Upstream},
};

/// How often a request that changes nothing is tried.
const TRIES: usize = 3;

/// Leads a request to the version that serves under `endpoint`; people reach that by `scheme`.
///
/// The flight ends with the last byte of the answer, or with the socket that it became.
pub(super) async fn forward(
    http: &Http,
    scheme: &'static str,
    upstream: &Upstream,
    endpoint: &str,
    flight: Option<Flight>,
    mut request: Request,
) -> anyhow::Result<Response<Body>> {
    let wanted = proxy::wanted_protocol(request.headers());
    let becomes_socket = wanted.is_some();
    let visitor = upgrade::on(&mut request);
    let from = Visitor::of(&request);
    let (mut parts, body) = request.into_parts();
    headers::prepare(&mut parts.headers, scheme, from);
    if let Some(protocol) = wanted {
        proxy::want_protocol(&mut parts.headers, protocol);
    }
    let mut answer = send(http, upstream, endpoint, &parts, body).await?;
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        ensure!(becomes_socket, "it goes on in another protocol unasked");
        let is_websocket = is_websocket(&answer);
        return Ok(join(visitor, answer, flight, is_websocket));
    }
    proxy::remove_hop_by_hop(answer.headers_mut());
    Ok(answer.map(|body| counted(body, flight)))
}

/// Sends a request; again when the connection that was kept turns out to be gone.
async fn send(
    http: &Http,
    upstream: &Upstream,
    endpoint: &str,
    parts: &Parts,
    body: Body,
) -> anyhow::Result<Response<Incoming>> {
    let may_repeat = body.is_end_stream() && proxy::is_safe(&parts.method);
    let mut tries = if may_repeat { TRIES } else { 1 };
    let mut body = Some(body);
    loop {
        let request = again(parts, body.take().unwrap_or_default());
        tries -= 1;
        match upstream.send(http, endpoint, request).await {
            Err(_) if tries > 0 => {}
            answer => return answer,
        }
    }
}

fn again(parts: &Parts, body: Body) -> Request {
    let mut request = Request::new(body);
    *request.method_mut() = parts.method.clone();
    *request.uri_mut() = parts.uri.clone();
    *request.headers_mut() = parts.headers.clone();
    request
}

fn counted(body: Incoming, flight: impl Send + Sync + 'static) -> Body {
    Body::new(body.map_frame(move |frame| {
        let _until_here = &flight;
        frame
    }))
}

/// Passes bytes both ways between two connections that go on in another protocol.
///
/// A websocket is asked to go when its version is drained.
fn join(
    visitor: OnUpgrade,
    mut answer: Response<Incoming>,
    flight: Option<Flight>,
    is_websocket: bool,
) -> Response<Body> {
    let upstream = upgrade::on(&mut answer);
    match flight {
        Some(flight) if is_websocket => {
            let leaves = flight.leaves();
            proxy::join_websocket(visitor, upstream, flight, leaves);
        }
        flight => proxy::join(visitor, upstream, flight, CancellationToken::new()),
    }
    answer.map(|_| Body::empty())
}

fn is_websocket(answer: &Response<Incoming>) -> bool {
    let protocol = answer.headers().get(header::UPGRADE);
    protocol.is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"websocket"))
}
