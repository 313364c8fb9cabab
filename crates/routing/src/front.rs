//! What hears connections, and answers what leads to a version at once; all else is asked inside.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{Response, StatusCode, header},
    response::IntoResponse as _,
    serve::Listener,
};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use proxy::{Handed as _, Lanes};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    pin,
    runtime::Handle,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::{AbortOnDropHandle, TaskTracker},
};
use tower::ServiceExt as _;
use tracing::{debug, error};

use crate::{Http, Router, Upstream, Visitor, as_page, named, wants_page};

/// How long a client may take to agree on keys.
const PATIENCE: Duration = Duration::from_secs(10);

/// Hears connections of visitors and of the dashboard, each on one of a few threads.
///
/// A request that leads to a version is answered by the thread that hears it. Any other is answered
/// by the runtime that the front was made on, so that nothing which takes long keeps visitors waiting.
#[derive(Debug)]
pub struct Front {
    router: Arc<Router>,
    /// For each lane, its own connections to versions.
    https: Vec<Http>,
    inside: axum::Router,
    home: Handle,
    lanes: Lanes,
    _end: DropGuard,
}

impl Front {
    /// Stands before a router and what answers everything else. It must be made on a runtime.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn new(router: Arc<Router>, inside: axum::Router) -> io::Result<Arc<Self>> {
        let end = CancellationToken::new();
        let lanes = Lanes::start("visitors", &end)?;
        let https = (0..lanes.count()).map(|_| router.http.another()).collect();
        Ok(Arc::new(Self {
            router,
            https,
            inside,
            home: Handle::current(),
            lanes,
            _end: end.drop_guard(),
        }))
    }

    /// Hears what a listener hears, by TLS if there is an acceptor, until it is stopped and what was
    /// asked is answered.
    pub async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        stop: CancellationToken,
    ) {
        let open = TaskTracker::new();
        match listener.free() {
            Ok(listener) => {
                // by a thread that drives what comes, so that on small machines none wakes another
                let taking = self.clone().take_in(listener, tls, stop, open.clone());
                let taking = AbortOnDropHandle::new(self.lanes.next().spawn(taking));
                if let Err(error) = taking.await {
                    error!("connections are heard no more: {error}");
                }
            }
            Err(error) => error!("a listener is lost: {error}"),
        }
        open.close();
        open.wait().await;
    }

    async fn take_in(
        self: Arc<Self>,
        listener: std::net::TcpListener,
        tls: Option<TlsAcceptor>,
        stop: CancellationToken,
        open: TaskTracker,
    ) {
        let mut listener = match TcpListener::known_here(listener) {
            Ok(listener) => listener,
            Err(error) => return error!("a listener is lost: {error}"),
        };
        loop {
            let (stream, address) = tokio::select! {
                () = stop.cancelled() => break,
                accepted = Listener::accept(&mut listener) => accepted,
            };
            // as of what is small and answered at once, else each answer would wait for the last
            // one's receipt
            stream.set_nodelay(true).ok(); // it is gone
            let (front, tls, stop, token) = (self.clone(), tls.clone(), stop.clone(), open.token());
            self.lanes.drive(stream, move |lane, stream| async move {
                let _open = token;
                front.hear(lane, stream, address, tls, stop).await;
            });
        }
    }

    async fn hear(
        self: Arc<Self>,
        lane: usize,
        stream: TcpStream,
        address: SocketAddr,
        tls: Option<TlsAcceptor>,
        stop: CancellationToken,
    ) {
        let visitor = Visitor {
            address,
            by_tls: tls.is_some(),
        };
        let Some(tls) = tls else {
            return self.converse(lane, stream, visitor, stop).await;
        };
        let agreed = timeout(PATIENCE, tls.accept(stream));
        match stop.run_until_cancelled(agreed).await {
            Some(Ok(Ok(stream))) => self.converse(lane, stream, visitor, stop).await,
            Some(Ok(Err(error))) => debug!("a client did not agree on keys: {error}"),
            Some(Err(_)) => debug!("a client took too long to agree on keys"),
            None => debug!("a client came too late to agree on keys"),
        }
    }

    /// Answers what is asked over a connection, in HTTP/1.1 or HTTP/2.
    async fn converse<S>(
        self: Arc<Self>,
        lane: usize,
        stream: S,
        visitor: Visitor,
        stop: CancellationToken,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let front = self.clone();
            async move {
                let answer = front.answer(lane, visitor, request.map(Body::new));
                Ok::<_, Infallible>(answer.await)
            }
        });
        // websockets within HTTP/2 (RFC 8441) are not offered, so browsers open them by HTTP/1.1
        let builder = auto::Builder::new(TokioExecutor::new());
        let conversation = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
        pin!(conversation);
        let ended = tokio::select! {
            ended = &mut conversation => ended,
            () = stop.cancelled() => {
                conversation.as_mut().graceful_shutdown();
                conversation.await
            }
        };
        if let Err(error) = ended {
            debug!("a connection ended: {error}");
        }
    }

    async fn answer(&self, lane: usize, visitor: Visitor, request: Request) -> Response<Body> {
        let mut request = named(request);
        // who is behind us could take another one for what is asked for (RFC 9112, section 3.2)
        if request
            .headers()
            .get_all(header::HOST)
            .iter()
            .nth(1)
            .is_some()
        {
            return StatusCode::BAD_REQUEST.into_response();
        }
        request.extensions_mut().insert(visitor);
        let Some(entered) = self.router.enter_at_once(&request) else {
            return self.ask_inside(request).await;
        };
        let wants_page = wants_page(request.headers());
        let known = async || Err::<Upstream, _>(anyhow::anyhow!("the way is not known"));
        let http = &self.https[lane];
        let answer = self.router.visit(http, entered, known, request);
        // kilobytes, which would be copied each time that what holds them is moved
        let answer = Box::pin(answer).await;
        if wants_page { as_page(answer) } else { answer }
    }

    /// Who hangs up is answered no further.
    async fn ask_inside(&self, request: Request) -> Response<Body> {
        let answering = self.inside.clone().oneshot(request);
        match AbortOnDropHandle::new(self.home.spawn(answering)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(never)) => match never {},
            Err(error) => {
                debug!("a request was given up: {error}");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}
