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
use proxy::Kept;
use tokio_util::sync::CancellationToken;

use crate::{
    Visitor, headers,
    traffic::Flight,
    upstream::{Http, Sent, To},
};

/// How often a request that changes nothing is tried.
const TRIES: usize = 3;

impl Http {
    /// Leads a request to a version.
    ///
    /// The flight ends with the last byte of the answer, or with the socket that it became.
    ///
    /// # Errors
    /// Nothing answers there.
    pub async fn lead(
        &self,
        to: To<'_>,
        flight: Option<Flight>,
        mut request: Request,
    ) -> anyhow::Result<Response<Body>> {
        let wanted = proxy::wanted_protocol(request.headers());
        let visitor = wanted.is_some().then(|| upgrade::on(&mut request));
        let (mut parts, body) = request.into_parts();
        let from = parts.extensions.get::<Visitor>().copied();
        headers::prepare(&mut parts.headers, self.scheme, from);
        proxy::announce_body(&mut parts.headers, &body);
        if let Some(protocol) = wanted {
            proxy::want_protocol(&mut parts.headers, protocol);
        }
        let mut sent = self.send_again(to, &parts, body, visitor.is_some()).await?;
        if sent.answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            let Some(visitor) = visitor else {
                anyhow::bail!("it goes on in another protocol unasked");
            };
            return Ok(join(visitor, sent.answer, flight));
        }
        proxy::remove_hop_by_hop(sent.answer.headers_mut());
        Ok(self.counted(sent, flight))
    }

    /// Asks a version for something that no visitor asks for, and returns the status of the answer.
    ///
    /// # Errors
    /// Nothing answers there.
    pub async fn ask(&self, to: To<'_>, request: Request) -> anyhow::Result<StatusCode> {
        let sent = self.send(to, request, false).await?;
        ensure!(
            sent.answer.status() != StatusCode::SWITCHING_PROTOCOLS,
            "it goes on in another protocol unasked"
        );
        Ok(sent.answer.status())
    }

    /// Sends a request; again when the connection that was kept turns out to be gone.
    async fn send_again(
        &self,
        to: To<'_>,
        parts: &Parts,
        body: Body,
        becomes_socket: bool,
    ) -> anyhow::Result<Sent> {
        let may_repeat = body.is_end_stream() && proxy::is_safe(&parts.method);
        let mut tries = if may_repeat { TRIES } else { 1 };
        let mut body = Some(body);
        loop {
            let request = again(parts, body.take().unwrap_or_default());
            tries -= 1;
            match self.send(to, request, becomes_socket).await {
                Err(_) if tries > 0 => {}
                sent => return sent,
            }
        }
    }

    /// The answer, whose end ends the flight and lets its connection be used again.
    fn counted(&self, sent: Sent, flight: Option<Flight>) -> Response<Body> {
        match sent.link {
            Some((link, socket)) => {
                let home = (self.sockets.clone(), socket);
                let kept = |body| Body::new(Kept::new(body, Some(link), home, flight));
                sent.answer.map(kept)
            }
            None => sent.answer.map(|body| {
                Body::new(body.map_frame(move |frame| {
                    let _until_here = &flight;
                    frame
                }))
            }),
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

/// Passes bytes both ways between two connections that go on in another protocol.
///
/// A websocket is asked to go when its version is drained.
fn join(
    visitor: OnUpgrade,
    mut answer: Response<Incoming>,
    flight: Option<Flight>,
) -> Response<Body> {
    let upstream = upgrade::on(&mut answer);
    match flight {
        Some(flight) if is_websocket(&answer) => {
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
