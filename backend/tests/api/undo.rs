//! A destruction can be undone for a while: nothing is destroyed before.

use shared::{DeploymentState, InfrastructureState, ProblemKind};

use crate::{
    applications::{WELL, make, serves},
    crash::Killable,
    infrastructures::ended,
    main_job::until_live,
    server::{Guest, TestServer},
};

const NAME: &str = "docker_tomcat";
const VERSION: &str = "7-jre8";

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

    // the last version: its address leads nowhere meanwhile, and to it again afterwards
    let held = destroy(600).await.unwrap();
    assert!(held.until.is_some(), "{held:?}");
    assert_eq!(state(&guest).await, InfrastructureState::Destroying);
    let stranger = server.seen.guest().await;
    let refused = client::deployments::cancel(&stranger.client, held.id).await;
    assert_eq!(refused.unwrap_err().kind, ProblemKind::NotFound);
    let server = Killable::start(server.kill().await, true).await;
    assert_eq!(state(&guest).await, InfrastructureState::Destroying);
    client::deployments::cancel(&guest.client, held.id)
        .await
        .unwrap();
    let undone = ended(&guest, held).await;
    assert_eq!(undone.state, DeploymentState::Cancelled);
    let why = "it was undone: nothing was destroyed";
    assert_eq!(undone.error.as_deref(), Some(why));
    assert_eq!(undone.until, None);
    until_live(&guest, VERSION).await;
    assert_eq!(state(&guest).await, InfrastructureState::Ready);
    serves(&server.seen, VERSION).await;

    let gone = ended(&guest, destroy(1).await.unwrap()).await;
    assert_eq!(gone.state, DeploymentState::Succeeded, "{gone:?}");
    let detail = client::infrastructures::read(&guest.client, NAME, VERSION).await;
    assert_eq!(detail.unwrap_err().kind, ProblemKind::NotFound);
    server.stop().await;
}
