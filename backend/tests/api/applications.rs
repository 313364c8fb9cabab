//! What may go wrong when an address is moved, on the emulated cloud.

use rollout::{Phase, Rollout};
use shared::{
    ChangeApplication, CreateInfrastructure, Deployment, DeploymentKind, DeploymentState, Problem,
    ProblemKind, RollBackReadiness,
};

use crate::{
    crash::Killable,
    infrastructures::ended,
    main_job::{until_live, visit},
    server::{Guest, TestServer},
};

const NAME: &str = "docker_tomcat";
/// A version that serves.
pub const WELL: &str = include_str!("../../../tutorials/samples/docker_tomcat.macfile");
/// A version of the same application that has a load balancer and nothing behind it.
pub const SICK: &str = "
mac: 1.0.8
name: docker_tomcat
version: '{TOMCAT_VERSION}'
description: a load balancer alone
resources:
  load_balancer:
    create bash: >-
      aws elb create-load-balancer --load-balancer-name sick
      --listeners Protocol=HTTP,LoadBalancerPort=80,InstanceProtocol=HTTP,InstancePort=8080
      --availability-zones ap-southeast-2a --query DNSName --output text
infrastructures:
  load_balancer_01:
    resource: load_balancer
";
/// A version that serves under no name.
const SILENT: &str = "
mac: 1.0.8
name: Silent App
version: '{TOMCAT_VERSION}'
description: nothing that serves
resources:
  word:
    create bash: echo done
infrastructures:
  word_01:
    resource: word
";

/// Makes a version.
pub async fn make(guest: &Guest, macfile: &str, version: &str) {
    let asked = CreateInfrastructure {
        macfile: macfile.into(),
        parameters: [("TOMCAT_VERSION".to_owned(), version.to_owned())].into(),
        ..CreateInfrastructure::default()
    };
    let made = client::infrastructures::create(&guest.client, &asked)
        .await
        .unwrap();
    let made = ended(guest, made).await;
    assert_eq!(made.state, DeploymentState::Succeeded, "{made:?}");
}

async fn change(
    guest: &Guest,
    kind: DeploymentKind,
    version: &str,
    live: Option<&str>,
) -> Result<Deployment, Problem> {
    let change = ChangeApplication {
        kind,
        version: version.into(),
        expected_live: live.map(str::to_owned),
        reason: None,
    };
    client::applications::change(&guest.client, NAME, &change).await
}

async fn promote(guest: &Guest, version: &str) -> Deployment {
    change(guest, DeploymentKind::Promote, version, Some("7-jre8"))
        .await
        .unwrap()
}

fn is_conflict<T: std::fmt::Debug>(answer: Result<T, Problem>, words: &str) {
    let problem = answer.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Conflict);
    assert!(problem.title.contains(words), "{problem}");
}

/// The address leads to a version.
pub async fn serves(server: &TestServer, version: &str) {
    let (status, page) = visit(&reqwest::Client::new(), server).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains(&format!("Version {version}")), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_not_well_stays_out_and_one_change_is_made_at_a_time() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    make(&guest, WELL, "7-jre8").await;
    until_live(&guest, "7-jre8").await;
    make(&guest, SICK, "sick").await;

    let sick = promote(&guest, "sick").await;
    let second = change(&guest, DeploymentKind::Promote, "sick", Some("7-jre8")).await;
    is_conflict(second, "sick is on its way already");
    let destroyed = client::infrastructures::destroy(&guest.client, NAME, "sick").await;
    is_conflict(
        destroyed,
        "an address is being moved to or from docker_tomcat sick",
    );

    let sick = ended(&guest, sick).await;
    assert_eq!(sick.state, DeploymentState::Failed);
    let why = sick.error.unwrap();
    assert!(why.contains("sick answers 503"), "{why}");
    until_live(&guest, "7-jre8").await;
    serves(&server, "7-jre8").await;
    // what was never live is no way back
    let back = change(&guest, DeploymentKind::RollBack, "sick", Some("7-jre8")).await;
    is_conflict(back, "sick was not live before: promote it");
    let again = change(&guest, DeploymentKind::Promote, "7-jre8", Some("7-jre8")).await;
    is_conflict(again, "7-jre8 is live");
}

