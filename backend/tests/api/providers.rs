//! Providers, and credentials for them.

use axum::{Router, http::StatusCode, routing::post};
use shared::{CredentialState, ProblemKind, SaveCredential};

use crate::server::TestServer;

const REFUSED: &str = "<Response><Errors><Error><Code>AuthFailure</Code><Message>AWS was not able \
    to validate the provided access credentials</Message></Error></Errors></Response>";
const REGIONS: &str = "<DescribeRegionsResponse><regionInfo><item><regionName>eu-west-1\
    </regionName></item></regionInfo></DescribeRegionsResponse>";

/// A cloud that knows one key; its address.
pub async fn cloud() -> String {
    let answer = |headers: axum::http::HeaderMap| async move {
        let shown = headers["authorization"].to_str().unwrap().to_owned();
        match shown.contains("Credential=AKIAGOOD/") {
            true => (StatusCode::OK, REGIONS),
            false => (StatusCode::UNAUTHORIZED, REFUSED),
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

#[tokio::test]
async fn credentials_are_tried_kept_sealed_and_forgotten() {
    let cloud = cloud().await;
    let server = TestServer::with_cloud_and(|config| config.aws_endpoint = Some(cloud)).await;
    let guest = server.guest().await;
    let of = async || {
        let all = client::providers::list(&guest.client).await.unwrap().items;
        all.into_iter()
            .find(|provider| provider.name == "amazon")
            .unwrap()
            .credential
    };
    assert_eq!(of().await, CredentialState::Emulated);
    let save = |client: &str| SaveCredential {
        client: client.into(),
        key: "wJalr-a-secret-of-its-own".into(),
    };
    let refused =
        client::providers::save_credential(&guest.client, "amazon", &save("AKIABAD")).await;
    let problem = refused.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Conflict);
    assert!(problem.title.contains("AuthFailure"), "{problem:?}");
    assert_eq!(of().await, CredentialState::Emulated);

    let saved =
        client::providers::save_credential(&guest.client, "amazon", &save("AKIAGOOD")).await;
    assert_eq!(saved.unwrap().credential, CredentialState::Own);
    let locations = client::providers::locations(&guest.client, "amazon")
        .await
        .unwrap();
    assert_eq!(locations.items[0].id, "eu-west-1");
    let stranger = server.guest().await;
    let theirs = client::providers::list(&stranger.client)
        .await
        .unwrap()
        .items;
    assert!(
        theirs
            .iter()
            .all(|provider| provider.credential == CredentialState::Emulated)
    );

    if server.database_url.is_none() {
        for name in ["manageacloud.db", "manageacloud.db-wal"] {
            let bytes = std::fs::read(server.data.path().join(name)).unwrap_or_default();
            let has = |word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
            assert!(
                !has(b"AKIAGOOD") && !has(b"wJalr"),
                "{name} has the credentials"
            );
        }
    }
    let forgotten = client::providers::forget_credential(&guest.client, "amazon")
        .await
        .unwrap();
    assert_eq!(forgotten.credential, CredentialState::Emulated);
}

#[tokio::test]
async fn a_provider_of_the_originals_that_is_not_here_is_refused_by_name() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let refused = client::providers::locations(&guest.client, "gce")
        .await
        .unwrap_err();
    assert_eq!(refused.kind, ProblemKind::Invalid);
    assert!(refused.title.contains("gce") && refused.title.contains("amazon and local"));
    let sizes = client::providers::hardware(&guest.client, "amazon", "us-east-1")
        .await
        .unwrap();
    assert!(sizes.items.iter().any(|size| size.id == "t2.micro"));
}
