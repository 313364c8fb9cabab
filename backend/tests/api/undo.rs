//! A destruction can be undone for a while: nothing is destroyed before.

use shared::{DeploymentKind, DeploymentState, InfrastructureState, ProblemKind};

use crate::{
    applications::{WELL, make, serves},
    crash::Killable,
    infrastructures::ended,
    main_job::until_live,
    policies::{change, live},
    server::{Guest, TestServer},
};

const NAME: &str = "docker_tomcat";
const VERSION: &str = "7-jre8";
const NEW: &str = "8-jre8";

async fn state(guest: &Guest) -> InfrastructureState {
    let detail = client::infrastructures::read(&guest.client, NAME, VERSION).await;
    detail.unwrap().infrastructure.state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destruction_can_be_undone_until_it_begins() {
    let server = Killable::start(TestServer::unstarted().await, true).await;
    let guest = server.seen.guest().await;
    make(&guest, WELL, VERSION).await;
    until_live(&guest, VERSION).await;
    let destroy = async |seconds| {
        client::infrastructures::destroy_later(&guest.client, NAME, VERSION, seconds).await
    };
    let refused = destroy(3_601).await.unwrap_err();
    assert_eq!(refused.kind, ProblemKind::Invalid);

    // it waits, and the version is as it was: whoever kills the server changes nothing of that
    let held = destroy(600).await.unwrap();
    assert_eq!(held.state, DeploymentState::Queued);
    assert!(held.until.is_some(), "{held:?}");
    let twice = destroy(0).await.unwrap_err();
    assert_eq!(twice.kind, ProblemKind::Conflict);
    let stranger = server.seen.guest().await;
    let refused = client::deployments::cancel(&stranger.client, held.id).await;
    assert_eq!(refused.unwrap_err().kind, ProblemKind::NotFound);
    let server = Killable::start(server.kill().await, true).await;
    assert_eq!(state(&guest).await, InfrastructureState::Ready);
    serves(&server.seen, VERSION).await;
    client::deployments::cancel(&guest.client, held.id)
        .await
        .unwrap();
    let undone = ended(&guest, held).await;
    assert_eq!(undone.state, DeploymentState::Cancelled);
    let why = "it was undone: nothing was destroyed";
    assert_eq!(undone.error.as_deref(), Some(why));
    assert_eq!(undone.until, None);
    assert_eq!(live(&guest).await.as_deref(), Some(VERSION));

    // what is live once it would begin stays, whatever it was before
    make(&guest, WELL, NEW).await;
    let held = client::infrastructures::destroy_later(&guest.client, NAME, NEW, 8).await;
    let promoted = change(&guest, DeploymentKind::Promote, NEW, VERSION).await;
    until_live(&guest, NEW).await;
    let spared = ended(&guest, held.unwrap()).await;
    assert_eq!(spared.state, DeploymentState::Cancelled);
    let why = "docker_tomcat 8-jre8 is live: promote another version first";
    assert_eq!(spared.error.as_deref(), Some(why));
    serves(&server.seen, NEW).await;
    assert_eq!(
        ended(&guest, promoted).await.state,
        DeploymentState::Succeeded
    );

    let gone = ended(&guest, destroy(1).await.unwrap()).await;
    assert_eq!(gone.state, DeploymentState::Succeeded, "{gone:?}");
    let detail = client::infrastructures::read(&guest.client, NAME, VERSION).await;
    assert_eq!(detail.unwrap_err().kind, ProblemKind::NotFound);
    server.stop().await;
}
