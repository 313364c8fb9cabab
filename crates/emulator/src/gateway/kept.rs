//! The body of an answer that is under way from a target.

use std::{
    future::Future as _,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use proxy::{Link, Links};
use tokio::net::TcpStream;
use tokio_util::sync::WaitForCancellationFutureOwned;

use crate::balancing::{Stay, Target};

/// Connections to instances, which are kept.
pub(super) type Upstreams = Links<Target, TcpStream>;

/// The answer of a target, which is cut when the target's time is over.
pub(super) struct Kept {
    body: proxy::Kept<Target, TcpStream, Stay>,
    over: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Kept {
    /// Holds a body together with what brings it and what counts it.
    pub fn new(
        body: Incoming,
        link: Option<Link<TcpStream>>,
        home: (Arc<Upstreams>, Target),
        stay: Stay,
    ) -> Self {
        let over = Box::pin(stay.cut().cancelled_owned());
        let body = proxy::Kept::new(body, link, home, stay);
        Self { body, over }
    }
}

impl Body for Kept {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        // what is there already goes on in any case
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_pending() && self.over.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err("the target was taken out".into())));
        }
        frame.map(|frame| frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
