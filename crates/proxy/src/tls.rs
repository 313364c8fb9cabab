//! A listener through TLS, for a server of axum's.

use std::time::Duration;

use axum::serve::Listener;
use tokio::{io, sync::mpsc, time};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tracing::debug;

/// How long a client may take to agree on keys.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many connections may wait until they are taken.
const WAITING: usize = 16;

/// What another listener hears, through TLS.
#[derive(Debug)]
pub struct OverTls<S, A> {
    accepted: mpsc::Receiver<(TlsStream<S>, A)>,
}

impl<S, A> OverTls<S, A>
where
    S: io::AsyncRead + io::AsyncWrite + Unpin + Send + 'static,
    A: Send + 'static,
{
    /// Listens on `inner`; each client agrees on keys by itself, so that none waits for another.
    pub fn new<L>(mut inner: L, acceptor: TlsAcceptor) -> Self
    where
        L: Listener<Io = S, Addr = A>,
    {
        let (sender, accepted) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            loop {
                let (stream, address) = tokio::select! {
                    () = sender.closed() => return,
                    taken = inner.accept() => taken,
                };
                let (acceptor, sender) = (acceptor.clone(), sender.clone());
                tokio::spawn(async move {
                    match time::timeout(PATIENCE, acceptor.accept(stream)).await {
                        Ok(Ok(stream)) => drop(sender.send((stream, address)).await),
                        Ok(Err(error)) => debug!("a client did not agree on keys: {error}"),
                        Err(_) => debug!("a client took too long to agree on keys"),
                    }
                });
            }
        });
        Self { accepted }
    }
}

impl<S, A> Listener for OverTls<S, A>
where
    S: io::AsyncRead + io::AsyncWrite + Unpin + Send + 'static,
    A: Send + 'static,
{
    type Io = TlsStream<S>;
    type Addr = A;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.accepted.recv().await {
            Some(taken) => taken,
            // nobody listens any more, so there will be nothing
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Err(io::Error::other("the listener below it knows"))
    }
}
