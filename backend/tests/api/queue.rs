//! Changes of an address that are asked for while another one is under way.

use shared::{
    Approval, ChangeApplication, Deployment, DeploymentKind, DeploymentState, Problem, ProblemKind,
};

use crate::{
    applications::{SICK, WELL, make, serves},
    crash::Killable,
    infrastructures::ended,
    policies::{live, set, two_versions, until},
    server::{Guest, TestServer},
};

const NAME: &str = "docker_tomcat";

async fn ask(guest: &Guest, kind: DeploymentKind, to: &str) -> Result<Deployment, Problem> {
    let change = ChangeApplication {
        kind,
        version: to.into(),
        expected_live: live(guest).await,
        reason: None,
    };
    client::applications::change(&guest.client, NAME, &change).await
}

async fn promote(guest: &Guest, to: &str) -> Deployment {
    ask(guest, DeploymentKind::Promote, to).await.unwrap()
}

async fn read(guest: &Guest, deployment: &Deployment) -> Deployment {
    let detail = client::deployments::read(&guest.client, deployment.id).await;
    detail.unwrap().deployment
}

async fn approve(guest: &Guest, deployment: &Deployment) {
    until(guest, deployment, DeploymentState::AwaitingApproval).await;
    let approved = client::deployments::approve(&guest.client, deployment.id).await;
    approved.unwrap();
}

async fn waiting(guest: &Guest) -> Option<String> {
    let detail = client::applications::read(&guest.client, NAME).await;
    detail.unwrap().waiting.map(|waiting| waiting.version)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_waits_its_turn_and_going_back_goes_first() {
    let server = Killable::start(TestServer::unstarted().await, true).await;
    let guest = server.seen.guest().await;
    two_versions(&guest).await;
    make(&guest, WELL, "9-jre8").await;
    make(&guest, SICK, "sick").await;
    set(&guest, Approval::Needed, 0).await;

    // the latest waits, in the place of the one before
    let eighth = promote(&guest, "8-jre8").await;
    until(&guest, &eighth, DeploymentState::AwaitingApproval).await;
    let first = promote(&guest, "9-jre8").await;
    assert_eq!(first.state, DeploymentState::Queued);
    let sick = promote(&guest, "sick").await;
    let first = read(&guest, &first).await;
    assert_eq!(first.state, DeploymentState::Cancelled);
    let why = first.error.unwrap();
    assert_eq!(why, "superseded by the promotion of sick");
    let ended_by_a_person = client::deployments::cancel(&guest.client, sick.id).await;
    assert_eq!(ended_by_a_person.unwrap().state, DeploymentState::Cancelled);
    assert_eq!(waiting(&guest).await, None);
    let ninth = promote(&guest, "9-jre8").await;
    let twice = ask(&guest, DeploymentKind::Promote, "8-jre8").await;
    assert_eq!(twice.unwrap_err().kind, ProblemKind::Conflict);

    // it waits on through a crash, begins by itself, and moves from what is live by then
    let server = Killable::start(server.kill().await, true).await;
    until(&guest, &eighth, DeploymentState::AwaitingApproval).await;
    assert_eq!(waiting(&guest).await.unwrap(), "9-jre8");
    approve(&guest, &eighth).await;
    approve(&guest, &ninth).await;
    let ninth = ended(&guest, ninth).await;
    assert_eq!(ninth.state, DeploymentState::Succeeded, "{ninth:?}");
    assert_eq!(ninth.from_version.as_deref(), Some("8-jre8"));
    serves(&server.seen, "9-jre8").await;

    // going back ends what has not moved the address, and what waits
    let seventh = promote(&guest, "7-jre8").await;
    until(&guest, &seventh, DeploymentState::AwaitingApproval).await;
    let sick = promote(&guest, "sick").await;
    let back = ask(&guest, DeploymentKind::RollBack, "8-jre8")
        .await
        .unwrap();
    let back = ended(&guest, back).await;
    assert_eq!(back.state, DeploymentState::Succeeded, "{back:?}");
    for other in [&seventh, &sick] {
        let other = read(&guest, other).await;
        assert_eq!(other.state, DeploymentState::Cancelled, "{other:?}");
    }
    serves(&server.seen, "8-jre8").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_promotions_at_once_one_is_made_after_the_other() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    two_versions(&guest).await;
    make(&guest, WELL, "9-jre8").await;
    set(&guest, Approval::Automatic, 0).await;
    let asked = (0..200).map(|number| {
        let version = if number % 2 == 0 { "8-jre8" } else { "9-jre8" };
        ask(&guest, DeploymentKind::Promote, version)
    });
    let answers = futures_util::future::join_all(asked).await;
    let mut begun = Vec::new();
    for answer in answers {
        match answer {
            Ok(deployment) => begun.push(deployment),
            Err(problem) => assert_eq!(problem.kind, ProblemKind::Conflict, "{problem:?}"),
        }
    }
    assert!(!begun.is_empty());
    let mut last = None;
    for deployment in begun {
        let deployment = ended(&guest, deployment).await;
        let is_made = deployment.state == DeploymentState::Succeeded;
        if is_made
            && last
                < deployment
                    .finished_at
                    .map(|at| (at, deployment.version.clone()))
        {
            last = deployment.finished_at.map(|at| (at, deployment.version));
        } else {
            let outcome = deployment.state;
            assert!(
                matches!(
                    outcome,
                    DeploymentState::Succeeded
                        | DeploymentState::Cancelled
                        | DeploymentState::Failed
                ),
                "{deployment:?}"
            );
        }
    }
    let (_, version) = last.unwrap();
    assert_eq!(live(&guest).await.as_deref(), Some(version.as_str()));
    assert_eq!(waiting(&guest).await, None);
    serves(&server, &version).await;
}
