//! The body of an answer that is under way over a link.

use std::{
    fmt,
    hash::Hash,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::{Link, Links};

/// The body of an answer, with what brings it; once it was read to its end the connection is kept.
///
/// `until` is dropped with it, so that who counts requests knows of the end.
pub struct Kept<K, S, U>
where
    K: Clone + Eq + Hash,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    body: Incoming,
    link: Option<Link<S>>,
    home: (Arc<Links<K, S>>, K),
    is_read: bool,
    _until: U,
}

impl<K, S, U> Kept<K, S, U>
where
    K: Clone + Eq + Hash,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    /// Holds a body together with what brings it, where that is kept, and what counts it; without a
    /// link, a task of its own brings it.
    pub fn new(
        body: Incoming,
        link: Option<Link<S>>,
        home: (Arc<Links<K, S>>, K),
        until: U,
    ) -> Self {
        Self {
            body,
            link,
            home,
            is_read: false,
            _until: until,
        }
    }

    fn frame(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_ready() {
            return frame;
        }
        if let Some(link) = &mut self.link {
            link.drive(context);
        }
        Pin::new(&mut self.body).poll_frame(context)
    }
}

impl<K, S, U> fmt::Debug for Kept<K, S, U>
where
    K: Clone + Eq + Hash,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Kept");
        shown
            .field("body", &self.body)
            .field("link", &self.link)
            .finish_non_exhaustive()
    }
}

impl<K, S, U> Body for Kept<K, S, U>
where
    K: Clone + Eq + Hash + Unpin,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    U: Unpin,
{
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = self.frame(context);
        self.is_read |= matches!(frame, Poll::Ready(None));
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<K, S, U> Drop for Kept<K, S, U>
where
    K: Clone + Eq + Hash,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    fn drop(&mut self) {
        if (self.is_read || self.body.is_end_stream())
            && let Some(link) = self.link.take()
        {
            let (links, target) = &self.home;
            links.keep(target, link);
        }
    }
}
