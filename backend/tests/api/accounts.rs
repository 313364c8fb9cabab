//! Guests, cookies and tokens, through the real server.

use crate::server::TestServer;
use shared::{AccountKind, NewToken, ProblemKind, paths};

#[tokio::test]
async fn try_it_now_makes_an_account_without_a_form() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    assert_eq!(guest.account.kind, AccountKind::Guest);
    let seen = client::accounts::current(&guest.client).await.unwrap();
    assert_eq!(seen, guest.account);
}

#[tokio::test]
async fn two_guests_are_two_accounts() {
    let server = TestServer::new().await;
    let (one, other) = tokio::join!(server.guest(), server.guest());
    assert_ne!(one.account.id, other.account.id);
}

#[tokio::test]
async fn twenty_guests_at_once_all_get_in() {
    let server = std::sync::Arc::new(TestServer::new().await);
    let mut guests = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let server = server.clone();
        guests.spawn(async move { server.guest().await.account.id });
    }
    let ids: std::collections::HashSet<_> = guests.join_all().await.into_iter().collect();
    assert_eq!(ids.len(), 20);
}

#[tokio::test]
async fn nobody_is_told_to_sign_in() {
    let server = TestServer::new().await;
    let client = client::Client::new(&server.url("/")).unwrap();
    let problem = client::accounts::current(&client).await.unwrap_err();
    assert_eq!(
        (problem.kind, problem.status),
        (ProblemKind::NotSignedIn, 401)
    );
    let problem = client::accounts::current(&client.with_token("made up"))
        .await
        .unwrap_err();
    assert_eq!(problem.kind, ProblemKind::NotSignedIn);
}

#[tokio::test]
async fn a_foreign_page_cannot_use_the_cookie() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    for origin in [Some("http://evil.example"), Some("null"), None] {
        let mut request = reqwest::Client::new()
            .post(server.url(paths::TOKENS))
            .header("cookie", &guest.cookie)
            .json(&NewToken {
                name: "stolen".into(),
            });
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        assert_eq!(request.send().await.unwrap().status(), 403, "{origin:?}");
    }
}

#[tokio::test]
async fn a_secret_is_stored_as_a_hash_only() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let secret = guest
        .cookie
        .split('=')
        .nth(1)
        .unwrap()
        .as_bytes()
        .to_owned();
    let stored: Vec<String> = sqlx::query_scalar("select secret_hash from session")
        .fetch_all(&server.pool().await)
        .await
        .unwrap();
    assert_eq!(stored.len(), 2, "the cookie's and the token's");
    assert!(stored.iter().all(|hash| hash.as_bytes() != secret));
    let files = files(server.data.path());
    let is_database = |file: &std::path::PathBuf| file.ends_with("manageacloud.db");
    assert!(server.database_url.is_some() || files.iter().any(is_database));
    for file in files {
        // some, as sandboxes' sockets, go away by themselves
        let bytes = std::fs::read(&file).unwrap_or_default();
        let found = bytes.windows(secret.len()).any(|window| window == secret);
        assert!(!found, "{}", file.display());
    }
}

/// All regular files below a folder.
fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap());
    entries
        .flat_map(|entry| match entry.file_type().unwrap() {
            kind if kind.is_dir() => files(&entry.path()),
            kind if kind.is_file() => vec![entry.path()],
            _ => Vec::new(),
        })
        .collect()
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let http = reqwest::Client::new();
    let answer = http
        .delete(server.url(paths::SESSION))
        .header("cookie", &guest.cookie)
        .header("origin", server.origin())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 204);
    let answer = http
        .get(server.url(paths::ACCOUNT))
        .header("cookie", &guest.cookie)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn a_path_of_the_page_is_the_page_and_an_unknown_api_path_a_problem() {
    let server = TestServer::new().await;
    let page = reqwest::get(server.url("/applications/docker_tomcat"))
        .await
        .unwrap();
    assert_eq!(page.status(), 200);
    assert!(
        page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("script-src")
    );
    let answer = reqwest::get(server.url("/api/v1/nothing")).await.unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
}
