//! The connections of an endpoint: not too many, and none that keeps everybody waiting.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{body::Body, serve::Listener};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::Semaphore;
use tracing::debug;

use super::Front;

/// How many connections an endpoint has at once; more wait until one ends.
const MOST_CONNECTIONS: usize = 256;
/// How long the head of a request may take, and a connection be idle.
const HEAD: Duration = Duration::from_secs(30);
/// The most headers of a request, and the most bytes of its head.
const MOST_HEADERS: usize = 100;
const HEAD_BYTES: usize = 64 << 10;

/// Serves an endpoint until it is dropped.
pub(crate) async fn serve(mut listener: impl Listener, front: Front) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    while let Ok(place) = places.clone().acquire_owned().await {
        let (stream, _) = listener.accept().await;
        let front = front.clone();
        tokio::spawn(async move {
            let service = service_fn(|request: hyper::Request<Incoming>| {
                let front = front.clone();
                async move { Ok::<_, Infallible>(front.answer(request.map(Body::new)).await) }
            });
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .max_headers(MOST_HEADERS)
                .max_buf_size(HEAD_BYTES)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            if let Err(error) = served {
                debug!("a connection ended: {error}");
            }
            drop(place);
        });
    }
}
