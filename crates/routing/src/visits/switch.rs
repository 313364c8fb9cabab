//! Visits that are under way while the address moves from one version to the next.

use std::{collections::BTreeSet, time::Duration};

use axum::{extract::Request, response::AppendHeaders, routing::post};
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _, future::join_all, pin_mut, poll, stream};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    net::TcpStream,
    sync::watch,
    time::{Instant, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, protocol::frame::coding::CloseCode},
};

use super::{Address, HOUR, PATIENCE, VERSION, Window, body_in_parts, route, serving, version};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How many have the page open.
const SOCKETS: usize = 500;
/// How many of them come at once.
const AT_ONCE: usize = 32;
/// Each socket is two connections with two ends each, all of them in this process; and some more.
const DESCRIPTORS: u64 = 4 * SOCKETS as u64 + 256;
/// In which time they are asked to go.
const WINDOW: Duration = Duration::from_secs(4);
/// Into how many parts the window is divided to see whether they are spread over it.
const PARTS: u32 = 8;

/// Lets this process open as many files as the test needs.
fn allow_descriptors() {
    let known = getrlimit(Resource::Nofile);
    if known.current.is_none_or(|current| current >= DESCRIPTORS) {
        return;
    }
    let wanted = Rlimit {
        current: Some(DESCRIPTORS),
        ..known
    };
    setrlimit(Resource::Nofile, wanted).expect("the hard limit of open files is too low");
}

/// Opens a websocket, and says which version it is of.
async fn open(address: &Address) -> (Socket, String) {
    let url = format!("ws://{}/socket", address.at);
    let (socket, answer) = connect_async(url).await.unwrap();
    let version = answer.headers()[VERSION].to_str().unwrap().to_owned();
    (socket, version)
}

/// Has a word said back.
async fn says_back(socket: &mut Socket, word: &str) {
    socket.send(Message::text(word)).await.unwrap();
    let back = socket.next().await.unwrap().unwrap();
    assert_eq!(back, Message::text(word));
}

/// Waits until a socket is asked to come again, and returns when that was.
async fn asked_to_go(mut socket: Socket) -> Instant {
    let asked = socket.next().await.unwrap().unwrap();
    let at = Instant::now();
    let Message::Close(Some(frame)) = asked else {
        panic!("it was cut: {asked:?}");
    };
    assert_eq!(frame.code, CloseCode::Restart);
    assert_eq!(u16::from(frame.code), 1012);
    // reading on, it says farewell too
    assert!(socket.next().await.is_none());
    at
}

#[tokio::test]
async fn five_hundred_websockets_outlive_a_switch_and_are_asked_to_come_again_one_by_one() {
    allow_descriptors();
    let address = serving().await;
    address.serve("2", version("2"));
    let opening = stream::iter(0..SOCKETS).map(|_| async {
        let (mut socket, version) = open(&address).await;
        says_back(&mut socket, "before").await;
        assert_eq!(version, "1");
        socket
    });
    let mut sockets: Vec<Socket> = opening.buffer_unordered(AT_ONCE).collect().await;

    address.table().take(route(2)).unwrap();
    join_all(sockets.iter_mut().map(|one| says_back(one, "after"))).await;

    let begun = Instant::now();
    let drained = address.table().drain(super::HOST, "1", Window::of(WINDOW));
    let all_asked = join_all(sockets.into_iter().map(asked_to_go));
    // while these go, others come
    let others = async {
        let (mut socket, version) = open(&address).await;
        says_back(&mut socket, "new").await;
        assert_eq!(version, "2");
        socket
    };
    let all = async { tokio::join!(all_asked, drained, others) };
    let (asked, (), mut new) = timeout(WINDOW + PATIENCE, all).await.unwrap();
    assert_eq!(asked.len(), SOCKETS);
    let part = |at: Instant| (at - begun).as_millis() / (WINDOW / PARTS).as_millis();
    let parts: BTreeSet<u128> = asked.into_iter().map(part).collect();
    // of eight parts seven are for asking; a machine that is busy may be late for some
    assert!(parts.len() >= 4, "they were asked in parts {parts:?}");
    // who came meanwhile stays
    says_back(&mut new, "still").await;
}

/// A version that takes a body to its end before it says anything, and counts what has arrived.
fn takes_uploads(name: &'static str, arrived: watch::Sender<usize>) -> axum::Router {
    let take = move |request: Request| async move {
        let (mut parts, mut whole) = (request.into_body().into_data_stream(), Vec::new());
        while let Some(part) = parts.next().await {
            whole.extend_from_slice(&part.unwrap());
            arrived.send_replace(whole.len());
        }
        (AppendHeaders([(VERSION, name)]), whole)
    };
    axum::Router::new().route("/upload", post(take))
}

async fn upload(http: reqwest::Client, url: String, body: reqwest::Body) -> (String, Bytes) {
    let answer = http.post(url).body(body).send().await.unwrap();
    let version = answer.headers()[VERSION].to_str().unwrap().to_owned();
    (version, answer.bytes().await.unwrap())
}

#[tokio::test]
async fn an_upload_that_is_under_way_ends_at_the_version_that_it_began_at() {
    let address = super::address().await;
    let (at_blue, mut arrived) = watch::channel(0);
    address.serve("1", takes_uploads("1", at_blue));
    address.serve("2", takes_uploads("2", watch::Sender::default()));
    let (http, url) = (
        reqwest::Client::new(),
        format!("http://{}/upload", address.at),
    );
    let (send, body) = body_in_parts();
    let answer = tokio::spawn(upload(http.clone(), url.clone(), body));
    let mut sent = Vec::new();
    for number in 0..20 {
        let part = Bytes::from(vec![number; 10_000]);
        sent.extend_from_slice(&part);
        send.send(part).unwrap();
        let all = arrived.wait_for(|arrived| *arrived == sent.len());
        timeout(PATIENCE, all).await.unwrap().unwrap();
        if number == 0 {
            address.table().take(route(2)).unwrap();
        }
    }

    let drained = address.table().drain(super::HOST, "1", Window::of(HOUR));
    pin_mut!(drained);
    assert!(poll!(drained.as_mut()).is_pending(), "it is under way");
    // others go where the address leads now
    let other = upload(http, url, "other".into()).await;
    assert_eq!(other, ("2".to_owned(), "other".into()));
    assert!(poll!(drained.as_mut()).is_pending(), "it is under way");
    assert!(!answer.is_finished());
    drop(send);
    let (version, whole) = timeout(PATIENCE, answer).await.unwrap().unwrap();
    assert_eq!(version, "1");
    assert!(whole == sent, "{} bytes of {}", whole.len(), sent.len());
    timeout(PATIENCE, drained).await.unwrap();
}
