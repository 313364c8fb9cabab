//! Connections to instances, which are kept between requests.
//!
//! Each is driven by whoever uses it, within the task of that request: with a task of its own for
//! each connection, every request would wake another thread twice.

use std::{
    collections::HashMap,
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::body::Body;
use futures_util::poll;
use http::{Request, Response};
use hyper::{
    body::Incoming,
    client::conn::http1::{self, Connection, SendRequest},
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::dial;
use crate::{balancing::Target, realm::Realm};

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(20);
/// How many are kept for each target.
const MOST_IDLE: usize = 64;

/// Connections that nobody uses now.
#[derive(Default)]
pub(super) struct Upstreams(Mutex<HashMap<Target, Vec<(Instant, Link)>>>);

/// A connection.
pub(super) struct Link {
    sender: SendRequest<Body>,
    connection: Pin<Box<Connection<TokioIo<TcpStream>, Body>>>,
    is_over: bool,
}

impl Upstreams {
    fn held(&self) -> MutexGuard<'_, HashMap<Target, Vec<(Instant, Link)>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request to a target, over a connection that was kept if there is one.
    ///
    /// # Errors
    /// Nothing accepts a connection there, or it ended before the answer began. What was not sent
    /// at all over a connection that turned out to be gone is sent over another.
    pub async fn send(
        &self,
        realm: &Realm,
        target: &Target,
        mut request: Request<Body>,
    ) -> anyhow::Result<(Response<Incoming>, Link)> {
        while let Some(mut link) = self.kept(target).await {
            match link.send(request).await {
                Ok(answer) => return Ok((answer, link)),
                Err((_, Some(unsent))) => request = unsent,
                Err((error, None)) => return Err(error.into()),
            }
        }
        let mut link = Link::open(realm, target).await?;
        match link.send(request).await {
            Ok(answer) => Ok((answer, link)),
            Err((error, _)) => Err(error.into()),
        }
    }

    /// One that was kept and is still open.
    async fn kept(&self, target: &Target) -> Option<Link> {
        loop {
            let (since, mut link) = self.held().get_mut(target)?.pop()?;
            let is_open = since.elapsed() < IDLE && poll!(&mut link.connection).is_pending();
            // one whose answer came before its request was sent whole waits for somebody else
            if is_open && link.sender.is_ready() {
                return Some(link);
            }
        }
    }

    /// Keeps a connection whose answer was read to its end.
    pub fn keep(&self, target: &Target, link: Link) {
        if link.is_over || link.sender.is_closed() {
            return;
        }
        let mut held = self.held();
        let now = Instant::now();
        let idle = held.entry(target.clone()).or_default();
        idle.retain(|(since, _)| now.duration_since(*since) < IDLE);
        if idle.len() < MOST_IDLE {
            idle.push((now, link));
        }
        if held.len() > MOST_IDLE {
            held.retain(|_, idle| idle.iter().any(|(since, _)| since.elapsed() < IDLE));
        }
    }
}

impl Link {
    /// A new connection.
    pub async fn open(realm: &Realm, target: &Target) -> anyhow::Result<Self> {
        let stream = dial(realm, &target.instance, target.port).await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        Ok(Self {
            sender,
            connection: Box::pin(connection),
            is_over: false,
        })
    }

    /// Sends a request for another protocol, which whoever asked for it drives.
    pub async fn upgrade(self, request: Request<Body>) -> anyhow::Result<Response<Incoming>> {
        let Self {
            mut sender,
            connection,
            ..
        } = self;
        let connection = *Pin::into_inner(connection);
        tokio::spawn(connection.with_upgrades());
        Ok(sender.send_request(request).await?)
    }

    /// Sends a request; with the error, what was not sent at all.
    async fn send(
        &mut self,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, (hyper::Error, Option<Request<Body>>)> {
        let Self {
            sender,
            connection,
            is_over,
        } = self;
        if let Err(error) = driven(connection, is_over, sender.ready()).await {
            return Err((error, Some(request)));
        }
        let sent = sender.try_send_request(request);
        driven(connection, is_over, sent)
            .await
            .map_err(|mut error| {
                let unsent = error.take_message();
                (error.into_error(), unsent)
            })
    }

    /// Goes on with the connection, whose answer's body waits for it.
    pub fn drive(&mut self, context: &mut Context<'_>) {
        if !self.is_over {
            self.is_over = self.connection.as_mut().poll(context).is_ready();
        }
    }
}

/// Waits for something that a connection brings about.
async fn driven<T>(
    connection: &mut Pin<Box<Connection<TokioIo<TcpStream>, Body>>>,
    is_over: &mut bool,
    wanted: impl Future<Output = T>,
) -> T {
    let mut wanted = std::pin::pin!(wanted);
    poll_fn(|context| {
        if let ready @ Poll::Ready(_) = wanted.as_mut().poll(context) {
            return ready;
        }
        if !*is_over {
            *is_over = connection.as_mut().poll(context).is_ready();
        }
        // the connection may have brought it, and nothing else wakes this task then
        wanted.as_mut().poll(context)
    })
    .await
}

/// What keeps a link once its answer is read.
pub(super) type Home = (Arc<Upstreams>, Target);
