//! Where an account asked to be told of its deployments, it is.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::Value;
use shared::{
    CreateInfrastructure, Delivery, DeliveryState, MadeWebhook, NewWebhook, ProblemKind, WebhookId,
};
use tokio::net::TcpListener;

use crate::{
    crash::Killable,
    infrastructures::ended,
    server::{Guest, TestServer},
    shell::PATIENCE,
};

const MACFILE: &str = "
mac: 1.0.8
name: files
version: 1
description: a file
resources:
  file:
    create bash: echo made
    destroy bash: echo gone
infrastructures:
  file_01:
    resource: file
";

/// Somewhere that messages are sent to: what came, and what is answered.
#[derive(Clone, Default)]
pub struct Receiver {
    /// Its address.
    pub url: String,
    came: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answers: Arc<Mutex<StatusCode>>,
}

impl Receiver {
    /// One that accepts everything.
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let receiver = Self {
            url,
            ..Self::default()
        };
        let (came, answers) = (receiver.came.clone(), receiver.answers.clone());
        let take = move |headers: HeaderMap, body: Bytes| async move {
            let body = String::from_utf8(body.to_vec()).unwrap();
            came.lock().unwrap().push((headers, body));
            *answers.lock().unwrap()
        };
        let router = Router::new().route("/hook", post(take));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        receiver
    }

    /// The latest message of a kind, once that many of it came.
    pub async fn until(&self, kind: &str, count: usize) -> String {
        let word = format!("\"type\":\"{kind}\"");
        let reached = async {
            loop {
                let of_kind: Vec<String> = {
                    let came = self.came.lock().unwrap();
                    let bodies = came.iter().map(|(_, body)| body.clone());
                    bodies.filter(|body| body.contains(&word)).collect()
                };
                if of_kind.len() >= count {
                    return of_kind.last().unwrap().clone();
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, reached).await.unwrap()
    }

    fn answer(&self, status: StatusCode) {
        *self.answers.lock().unwrap() = status;
    }

    /// What came, by its id and kind, each of which must be signed.
    fn came(&self, secret: &str) -> Vec<(String, String)> {
        let checker = standardwebhooks::Webhook::new(secret).unwrap();
        let came = self.came.lock().unwrap();
        let read = |(headers, body): &(HeaderMap, String)| {
            checker.verify(body.as_bytes(), headers).unwrap();
            let id = headers["webhook-id"].to_str().unwrap().to_owned();
            let message: Value = serde_json::from_str(body).unwrap();
            assert!(message["timestamp"].is_string(), "{message}");
            (id, message["type"].as_str().unwrap().to_owned())
        };
        came.iter().map(read).collect()
    }
}

async fn add(guest: &Guest, url: &str) -> MadeWebhook {
    let url = url.to_owned();
    let made = client::webhooks::add(&guest.client, &NewWebhook { url }).await;
    made.unwrap()
}

/// The latest message once it stands so.
async fn latest(guest: &Guest, id: WebhookId, state: DeliveryState, attempts: u32) -> Delivery {
    let reached = async {
        loop {
            let all = client::webhooks::deliveries(&guest.client, id)
                .await
                .unwrap();
            if let Some(one) = all.items.first()
                && one.state == state
                && one.attempts == attempts
            {
                return one.clone();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let reached = tokio::time::timeout(PATIENCE, reached).await;
    reached.unwrap_or_else(|_| panic!("it is never {state:?} after {attempts}"))
}

async fn make(guest: &Guest) {
    let asked = CreateInfrastructure {
        macfile: MACFILE.into(),
        ..CreateInfrastructure::default()
    };
    let made = client::infrastructures::create(&guest.client, &asked).await;
    ended(guest, made.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_is_told_signed_and_can_be_told_again() {
    let server = TestServer::new().await;
    let (guest, stranger) = (server.guest().await, server.guest().await);
    let (receiver, theirs) = (Receiver::new().await, Receiver::new().await);
    let made = add(&guest, &receiver.url).await;
    let (id, secret) = (made.webhook.id, made.secret);
    let other = add(&stranger, &theirs.url).await;

    make(&guest).await;
    let first = latest(&guest, id, DeliveryState::Delivered, 1).await;
    assert_eq!(first.status, Some(200));
    let seen = (first.id.to_string(), "deployment.succeeded".to_owned());
    assert_eq!(receiver.came(&secret), std::slice::from_ref(&seen));
    let message: Value = serde_json::from_str(&receiver.came.lock().unwrap()[0].1).unwrap();
    assert_eq!(message["data"]["application"], "files");
    assert_eq!(message["data"]["kind"], "create");

    // again, under the same id, and signed anew
    client::webhooks::replay(&guest.client, id, first.id)
        .await
        .unwrap();
    latest(&guest, id, DeliveryState::Delivered, 1).await;
    let twice = async {
        while receiver.came(&secret).len() < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, twice).await.unwrap();
    assert_eq!(receiver.came(&secret), [seen.clone(), seen]);

    // a receiver that wants nothing more is left alone
    receiver.answer(StatusCode::GONE);
    client::webhooks::test(&guest.client, id).await.unwrap();
    let gone = latest(&guest, id, DeliveryState::Failed, 1).await;
    assert_eq!(
        (gone.kind.as_str(), gone.status),
        ("webhook.test", Some(410))
    );

    // nothing of it is anybody else's
    assert!(theirs.came(&other.secret).is_empty());
    let of_another = client::webhooks::deliveries(&stranger.client, id).await;
    assert_eq!(of_another.unwrap_err().kind, ProblemKind::NotFound);
    let of_another = client::webhooks::replay(&stranger.client, other.webhook.id, gone.id).await;
    assert_eq!(of_another.unwrap_err().kind, ProblemKind::NotFound);
    let of_another = client::webhooks::remove(&stranger.client, id).await;
    assert_eq!(of_another.unwrap_err().kind, ProblemKind::NotFound);

    client::webhooks::remove(&guest.client, id).await.unwrap();
    assert_eq!(
        client::webhooks::list(&guest.client).await.unwrap().items,
        []
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_accepted_is_sent_again_by_the_next_server() {
    let private = [("MANAGEACLOUD_PRIVATE_WEBHOOKS", "true".to_owned())];
    let seen = TestServer::unstarted().await;
    let server = Killable::start_with(seen, false, &private).await;
    let guest = server.seen.guest().await;
    let receiver = Receiver::new().await;
    receiver.answer(StatusCode::BAD_GATEWAY);
    let made = add(&guest, &receiver.url).await;
    let id = made.webhook.id;
    make(&guest).await;
    let first = latest(&guest, id, DeliveryState::Waiting, 1).await;
    assert_eq!(first.status, Some(502));
    assert!(first.next_at.is_some());
    let server = Killable::start_with(server.kill().await, false, &private).await;
    receiver.answer(StatusCode::OK);
    let second = latest(&guest, id, DeliveryState::Delivered, 2).await;
    assert_eq!(second.id, first.id);
    let came = receiver.came(&made.secret);
    assert_eq!(came.len(), 2);
    assert_eq!(came[0], came[1]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_of_the_operators_networks_are_not_told_anything() {
    let server = TestServer::with_cloud_and(|config| {
        config.toolbox = None;
        config.private_webhooks = false;
    })
    .await;
    let guest = server.guest().await;
    let receiver = Receiver::new().await;
    for url in [receiver.url.as_str(), "ftp://example.com/", "nonsense"] {
        let url = url.to_owned();
        let refused = client::webhooks::add(&guest.client, &NewWebhook { url }).await;
        assert_eq!(refused.unwrap_err().kind, ProblemKind::Invalid);
    }
    // a name may lead anywhere, which is found out when it is sent to
    let named = receiver.url.replace("127.0.0.1", "localhost");
    let id = add(&guest, &named).await.webhook.id;
    client::webhooks::test(&guest.client, id).await.unwrap();
    let failed = latest(&guest, id, DeliveryState::Waiting, 1).await;
    let why = failed.error.unwrap();
    assert!(why.contains("no public address"), "{why}");
    assert!(
        !why.contains("hook"),
        "the address may have a secret: {why}"
    );
    assert!(receiver.came.lock().unwrap().is_empty());
    for _ in 1..10 {
        add(&guest, &named).await;
    }
    let one_more = NewWebhook { url: named };
    let refused = client::webhooks::add(&guest.client, &one_more).await;
    assert_eq!(refused.unwrap_err().kind, ProblemKind::LimitReached);
}