/// As after a change that needs attention: it is not known any more which version is live.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_address_leads_to_is_not_destroyed_whatever_is_written() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    make(&guest, WELL, "7-jre8").await;
    until_live(&guest, "7-jre8").await;
    make(&guest, WELL, "8-jre8").await;
    let done = sqlx::query("update application set live = '8-jre8' where name = $1")
        .bind(NAME)
        .execute(&server.pool().await)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 1);
    let destroyed = client::infrastructures::destroy(&guest.client, NAME, "7-jre8").await;
    is_conflict(
        destroyed,
        "the address leads to 7-jre8, whatever is written: promote a version",
    );
    serves(&server, "7-jre8").await;
}

/// What a server without power leaves: a route was decided, and nobody knows whether it was taken.
async fn decide_route(server: &TestServer, deployment: &Deployment) {
    let (pool, id) = (server.pool().await, deployment.id.to_string());
    let stored: String =
        sqlx::query_scalar("select rollout from deployment where deployment_id = $1")
            .bind(&id)
            .fetch_one(&pool)
            .await
            .unwrap();
    let mut rollout: Rollout = serde_json::from_str(&stored).unwrap();
    rollout.phase = Phase::Routing;
    rollout.epoch += 1;
    let done = sqlx::query(
        "update deployment set rollout = $2, state = 'switching' \
         where deployment_id = $1 and finished_at is null",
    )
    .bind(&id)
    .bind(serde_json::to_string(&rollout).unwrap())
    .execute(&pool)
    .await
    .unwrap();
    assert_eq!(done.rows_affected(), 1);
    pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_while_it_moves_an_address_goes_on_or_goes_back() {
    let server = Killable::start(TestServer::unstarted().await, true).await;
    let guest = server.seen.guest().await;
    make(&guest, WELL, "7-jre8").await;
    until_live(&guest, "7-jre8").await;
    make(&guest, WELL, "8-jre8").await;
    make(&guest, SICK, "sick").await;

    let sick = promote(&guest, "sick").await;
    let seen = server.kill().await;
    decide_route(&seen, &sick).await;
    let server = Killable::start(seen, true).await;
    let sick = ended(&guest, sick).await;
    assert_eq!(sick.state, DeploymentState::Failed, "{sick:?}");
    until_live(&guest, "7-jre8").await;
    serves(&server.seen, "7-jre8").await;

    // going back took a newer route than what is stored, which must not be in the next one's way
    let eight = promote(&guest, "8-jre8").await;
    let eight = ended(&guest, eight).await;
    assert_eq!(eight.state, DeploymentState::Succeeded, "{eight:?}");
    serves(&server.seen, "8-jre8").await;

    let back = change(&guest, DeploymentKind::RollBack, "7-jre8", Some("8-jre8"));
    let back = back.await.unwrap();
    let server = Killable::start(server.kill().await, true).await;
    let back = ended(&guest, back).await;
    assert_eq!(back.state, DeploymentState::Succeeded, "{back:?}");
    until_live(&guest, "7-jre8").await;
    serves(&server.seen, "7-jre8").await;
    server.stop().await;
}

#[tokio::test]
async fn applications_of_one_name_have_addresses_of_their_own() {
    let server = TestServer::new().await;
    let port = server.address.port();
    let (mut addresses, http) = (Vec::new(), reqwest::Client::new());
    for guest in [server.guest().await, server.guest().await] {
        make(&guest, SILENT, "1").await;
        let detail = client::applications::read(&guest.client, "Silent App")
            .await
            .unwrap();
        assert_eq!(detail.application.live, None);
        let why = detail.versions[0].not_promotable.as_deref().unwrap();
        assert!(why.contains("serves under no name"), "{why}");
        assert!(matches!(
            detail.roll_back,
            RollBackReadiness::Impossible { .. }
        ));
        addresses.push(detail.application.address);
    }
    assert_eq!(
        addresses,
        [
            format!("http://silent-app.localhost:{port}/"),
            format!("http://silent-app-2.localhost:{port}/")
        ]
    );
    for (host, status) in [("silent-app", 503), ("nobodys", 404)] {
        let host = format!("{host}.localhost:{port}");
        let visit = http.get(server.url("/")).header("host", host);
        assert_eq!(visit.send().await.unwrap().status(), status);
    }
}
