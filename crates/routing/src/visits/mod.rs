//! Visits to an address whose version is a server of the test.

mod switch;

use std::{
    convert::Infallible,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::{
    body::Body,
    extract::{Request, WebSocketUpgrade, ws::WebSocket},
    http::{HeaderMap, Response},
    response::AppendHeaders,
    routing::{any, get},
};
use bytes::Bytes;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _, future::BoxFuture, stream};
use http_body_util::StreamBody;
use hyper::body::{Frame, Incoming};
use shared::AccountId;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, UnixListener},
    sync::{mpsc, watch},
};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, protocol::frame::coding::CloseCode},
};
use tokio_util::sync::CancellationToken;

use crate::{Domain, Front, Http, Internet, NewRoute, Router, Table, Upstream, Window};

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// No socket is asked to go soon.
const HOUR: Duration = Duration::from_secs(3600);

/// The address of the test is below this, so that a client which asks for 127.0.0.1 asks for it.
const DOMAIN: &str = "0.0.1";
/// Its first label.
const HOST: &str = "127";

/// What an answer says of the version that it comes from.
const VERSION: &str = "version";

/// An address whose versions are servers of the test.
struct Address {
    at: SocketAddr,
    router: Arc<Router>,
    folder: TempDir,
}

impl Address {
    fn table(&self) -> &Table {
        &self.router.table
    }

    /// Lets a version answer.
    fn serve(&self, version: &str, service: axum::Router) {
        let listener = UnixListener::bind(socket(self.folder.path(), version)).unwrap();
        tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
    }

    /// Waits until nothing is under way to the first version.
    async fn is_drained(&self) {
        let drained = self.table().drain(HOST, "1", Window::of(HOUR));
        tokio::time::timeout(PATIENCE, drained).await.unwrap();
    }
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.next().await {
        if socket.send(message).await.is_err() {
            break; // it was told to close
        }
    }
}

/// Where a version listens.
fn socket(folder: &Path, version: &str) -> PathBuf {
    folder.join(version)
}

/// A version that says with each websocket which one it is.
fn version(name: &'static str) -> axum::Router {
    let seen = |headers: HeaderMap| async move { format!("{headers:?}") };
    let talk = move |upgrade: WebSocketUpgrade| async move {
        (AppendHeaders([(VERSION, name)]), upgrade.on_upgrade(echo))
    };
    let back = |request: Request| async { Body::new(request.into_body()) };
    axum::Router::new()
        .route("/headers", any(seen))
        .route("/socket", get(talk))
        .route("/back", any(back))
}

/// Nothing is reached by its name.
#[derive(Debug)]
struct Offline;

impl Internet for Offline {
    fn send<'a>(
        &'a self,
        endpoint: &'a str,
        _: Request,
    ) -> BoxFuture<'a, anyhow::Result<Response<Incoming>>> {
        async move { anyhow::bail!("{endpoint} is on the internet") }.boxed()
    }
}

/// What is asked behind the front: the way to a version that nobody has been led to.
async fn lead(router: Arc<Router>, folder: PathBuf, request: Request) -> Response<Body> {
    let (route, flight) = router.enter(HOST).await.unwrap().unwrap();
    let upstream = Upstream::Socket(socket(&folder, &route.version).as_os_str().into());
    let find = async || anyhow::Ok(upstream);
    let entered = (route, flight);
    router.visit(&router.http, entered, find, request).await
}

fn route(epoch: u64) -> NewRoute {
    NewRoute {
        host: HOST.into(),
        account: AccountId::new(),
        application: "demo".into(),
        version: epoch.to_string(),
        epoch,
        endpoint: "demo.elb.amazonaws.com".into(),
    }
}

/// An address; its versions answer once they serve.
async fn address() -> Address {
    let folder = tempfile::tempdir().unwrap();
    let http = Http::new(Arc::new(Offline), "http");
    let router = Arc::new(Router::new(Domain::new(DOMAIN), http));
    router.table.take(route(1)).unwrap();
    let (known, sockets) = (router.clone(), folder.path().to_owned());
    let leads = move |request: Request| lead(known.clone(), sockets.clone(), request);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let inside = axum::Router::new().fallback(leads);
    let front = Front::new(router.clone(), inside).unwrap();
    tokio::spawn(front.serve(listener, None, CancellationToken::new()));
    Address { at, router, folder }
}

async fn serving() -> Address {
    let address = address().await;
    address.serve("1", version("1"));
    address
}

/// A body that ends once its sender is dropped.
fn body_in_parts() -> (mpsc::UnboundedSender<Bytes>, reqwest::Body) {
    let (send, parts) = mpsc::unbounded_channel();
    let parts = stream::unfold(parts, |mut parts| async {
        let part = parts.recv().await?;
        Some((Ok::<_, Infallible>(Frame::data(part)), parts))
    });
    (send, reqwest::Body::wrap(StreamBody::new(parts)))
}

