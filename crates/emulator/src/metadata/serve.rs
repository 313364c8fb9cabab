//! Answers what comes on a connection of an instance's.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tracing::debug;

/// How long a request may take to come, the first as well as the next.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a request may be, without its body, which is not read.
const LONGEST_BYTES: usize = 16 << 10;

/// Answers each request on a connection, until that is closed or nothing comes for long.
pub(crate) async fn serve<S, A>(stream: S, answer: A)
where
    S: AsyncRead + AsyncWrite + Unpin,
    A: Fn(&Request<()>) -> Response<Bytes>,
{
    serve_patiently(stream, answer, PATIENCE).await;
}

async fn serve_patiently<S, A>(stream: S, answer: A, patience: Duration)
where
    S: AsyncRead + AsyncWrite + Unpin,
    A: Fn(&Request<()>) -> Response<Bytes>,
{
    let answer = &answer;
    let service = service_fn(move |request: Request<Incoming>| async move {
        let request = request.map(drop);
        Ok::<_, Infallible>(answer(&request).map(Full::new))
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_buf_size(LONGEST_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        debug!("an instance's question was not answered: {error}");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::Response;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::{LONGEST_BYTES, serve_patiently};

    async fn heard(said: &[u8], patience: Duration) -> String {
        let (mut ours, theirs) = duplex(1 << 20);
        let answers = tokio::spawn(async move {
            let path = |request: &http::Request<()>| request.uri().path().to_owned();
            let answer = |request: &http::Request<()>| Response::new(path(request).into());
            serve_patiently(theirs, answer, patience).await;
        });
        ours.write_all(said).await.unwrap();
        let mut heard = String::new();
        ours.read_to_string(&mut heard).await.unwrap();
        answers.await.unwrap();
        heard
    }

    #[tokio::test]
    async fn several_questions_are_answered_on_one_connection() {
        let both = b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n\
                     GET /b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        let heard = heard(both, Duration::from_secs(60)).await;
        assert_eq!(heard.matches("HTTP/1.1 200 OK").count(), 2);
        assert!(
            heard.contains("\r\n\r\n/a") && heard.ends_with("/b"),
            "{heard}"
        );
    }

    #[tokio::test]
    async fn who_says_nothing_or_too_much_is_hung_up_on() {
        let soon = Duration::from_millis(1);
        assert_eq!(heard(b"", soon).await, "");
        assert!(!heard(b"GET /a HT", soon).await.contains("200"));
        let once = b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n";
        let idle = Duration::from_millis(100);
        assert!(heard(once, idle).await.starts_with("HTTP/1.1 200 OK"));
        let long = format!("GET /{} HTTP/1.1\r\n", "a".repeat(2 * LONGEST_BYTES));
        let heard = heard(long.as_bytes(), Duration::from_secs(60)).await;
        assert!(heard.starts_with("HTTP/1.1 4"), "{heard}");
    }
}
