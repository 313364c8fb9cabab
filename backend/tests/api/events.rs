//! The events' websocket, through the real server.

use crate::server::{Guest, TestServer};
use futures_util::StreamExt;
use shared::{Event, paths};
use tokio_tungstenite::tungstenite::{Error, client::IntoClientRequest};

async fn connect(server: &TestServer, guest: Option<&Guest>, origin: &str) -> Result<Event, u16> {
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
        Ok((mut socket, _)) => {
            let frame = socket.next().await.unwrap().unwrap();
            Ok(serde_json::from_str(frame.to_text().unwrap()).unwrap())
        }
        Err(Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
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
