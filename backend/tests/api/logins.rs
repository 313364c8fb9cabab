//! What is signed in, and how it is signed out, through the real server.

use futures_util::StreamExt as _;
use shared::{Event, Login, LoginKind, ProblemKind, paths};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    events,
    server::{Guest, TestServer},
    shell::{PATIENCE, Shell},
};

async fn logins(guest: &Guest) -> Vec<Login> {
    client::accounts::logins(&guest.client).await.unwrap().items
}

/// What a browser is answered that shows the guest's cookie.
async fn asked(server: &TestServer, guest: &Guest, method: reqwest::Method, path: &str) -> u16 {
    let http = reqwest::Client::new();
    let asked = http
        .request(method, server.url(path))
        .header("cookie", &guest.cookie)
        .header("origin", server.origin());
    asked.send().await.unwrap().status().as_u16()
}

/// Waits until the server has closed a page's events, and says how.
async fn until_closed(socket: &mut events::Socket) -> Option<u16> {
    let closed = async {
        while let Some(Ok(message)) = socket.next().await {
            if let Message::Close(frame) = message {
                return frame.map(|frame| frame.code.into());
            }
        }
        None
    };
    timeout(PATIENCE, closed).await.unwrap()
}

async fn listening(server: &TestServer, guest: &Guest) -> events::Socket {
    let socket = events::open(server, Some(guest), &server.origin()).await;
    let mut socket = socket.unwrap();
    assert_eq!(events::next(&mut socket).await, Event::Resync);
    socket
}

#[tokio::test]
async fn what_is_signed_in_is_listed_without_its_secret() {
    let server = TestServer::new().await;
    let (guest, _stranger) = (server.guest().await, server.guest().await);
    let _shell = Shell::open(&server, &guest).await;
    let all = logins(&guest).await;
    let kinds: Vec<_> = all
        .iter()
        .map(|login| (login.kind, login.name.as_str()))
        .collect();
    assert!(kinds.contains(&(LoginKind::Cookie, "browser")), "{kinds:?}");
    assert!(kinds.contains(&(LoginKind::Token, "tests")), "{kinds:?}");
    assert!(kinds.contains(&(LoginKind::Home, "home")), "{kinds:?}");
    assert_eq!(all.len(), 3);
    let this: Vec<_> = all.iter().filter(|login| login.is_this).collect();
    assert_eq!(this.len(), 1);
    assert_eq!(this[0].name, "tests");
    assert!(
        this[0]
            .used_at
            .is_some_and(|used| used >= this[0].created_at)
    );
    let text = serde_json::to_string(&all).unwrap();
    assert!(!text.contains(guest.client.token().unwrap()));
    assert!(!text.contains(&backend::accounts::hash(guest.client.token().unwrap())));
}

#[tokio::test]
async fn a_login_that_is_revoked_loses_its_terminals_and_events_and_others_keep_theirs() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let mut page = listening(&server, &guest).await;
    let all = logins(&guest).await;
    let browser = all
        .iter()
        .find(|login| login.kind == LoginKind::Cookie)
        .unwrap();
    client::accounts::revoke(&guest.client, &browser.id)
        .await
        .unwrap();
    timeout(PATIENCE, shell.until_closed()).await.unwrap();
    assert_eq!(until_closed(&mut page).await, Some(1008));
    let get = reqwest::Method::GET;
    assert_eq!(asked(&server, &guest, get, paths::ACCOUNT).await, 401);
    // the one that asked goes on, and so does the shell
    let left = logins(&guest).await;
    assert!(left.iter().all(|login| login.id != browser.id), "{left:?}");
    let terminals = client::terminals::list(&guest.client).await.unwrap().items;
    assert_eq!(terminals[0].state, shared::TerminalState::Running);
    let again = client::accounts::revoke(&guest.client, &browser.id).await;
    assert_eq!(again.unwrap_err().kind, ProblemKind::NotFound);
}

#[tokio::test]
async fn signing_out_everywhere_else_leaves_the_asker_and_the_terminals_own_mac() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let mut page = listening(&server, &guest).await;
    let delete = reqwest::Method::DELETE;
    // of another page's: no
    let foreign = reqwest::Client::new()
        .delete(server.url(paths::LOGINS))
        .header("cookie", &guest.cookie)
        .header("origin", "http://evil.example");
    assert_eq!(foreign.send().await.unwrap().status(), 403);
    assert_eq!(asked(&server, &guest, delete, paths::LOGINS).await, 204);
    let refused = client::accounts::current(&guest.client).await;
    assert_eq!(refused.unwrap_err().kind, ProblemKind::NotSignedIn);
    let seen = shell.run("mac infrastructure list && echo signed in").await;
    assert!(seen.contains("signed in"), "{seen}");
    // the asker's page hears on
    let at_home = guest.at(&server).await;
    let size = shared::OpenTerminal::sized(80, 24);
    client::terminals::open(&at_home.client, &size)
        .await
        .unwrap();
    let told = timeout(PATIENCE, events::next(&mut page)).await.unwrap();
    assert!(matches!(told, Event::Terminal { .. }), "{told:?}");
}

#[tokio::test]
async fn a_stranger_revokes_nobody() {
    let server = TestServer::new().await;
    let (guest, stranger) = (server.guest().await, server.guest().await);
    for login in logins(&guest).await {
        let refused = client::accounts::revoke(&stranger.client, &login.id).await;
        assert_eq!(refused.unwrap_err().kind, ProblemKind::NotFound);
    }
    client::accounts::revoke_others(&stranger.client)
        .await
        .unwrap();
    assert_eq!(logins(&guest).await.len(), 2);
}

#[tokio::test]
async fn events_of_an_account_that_is_removed_or_signs_out_are_closed() {
    let server = TestServer::new().await;
    let (leaves, removed) = (server.guest().await, server.guest().await);
    let mut of_one = listening(&server, &leaves).await;
    let mut of_other = listening(&server, &removed).await;
    let delete = reqwest::Method::DELETE;
    assert_eq!(asked(&server, &leaves, delete, paths::SESSION).await, 204);
    assert_eq!(until_closed(&mut of_one).await, Some(1008));
    client::accounts::remove(&removed.client).await.unwrap();
    assert_eq!(until_closed(&mut of_other).await, Some(1008));
}
