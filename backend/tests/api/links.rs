//! Links by which somebody without an account answers a promotion that waits.

use shared::{
    Answer, Approval, ChangeApplication, Deployment, DeploymentKind, DeploymentState, LinkAnswer,
    Message, NewWebhook, ProblemKind,
};

use crate::{
    infrastructures::ended,
    policies::{live, set, two_versions, until},
    server::{Guest, TestServer},
    webhooks::Receiver,
};

const NAME: &str = "docker_tomcat";

async fn waits(guest: &Guest, to: &str) -> Deployment {
    let change = ChangeApplication {
        kind: DeploymentKind::Promote,
        version: to.into(),
        expected_live: live(guest).await,
        reason: None,
    };
    let changed = client::applications::change(&guest.client, NAME, &change).await;
    until(guest, &changed.unwrap(), DeploymentState::AwaitingApproval).await
}

fn says(answer: Answer, name: &str) -> LinkAnswer {
    LinkAnswer {
        answer,
        name: name.into(),
        reason: Some("because".into()),
    }
}

fn secret(url: &str) -> String {
    url.rsplit('/').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_link_answers_once_by_name() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let receiver = Receiver::new().await;
    let url = receiver.url.clone();
    client::webhooks::add(&guest.client, &NewWebhook { url })
        .await
        .unwrap();
    two_versions(&guest).await;
    set(&guest, Approval::Needed, 0).await;
    let nobody = client::Client::new(&server.url("/")).unwrap();

    // no, by a link that was made by hand
    let first = waits(&guest, "8-jre8").await;
    let link = client::links::make(&guest.client, first.id).await.unwrap();
    let by_hand = secret(&link.url);
    let seen = client::links::read(&nobody, &by_hand).await.unwrap();
    assert_eq!(seen.deployment.id, first.id);
    assert_eq!(seen.used_at, None);
    for name in ["", " ", &"x".repeat(81)] {
        let refused = client::links::answer(&nobody, &by_hand, &says(Answer::Approve, name)).await;
        assert_eq!(refused.unwrap_err().kind, ProblemKind::Invalid);
    }
    client::links::answer(&nobody, &by_hand, &says(Answer::Reject, "Ann"))
        .await
        .unwrap();
    let first = ended(&guest, first).await;
    assert_eq!(first.state, DeploymentState::Cancelled);
    let why = first.error.unwrap();
    assert_eq!(why, "Ann (by a link) ended it: because");
    let again = client::links::answer(&nobody, &by_hand, &says(Answer::Approve, "Bob")).await;
    assert_eq!(again.unwrap_err().kind, ProblemKind::Conflict);
    assert!(
        client::links::read(&nobody, &by_hand)
            .await
            .unwrap()
            .used_at
            .is_some()
    );

    // yes, by the link that the webhook was told; of many who try at once, one answers, and the account
    // has no say where somebody else is asked
    set(&guest, Approval::Others, 0).await;
    let second = waits(&guest, "8-jre8").await;
    let own = client::deployments::approve(&guest.client, second.id).await;
    let own = own.unwrap_err();
    assert_eq!(own.kind, ProblemKind::Conflict);
    assert!(
        own.title.contains("somebody else lets 8-jre8 go live"),
        "{own}"
    );
    let told = receiver.until("deployment.awaiting_approval", 2).await;
    let message: Message = serde_json::from_str(&told).unwrap();
    let told = message.data.unwrap();
    assert_eq!(told.deployment.id, second.id);
    let by_message = secret(&told.link.unwrap().url);
    let yes = says(Answer::Approve, "Ann");
    let all = (0..20).map(|_| client::links::answer(&nobody, &by_message, &yes));
    let all = futures_util::future::join_all(all).await;
    assert_eq!(
        all.iter().filter(|answer| answer.is_ok()).count(),
        1,
        "{all:?}"
    );
    let second = ended(&guest, second).await;
    assert_eq!(second.state, DeploymentState::Succeeded);
    let receipts = client::applications::receipts(&guest.client, NAME)
        .await
        .unwrap();
    let body = &receipts.items.last().unwrap().body;
    assert!(
        body.contains("\"approved_by\":\"Ann (by a link)\""),
        "{body}"
    );

    // nothing waits any more, and nobody guesses
    let late = client::links::make(&guest.client, second.id).await;
    assert_eq!(late.unwrap_err().kind, ProblemKind::Conflict);
    let unknown = client::links::read(&nobody, "nonsense").await;
    assert_eq!(unknown.unwrap_err().kind, ProblemKind::NotFound);
    let stranger = server.guest().await;
    let theirs = client::links::make(&stranger.client, second.id).await;
    assert_eq!(theirs.unwrap_err().kind, ProblemKind::NotFound);
}
