//! What the server says of itself, through the real server.

use crate::server::TestServer;
use shared::{IsolationLevel, OpenTerminal, ProblemKind};

#[tokio::test]
async fn the_isolation_that_was_found_is_shown_to_anybody() {
    let server = TestServer::new().await;
    let client = client::Client::new(&server.url("/")).unwrap();
    let health = client::health(&client).await.unwrap();
    assert_eq!(
        health.isolation.level,
        IsolationLevel::B,
        "{:?}",
        health.isolation.missing
    );
    assert!(
        health.isolation.missing[0].contains("memory"),
        "{:?}",
        health.isolation.missing
    );
}

#[tokio::test]
async fn without_a_way_to_isolate_the_server_still_starts_and_says_what_is_missing() {
    let server = TestServer::with_helper("/bin/false").await;
    let client = client::Client::new(&server.url("/")).unwrap();
    let health = client::health(&client).await.unwrap();
    assert_eq!(health.isolation.level, IsolationLevel::D);
    assert!(!health.isolation.missing.is_empty());
    let off = health.terminals_off.unwrap();
    assert!(
        off.contains("need isolation level B, and this machine has D"),
        "{off}"
    );
    let guest = server.guest().await;
    let size = OpenTerminal::sized(80, 24);
    let problem = client::terminals::open(&guest.client, &size)
        .await
        .unwrap_err();
    assert_eq!(
        (problem.kind, problem.title),
        (ProblemKind::Unavailable, off)
    );
}
