//! Ways back to versions that were live before, also to those that are destroyed.

use std::time::Duration;

use shared::{
    ApplicationDetail, Approval, ChangeApplication, Deployment, DeploymentKind, DeploymentState,
    Problem, ProblemKind, RollBackReadiness, StepState,
};

use crate::{
    applications::{WELL, make, serves},
    crash::Killable,
    infrastructures::ended,
    main_job::until_live,
    policies::{change, set, until},
    server::{Guest, TestServer},
    shell::PATIENCE,
};

const NAME: &str = "docker_tomcat";

async fn read(guest: &Guest) -> ApplicationDetail {
    let detail = client::applications::read(&guest.client, NAME).await;
    detail.unwrap()
}

async fn back(guest: &Guest, to: &str, from: &str) -> Result<Deployment, Problem> {
    let change = ChangeApplication {
        kind: DeploymentKind::RollBack,
        version: to.into(),
        expected_live: Some(from.into()),
        reason: Some("the logo is upside down".into()),
    };
    client::applications::change(&guest.client, NAME, &change).await
}

/// Waits until the load balancer is made, as making that twice fails; what follows may be done twice.
async fn until_balanced(guest: &Guest, making: &Deployment) {
    let begun = async {
        loop {
            let detail = client::deployments::read(&guest.client, making.id).await;
            if detail.unwrap().steps[1].state == StepState::Done {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, begun).await.unwrap();
}

async fn refused(guest: &Guest, to: &str, from: &str, words: &str) {
    let problem = back(guest, to, from).await.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Conflict);
    assert!(problem.title.contains(words), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroyed_version_is_made_again_and_gone_back_to_also_after_kill_nine() {
    let server = Killable::start(TestServer::unstarted().await, true).await;
    let guest = server.seen.guest().await;
    let (old, new) = ("7-jre8", "8-jre8");
    make(&guest, WELL, old).await;
    until_live(&guest, old).await;
    make(&guest, WELL, new).await;
    refused(&guest, new, old, "8-jre8 was not live before: promote it").await;
    change(&guest, DeploymentKind::Promote, new, old).await;
    until_live(&guest, new).await;
    let gone = client::infrastructures::destroy(&guest.client, NAME, old).await;
    ended(&guest, gone.unwrap()).await;

    let detail = read(&guest).await;
    let RollBackReadiness::Recreate { version, seconds } = &detail.roll_back else {
        panic!("{:?}", detail.roll_back)
    };
    assert!(version == old && seconds.is_some_and(|seconds| seconds < 600));
    let kind = DeploymentKind::RollBack;
    let plan = client::applications::plan(&guest.client, NAME, old, kind).await;
    let plan = plan.unwrap();
    assert_eq!(plan.steps[0], "make 7-jre8 again from its macfile:");
    let moves = |step: &String| step == "move the address to 7-jre8";
    assert!(plan.steps.iter().any(moves), "{:?}", plan.steps);
    assert_eq!(plan.command, "mac app rollback docker_tomcat");
    refused(&guest, old, old, "8-jre8 is live now: look again").await;

    // cut short in the middle, it goes on, and so does what follows
    let making = back(&guest, old, new).await.unwrap();
    assert_eq!(making.kind, DeploymentKind::Create);
    refused(&guest, old, new, "7-jre8 is still being made").await;
    until_balanced(&guest, &making).await;
    let server = Killable::start(server.kill().await, true).await;
    let guest = guest.at(&server.seen).await;
    let made = ended(&guest, making).await;
    match made.state {
        DeploymentState::Succeeded => {}
        // the command whose end nobody saw is not run again by itself
        DeploymentState::NeedsAttention => {
            let options = shared::RunOptions::default();
            let resumed = client::infrastructures::resume(&guest.client, NAME, old, &options).await;
            let resumed = ended(&guest, resumed.unwrap()).await;
            assert_eq!(resumed.state, DeploymentState::Succeeded, "{resumed:?}");
        }
        other => panic!("{other:?}"),
    }
    until_live(&guest, old).await;
    serves(&server.seen, old).await;
    let detail = read(&guest).await;
    let latest = &detail.deployments[0];
    assert_eq!((latest.kind, latest.version.as_str()), (kind, old));
    assert_eq!(latest.reason.as_deref(), Some("the logo is upside down"));
    // and forth again, at once
    let ways: Vec<_> = detail.ways_back.iter().map(|way| &way.version).collect();
    assert_eq!(ways, [new]);
    let forth = back(&guest, new, old).await.unwrap();
    assert_eq!(forth.kind, kind);
    until_live(&guest, new).await;

    // what is watched goes back to the version before it, and to no older one
    let newest = "9-jre8";
    make(&guest, WELL, newest).await;
    set(&guest, Approval::Automatic, 600).await;
    let promoted = change(&guest, DeploymentKind::Promote, newest, new).await;
    until(&guest, &promoted, DeploymentState::Baking).await;
    let words = "wait until 9-jre8 is not watched any more";
    refused(&guest, old, newest, words).await;
    serves(&server.seen, newest).await;
    let watched = back(&guest, new, newest).await.unwrap();
    assert_eq!(watched.id, promoted.id);
    until_live(&guest, new).await;
    server.stop().await;
}
