//! The body of an answer that is under way from a target.

use std::{
    future::Future as _,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::upstream::{Home, Link};
use crate::balancing::Stay;

/// The answer of a target, which is cut when the target's time is over; its connection is kept
/// when the answer was read to its end.
pub(super) struct Kept {
    body: Incoming,
    link: Option<Link>,
    home: Home,
    over: Pin<Box<WaitForCancellationFutureOwned>>,
    is_read: bool,
    _stay: Stay,
}

impl Kept {
    /// Holds a body together with what brings it and what counts it.
    pub fn new(body: Incoming, link: Option<Link>, home: Home, stay: Stay) -> Self {
        let over = Box::pin(stay.cut().cancelled_owned());
        Self {
            body,
            link,
            home,
            over,
            is_read: false,
            _stay: stay,
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

impl Body for Kept {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        // what is there already goes on in any case
        let frame = self.frame(context);
        if frame.is_pending() && self.over.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err("the target was taken out".into())));
        }
        self.is_read |= matches!(frame, Poll::Ready(None));
        frame.map(|frame| frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if (self.is_read || self.body.is_end_stream())
            && let Some(link) = self.link.take()
        {
            let (upstreams, target) = &self.home;
            upstreams.keep(target, link);
        }
    }
}
