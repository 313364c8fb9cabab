//! The events' websocket, through the real server.

use crate::server::{Guest, TestServer};
use futures_util::StreamExt;
use shared::{Event, OpenTerminal, paths};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Error, client::IntoClientRequest},
};

/// The events' socket of a page.
pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The next event.
pub async fn next(socket: &mut Socket) -> Event {
    let frame = socket.next().await.unwrap().unwrap();
    serde_json::from_str(frame.to_text().unwrap()).unwrap()
}

/// Opens the socket on a page of some origin; the status where it is refused.
pub async fn open(server: &TestServer, guest: Option<&Guest>, origin: &str) -> Result<Socket, u16> {
    let url = server.url(paths::EVENTS).replacen("http", "ws", 1);
    let mut request = url.into_client_request().unwrap();
    request
        .headers_mut()
        .insert("origin", origin.parse().unwrap());
    if let Some(guest) = guest {
        request
            .headers_mut()
            .insert("cookie", guest.cookie.parse().unwrap());
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

/// The first event.
async fn connect(server: &TestServer, guest: Option<&Guest>, origin: &str) -> Result<Event, u16> {
    Ok(next(&mut open(server, guest, origin).await?).await)
}

#[tokio::test]
async fn the_first_event_says_to_read_everything() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    assert_eq!(
        connect(&server, Some(&guest), &server.origin()).await,
        Ok(Event::Resync)
    );
}

#[tokio::test]
async fn a_socket_needs_an_account_and_our_own_origin() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    assert_eq!(connect(&server, None, &server.origin()).await, Err(401));
    for origin in [
        "null",
        "http://evil.example",
        "http://app.localhost",
        "http://127.0.0.1",
    ] {
        assert_eq!(
            connect(&server, Some(&guest), origin).await,
            Err(403),
            "{origin}"
        );
    }
}

#[tokio::test]
async fn a_page_hears_of_its_own_terminals_and_of_nobody_elses() {
    let server = TestServer::new().await;
    let (owner, stranger) = (server.guest().await, server.guest().await);
    let mut sockets = [
        open(&server, Some(&owner), &server.origin()).await.unwrap(),
        open(&server, Some(&stranger), &server.origin())
            .await
            .unwrap(),
    ];
    for socket in &mut sockets {
        assert_eq!(next(socket).await, Event::Resync);
    }
    let size = OpenTerminal::sized(80, 24);
    let owners = client::terminals::open(&owner.client, &size).await.unwrap();
    let strangers = client::terminals::open(&stranger.client, &size)
        .await
        .unwrap();
    // the stranger's first event is its own, though the owner's came before
    for (socket, terminal) in sockets.iter_mut().zip([owners, strangers]) {
        assert_eq!(next(socket).await, Event::Terminal { terminal });
    }
}
