//! What the server says of itself, through the real server.

use backend::config::Needed;

use crate::server::TestServer;
use shared::{IsolationLevel, OpenTerminal, ProblemKind};

#[tokio::test]
async fn the_isolation_that_was_found_is_shown_to_anybody() {
    let server = TestServer::new().await;
    let client = client::Client::new(&server.url("/")).unwrap();
    let health = client::health(&client).await.unwrap();
    let found = health.isolation;
    assert!(
        matches!(found.level, IsolationLevel::A | IsolationLevel::B),
        "{found:?}"
    );
    let is_best = found.level == IsolationLevel::A;
    assert_eq!(found.missing.is_empty(), is_best, "{found:?}");
}

#[tokio::test]
async fn a_level_that_is_asked_for_and_not_there_leaves_terminals_off() {
    let server = TestServer::with(|config| config.isolation = Needed::A).await;
    let client = client::Client::new(&server.url("/")).unwrap();
    let health = client::health(&client).await.unwrap();
    match (health.isolation.level, health.terminals_off) {
        (IsolationLevel::A, None) => {
            let guest = server.guest().await;
            let mut shell = crate::shell::Shell::open(&server, &guest).await;
            assert!(shell.run("echo at level A").await.contains("at level A"));
        }
        (IsolationLevel::B, Some(off)) => {
            assert!(off.contains("need isolation level A"), "{off}");
        }
        other => panic!("{other:?}"),
    }
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
