//! A page's socket, handed or spliced to the terminals' host, which alone reads its frames.

use std::{path::Path, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::{rt::TokioIo, server::conn::auto};
use pty::{
    Way,
    client::{self, Seat},
};
use shared::{AccountId, TerminalId, terminal::Role};
use tokio::{io, net::TcpStream, time::timeout};
use tokio_tungstenite::tungstenite::handshake::server::create_response;
use tracing::debug;

use super::store::Held;
use crate::{Error, Result, accounts, app::App};

/// How long a page waits for a host that does not answer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);

/// How long it is tried to keep a place for who may not be let in: such a host is asked again.
const KEPT_WITHIN: Duration = Duration::from_millis(500);

/// What of a handshake is between the page and the host (RFC 6455, section 4).
const HANDSHAKE: [HeaderName; 5] = [
    header::CONNECTION,
    header::UPGRADE,
    header::SEC_WEBSOCKET_KEY,
    header::SEC_WEBSOCKET_VERSION,
    header::SEC_WEBSOCKET_EXTENSIONS,
];

/// A place at one of this machine's terminals, for a visitor who may be another than it seems.
#[derive(Debug)]
pub(super) struct Kept {
    visitor: pty::Visitor,
    seat: Seat,
}

/// Who asks, as a page says whose connection can be handed over.
pub(super) fn claimed(page: &Parts) -> Option<pty::Visitor> {
    let login = accounts::claimed_login(&page.headers).filter(|_| !is_by_tls(&page.extensions))?;
    Some(pty::Visitor {
        role: Role::Write,
        login,
    })
}

/// Keeps a place, if this build's host has such a terminal, while it is found out who asks.
pub(super) async fn keep_seat(
    app: &App,
    id: TerminalId,
    claimed: Option<pty::Visitor>,
) -> Option<Kept> {
    let (visitor, id) = (claimed?, id.to_string());
    let socket = app.terminals.own().way().socket()?;
    let taken = timeout(KEPT_WITHIN, Seat::take(socket, &id, visitor.clone())).await;
    let seat = taken.ok()?.ok()?;
    Some(Kept { visitor, seat })
}

fn is_by_tls(extensions: &http::Extensions) -> bool {
    let visitor = extensions.get::<routing::Visitor>();
    visitor.is_some_and(|visitor| visitor.by_tls)
}

/// Opens a page's socket on a terminal.
///
/// A plain connection is handed to the host, so that this process has no part in it from then on, and
/// may end without the page noticing. One by TLS is ours to decrypt, and none can be handed to another
/// machine: their bytes are passed on.
pub(super) async fn open(
    app: &App,
    held: &Held,
    (visitor, kept): (pty::Visitor, Option<Kept>),
    page: Request,
) -> Result<Response> {
    let id = held.terminal.id;
    let link = app.terminals.by_name(&held.host).ok_or_else(silent)?;
    match link.way().socket() {
        Some(socket) if !is_by_tls(page.extensions()) => {
            let kept = kept.filter(|kept| kept.visitor == visitor);
            let seat = match kept.filter(|_| Arc::ptr_eq(&link, app.terminals.own())) {
                Some(kept) => kept.seat,
                None => take_seat(socket, id, visitor).await?,
            };
            hand_over(seat, page)
        }
        Some(_) | None => splice(link.way(), id, visitor, page).await,
    }
}

/// Opens a visitor's socket on one of an account's terminals.
pub async fn show(
    app: &App,
    account: AccountId,
    id: TerminalId,
    visitor: pty::Visitor,
    page: Request,
) -> Result<Response> {
    let held = super::held_by_id(app, account, id).await?;
    open(app, &held, (visitor, None), page).await
}

async fn take_seat(socket: &Path, id: TerminalId, visitor: pty::Visitor) -> Result<Seat> {
    let seat = Seat::take(socket, &id.to_string(), visitor).await;
    seat.map_err(|error| match error {
        client::Error::Refused(_) => Error::NotFound("terminal"),
        client::Error::Unreachable(_) => lost(error),
    })
}

/// Answers the page's handshake, and hands its connection to the host.
fn hand_over(seat: Seat, mut page: Request) -> Result<Response> {
    let mut shake = http::Request::new(());
    *shake.method_mut() = page.method().clone();
    *shake.headers_mut() = page.headers().clone();
    let answer = create_response(&shake);
    let answer = answer.map_err(|error| Error::Invalid(error.to_string(), None))?;
    let upgraded = hyper::upgrade::on(&mut page);
    tokio::spawn(async move {
        if let Err(error) = hand(upgraded, seat).await {
            debug!("a page's connection was not handed over: {error:#}");
        }
    });
    Ok(answer.map(|()| Body::empty()))
}

async fn hand(upgraded: OnUpgrade, seat: Seat) -> anyhow::Result<()> {
    let page = auto::upgrade::downcast::<TokioIo<TcpStream>>(upgraded.await?);
    let page = page.map_err(|_| anyhow::anyhow!("it is no plain connection"))?;
    let stream = page.io.into_inner().into_std()?;
    Ok(seat.hand_over(stream, &page.read_buf).await?)
}

/// Passes the page's handshake to the host, and then bytes both ways until one side ends.
async fn splice(
    way: &Way,
    id: TerminalId,
    visitor: pty::Visitor,
    mut page: Request,
) -> Result<Response> {
    let path = client::path(&id.to_string(), visitor);
    let asked = timeout(ANSWERED_WITHIN, handshake(way, path, page.headers())).await;
    let mut answer = asked.map_err(lost)??;
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
    way: &Way,
    path: String,
    headers: &HeaderMap,
) -> Result<http::Response<hyper::body::Incoming>> {
    let stream = way.connect().await.map_err(lost)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(lost)?;
    tokio::spawn(async move {
        if let Err(error) = connection.with_upgrades().await {
            debug!("a connection to the terminals' host ended: {error}");
        }
    });
    let mut request = http::Request::get(path)
        .header(header::HOST, "localhost")
        .body(Body::empty())
        .map_err(anyhow::Error::from)?;
    way.sign(request.headers_mut());
    for name in HANDSHAKE {
        if let Some(value) = headers.get(&name) {
            request.headers_mut().insert(name, value.clone());
        }
    }
    sender.send_request(request).await.map_err(lost)
}

fn lost(error: impl std::error::Error) -> Error {
    debug!("the terminals' host: {error}");
    silent()
}

fn silent() -> Error {
    Error::Unavailable("the terminals' host does not answer; try again".into())
}
