//! A body that is under way to or from a target.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio_util::sync::WaitForCancellationFutureOwned;

use crate::balancing::Stay;

/// The answer of a target, which is cut when the target's time is over.
pub(super) struct Kept {
    body: Incoming,
    over: Pin<Box<WaitForCancellationFutureOwned>>,
    _stay: Stay,
}

impl Kept {
    /// Holds a body together with what counts it.
    pub fn new(body: Incoming, stay: Stay) -> Self {
        let over = Box::pin(stay.cut().cancelled_owned());
        Self {
            body,
            over,
            _stay: stay,
        }
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
