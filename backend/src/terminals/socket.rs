//! A page's socket, spliced to the terminals' host, which alone reads its frames.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use shared::TerminalId;
use tokio::{io, net::UnixStream};
use tracing::debug;

use crate::{Error, Result, app::App};

/// What of a handshake is between the page and the host (RFC 6455, section 4).
const HANDSHAKE: [HeaderName; 5] = [
    header::CONNECTION,
    header::UPGRADE,
    header::SEC_WEBSOCKET_KEY,
    header::SEC_WEBSOCKET_VERSION,
    header::SEC_WEBSOCKET_EXTENSIONS,
];

/// Passes the page's handshake to the host, and then bytes both ways until one side ends.
pub(super) async fn splice(app: &App, id: TerminalId, mut page: Request) -> Result<Response> {
    let mut answer = handshake(app, id, page.headers()).await?;
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(Error::NotFound("terminal"));
    }
    let (upgraded, to_host) = (
        hyper::upgrade::on(&mut page),
        hyper::upgrade::on(&mut answer),
    );
    tokio::spawn(async move {
        match tokio::try_join!(upgraded, to_host) {
            Ok((page, host)) => copy(page, host).await,
            Err(error) => debug!("a terminal's socket was not upgraded: {error}"),
        }
    });
    let (parts, _) = answer.into_parts();
    Ok((parts.status, parts.headers, Body::empty()).into_response())
}

async fn copy(page: Upgraded, host: Upgraded) {
    let (mut page, mut host) = (TokioIo::new(page), TokioIo::new(host));
    if let Err(error) = io::copy_bidirectional(&mut page, &mut host).await {
        debug!("a terminal's socket ended: {error}");
    }
}

async fn handshake(
    app: &App,
    id: TerminalId,
    headers: &HeaderMap,
) -> Result<http::Response<hyper::body::Incoming>> {
    let stream = UnixStream::connect(app.terminals.socket())
        .await
        .map_err(lost)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(lost)?;
    tokio::spawn(async move {
        if let Err(error) = connection.with_upgrades().await {
            debug!("a connection to the terminals' host ended: {error}");
        }
    });
    let mut request = http::Request::get(format!("/terminals/{id}"))
        .header(header::HOST, "localhost")
        .body(Body::empty())
        .map_err(anyhow::Error::from)?;
    for name in HANDSHAKE {
        if let Some(value) = headers.get(&name) {
            request.headers_mut().insert(name, value.clone());
        }
    }
    sender.send_request(request).await.map_err(lost)
}

fn lost(error: impl std::error::Error) -> Error {
    debug!("the terminals' host: {error}");
    Error::Unavailable("the terminals' host does not answer; try again".into())
}
