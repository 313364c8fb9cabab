//! Connections to what answers, which are kept between requests.
//!
//! Each is driven by whoever uses it, within the task of that request: with a task of its own for
//! each connection, every request would wake another thread twice.

use std::{
    collections::HashMap,
    fmt,
    future::{Future, poll_fn},
    hash::Hash,
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
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
use tokio::{
    io::{AsyncRead, AsyncWrite},
    runtime::Handle,
};

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(20);
/// How many are kept for each target, and for how many targets before it is looked for idle ones.
const MOST_IDLE: usize = 64;

/// Connections that nobody uses now, by where they lead.
pub struct Links<K, S>(Mutex<HashMap<K, Idle<S>>>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static;

/// What sends and reads.
type Running<S> = Connection<TokioIo<S>, Body>;

/// Each with since when.
type Idle<S> = Vec<(Instant, Link<S>)>;

/// A connection.
pub struct Link<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    sender: SendRequest<Body>,
    /// None once it is over: whoever waits for it is told by that.
    connection: Option<Pin<Box<Running<S>>>>,
}

impl<K, S> Default for Links<K, S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K, S> fmt::Debug for Links<K, S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Links").finish_non_exhaustive()
    }
}

impl<K, S> Links<K, S>
where
    K: Clone + Eq + Hash,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    fn held(&self) -> MutexGuard<'_, HashMap<K, Idle<S>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request to a target, over a connection that was kept if there is one, else over one that
    /// is opened.
    ///
    /// # Errors
    /// Nothing accepts a connection there, or it ended before the answer began. What was not sent
    /// at all over a connection that turned out to be gone is sent over another.
    pub async fn send<O, E>(
        &self,
        target: &K,
        open: impl FnOnce() -> O,
        mut request: Request<Body>,
    ) -> Result<(Response<Incoming>, Link<S>), E>
    where
        O: Future<Output = Result<S, E>>,
        E: From<hyper::Error>,
    {
        while let Some(mut link) = self.kept(target).await {
            match link.send(request).await {
                Ok(answer) => return Ok((answer, link)),
                Err((_, Some(unsent))) => request = unsent,
                Err((error, None)) => return Err(error.into()),
            }
        }
        let mut link = Link::over(open().await?).await?;
        match link.send(request).await {
            Ok(answer) => Ok((answer, link)),
            Err((error, _)) => Err(error.into()),
        }
    }

    /// One that was kept and is still open.
    async fn kept(&self, target: &K) -> Option<Link<S>> {
        loop {
            let (since, mut link) = self.held().get_mut(target)?.pop()?;
            let Some(connection) = &mut link.connection else {
                continue;
            };
            let is_open = since.elapsed() < IDLE && poll!(connection).is_pending();
            if is_open && link.sender.is_ready() {
                return Some(link);
            }
        }
    }

    /// Keeps a connection whose answer was read to its end; one whose request is still being sent, as the
    /// answer came early, goes on with that and is not used again.
    pub fn keep(&self, target: &K, link: Link<S>) {
        if link.connection.is_none() || link.sender.is_closed() {
            return;
        }
        if !link.sender.is_ready() {
            return link.finish();
        }
        let mut held = self.held();
        let now = Instant::now();
        let idle = match held.get_mut(target) {
            Some(idle) => idle,
            None => held.entry(target.clone()).or_default(),
        };
        idle.retain(|(since, _)| now.duration_since(*since) < IDLE);
        if idle.len() < MOST_IDLE {
            idle.push((now, link));
        }
        if held.len() > MOST_IDLE {
            held.retain(|_, idle| idle.iter().any(|(since, _)| since.elapsed() < IDLE));
        }
    }
}

impl<S> fmt::Debug for Link<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Link");
        shown
            .field("is_over", &self.connection.is_none())
            .finish_non_exhaustive()
    }
}

impl<S> Link<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    /// Speaks HTTP/1.1 over a connection.
    ///
    /// # Errors
    /// It is gone.
    pub async fn over(stream: S) -> hyper::Result<Self> {
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        Ok(Self {
            sender,
            connection: Some(Box::pin(connection)),
        })
    }

    /// Sends a request for another protocol, which whoever asked for it drives.
    ///
    /// # Errors
    /// The connection ended before the answer began.
    pub async fn upgrade(self, request: Request<Body>) -> hyper::Result<Response<Incoming>> {
        let Self {
            mut sender,
            connection,
        } = self;
        if let Some(connection) = connection {
            let connection = *Pin::into_inner(connection);
            tokio::spawn(connection.with_upgrades());
        }
        sender.send_request(request).await
    }

    /// Sends what is left of a request that was answered.
    fn finish(self) {
        // without a runtime nothing of the visitor's comes any more
        if let (Some(connection), Ok(here)) = (self.connection, Handle::try_current()) {
            here.spawn(connection);
        }
    }

    /// Sends a request; with the error, what was not sent at all.
    async fn send(
        &mut self,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, (hyper::Error, Option<Request<Body>>)> {
        let Self { sender, connection } = self;
        if let Err(error) = driven(connection, sender.ready()).await {
            return Err((error, Some(request)));
        }
        let sent = sender.try_send_request(request);
        driven(connection, sent).await.map_err(|mut error| {
            let unsent = error.take_message();
            (error.into_error(), unsent)
        })
    }

    /// Goes on with the connection, whose answer's body waits for it.
    pub(crate) fn drive(&mut self, context: &mut Context<'_>) {
        poll_once(&mut self.connection, context);
    }
}

/// Goes on with a connection, which is dropped when it is over: hyper gives a request that was not taken
/// back by that alone.
fn poll_once<C: Future>(connection: &mut Option<Pin<Box<C>>>, context: &mut Context<'_>) {
    if let Some(running) = connection
        && running.as_mut().poll(context).is_ready()
    {
        *connection = None;
    }
}

/// Waits for something that a connection brings about.
async fn driven<C, T>(connection: &mut Option<Pin<Box<C>>>, wanted: impl Future<Output = T>) -> T
where
    C: Future,
{
    let mut wanted = std::pin::pin!(wanted);
    poll_fn(|context| {
        if let ready @ Poll::Ready(_) = wanted.as_mut().poll(context) {
            return ready;
        }
        poll_once(connection, context);
        // the connection may have brought it, and nothing else wakes this task then
        wanted.as_mut().poll(context)
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::{body::Body, extract::Request};
    use tokio::{net::UnixStream, time::timeout};

    use super::Links;

    #[tokio::test]
    async fn a_connection_that_ends_before_it_takes_a_request_is_no_answer() {
        let links: Links<(), UnixStream> = Links::default();
        let open = async || {
            let (ours, theirs) = UnixStream::pair()?;
            drop(theirs);
            anyhow::Ok(ours)
        };
        let request = Request::post("/").body(Body::empty()).unwrap();
        let sent = timeout(Duration::from_secs(10), links.send(&(), open, request));
        assert!(sent.await.expect("it waits for ever").is_err());
    }
}