#[tokio::test]
async fn a_version_sees_its_own_name_the_visitors_host_and_who_asks() {
    let address = serving().await;
    let request = reqwest::Client::new().get(format!("http://{}/headers", address.at));
    let request = request.header("manageacloud-upstream", "another.elb.amazonaws.com");
    let seen = request.send().await.unwrap().text().await.unwrap();
    for header in [
        format!("\"host\": \"{}\"", address.at),
        format!("\"x-forwarded-host\": \"{}\"", address.at),
        "\"x-forwarded-for\": \"127.0.0.1\"".into(),
        "\"manageacloud-upstream\": \"demo.elb.amazonaws.com\"".into(),
    ] {
        assert!(seen.contains(&header), "{header} in {seen}");
    }
    assert!(!seen.contains("another"), "{seen}");
}

#[tokio::test]
async fn bodies_are_streamed_both_ways_and_count_until_their_last_byte() {
    let address = serving().await;
    let (send, body) = body_in_parts();
    let request = reqwest::Client::new().post(format!("http://{}/back", address.at));
    let request = request.body(body);
    send.send("first".into()).unwrap();
    let mut answer = request.send().await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "first");

    address.table().take(route(2)).unwrap();
    let moment = Duration::from_millis(20);
    let early =
        tokio::time::timeout(moment, address.table().drain(HOST, "1", Window::of(HOUR))).await;
    assert!(early.is_err(), "the answer is under way");
    send.send("last".into()).unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "last");
    drop(send);
    assert_eq!(answer.chunk().await.unwrap(), None);
    address.is_drained().await;
}

#[tokio::test]
async fn a_body_of_unknown_length_comes_with_any_method() {
    let address = serving().await;
    let (send, body) = body_in_parts();
    let request = reqwest::Client::new().get(format!("http://{}/back", address.at));
    // else the visitor would send none itself
    let request = request.header("transfer-encoding", "chunked");
    send.send("what is looked for".into()).unwrap();
    drop(send);
    let answer = request.body(body).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "what is looked for");
}

#[tokio::test]
async fn an_upload_that_is_answered_early_is_sent_to_its_end() {
    const UPLOAD: usize = 4 << 20;
    let address = address().await;
    let listener = UnixListener::bind(socket(address.folder.path(), "1")).unwrap();
    let (arrived, mut all) = watch::channel(0);
    tokio::spawn(async move {
        let (mut version, _) = listener.accept().await.unwrap();
        let (mut buffer, mut count) = (vec![0; 65536], 0);
        let answer = b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\nok";
        loop {
            let part = version.read(&mut buffer).await.unwrap();
            if count == 0 {
                version.write_all(answer).await.unwrap();
            }
            count += part;
            arrived.send_replace(count);
        }
    });
    let mut visitor = TcpStream::connect(address.at).await.unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {}\r\ncontent-length: {UPLOAD}\r\n\r\n",
        address.at
    );
    visitor.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"ok") {
        visitor.read_buf(&mut answer).await.unwrap();
    }
    let upload = async {
        visitor.write_all(&vec![7; UPLOAD]).await.unwrap();
        all.wait_for(|count| *count > UPLOAD).await.unwrap();
    };
    tokio::time::timeout(PATIENCE, upload).await.unwrap();
    address.is_drained().await;
}

#[tokio::test]
async fn a_request_for_two_hosts_is_refused() {
    let address = serving().await;
    let mut visitor = TcpStream::connect(address.at).await.unwrap();
    let asked = format!(
        "GET /headers HTTP/1.1\r\nhost: {}\r\nhost: other\r\n\r\n",
        address.at
    );
    visitor.write_all(asked.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    visitor.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 400");
}

#[tokio::test]
async fn a_socket_goes_through_and_counts_until_it_closes() {
    let address = serving().await;
    let url = format!("ws://{}/socket", address.at);
    let (mut socket, answer) = connect_async(url).await.unwrap();
    assert_eq!(answer.status(), 101);
    for word in ["one", "two"] {
        socket.send(Message::text(word)).await.unwrap();
        let back = socket.next().await.unwrap().unwrap();
        assert_eq!(back, Message::text(word));
    }
    let moment = Duration::from_millis(20);
    let early =
        tokio::time::timeout(moment, address.table().drain(HOST, "1", Window::of(HOUR))).await;
    assert!(early.is_err(), "the socket is open");
    drop(socket);
    address.is_drained().await;
}

#[tokio::test]
async fn a_socket_is_asked_to_come_again_once_its_version_is_drained() {
    let address = serving().await;
    let url = format!("ws://{}/socket", address.at);
    let (mut socket, _) = connect_async(&url).await.unwrap();
    socket.send(Message::text("one")).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("one"));
    address.table().take(route(2)).unwrap();
    let window = Window::of(Duration::from_millis(50));
    let asked = async move {
        let Message::Close(Some(frame)) = socket.next().await.unwrap().unwrap() else {
            panic!("it was cut");
        };
        // reading on, it says farewell too
        assert!(socket.next().await.is_none());
        frame
    };
    let (frame, ()) = tokio::join!(asked, address.table().drain(HOST, "1", window));
    assert_eq!(frame.code, CloseCode::Restart);
}

#[tokio::test]
async fn a_version_that_is_not_there_is_a_bad_gateway() {
    let address = address().await;
    let answer = reqwest::get(format!("http://{}/", address.at))
        .await
        .unwrap();
    assert_eq!(answer.status(), 502);
    address.is_drained().await;
}
