//! How an address is moved: somebody is asked, the new version is watched, and there is a way back.

use std::time::Duration;

use shared::{
    Approval, ChangeApplication, Deployment, DeploymentKind, DeploymentState, Policy, Problem,
    ProblemKind, Prolong,
};

use crate::{
    applications::{WELL, make, serves},
    crash::Killable,
    infrastructures::ended,
    main_job::until_live,
    server::{Guest, TestServer},
    shell::{PATIENCE, Shell},
};

const NAME: &str = "docker_tomcat";

pub async fn change(guest: &Guest, kind: DeploymentKind, to: &str, from: &str) -> Deployment {
    let change = ChangeApplication {
        kind,
        version: to.into(),
        expected_live: Some(from.into()),
        reason: Some("because".into()),
    };
    let changed = client::applications::change(&guest.client, NAME, &change).await;
    changed.unwrap()
}

async fn promote(guest: &Guest) -> Deployment {
    change(guest, DeploymentKind::Promote, "8-jre8", "7-jre8").await
}

pub async fn set(guest: &Guest, approval: Approval, bake_seconds: u32) {
    let policy = Policy {
        approval,
        bake_seconds,
        drain_seconds: 1,
        ..Policy::default()
    };
    let set = client::applications::set_policy(&guest.client, NAME, policy).await;
    assert_eq!(set.unwrap().policy, policy);
}

pub async fn until(guest: &Guest, deployment: &Deployment, state: DeploymentState) -> Deployment {
    let reached = async {
        loop {
            let detail = client::deployments::read(&guest.client, deployment.id).await;
            let now = detail.unwrap().deployment;
            if now.state == state {
                return now;
            }
            assert!(!now.state.is_final(), "{now:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let reached = tokio::time::timeout(PATIENCE, reached).await;
    reached.unwrap_or_else(|_| panic!("it is never {state:?}"))
}

pub async fn two_versions(guest: &Guest) {
    make(guest, WELL, "7-jre8").await;
    until_live(guest, "7-jre8").await;
    make(guest, WELL, "8-jre8").await;
}

pub async fn live(guest: &Guest) -> Option<String> {
    let detail = client::applications::read(&guest.client, NAME).await;
    detail.unwrap().application.live
}

fn is_conflict<T: std::fmt::Debug>(answer: Result<T, Problem>) {
    assert_eq!(answer.unwrap_err().kind, ProblemKind::Conflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_lets_a_version_go_live_and_takes_it_back_while_it_is_watched() {
    let server = Killable::start(TestServer::unstarted().await, true).await;
    let guest = server.seen.guest().await;
    two_versions(&guest).await;
    set(&guest, Approval::Needed, 600).await;

    // said no
    let first = promote(&guest).await;
    until(&guest, &first, DeploymentState::AwaitingApproval).await;
    serves(&server.seen, "7-jre8").await;
    let more = Prolong { seconds: 30 };
    is_conflict(client::deployments::prolong(&guest.client, first.id, more).await);
    client::deployments::cancel(&guest.client, first.id)
        .await
        .unwrap();
    let first = ended(&guest, first).await;
    assert_eq!(first.state, DeploymentState::Cancelled);
    assert!(first.error.unwrap().ends_with("ended it"));
    is_conflict(client::deployments::approve(&guest.client, first.id).await);

    // said yes, which outlives the server as the question does
    let second = promote(&guest).await;
    until(&guest, &second, DeploymentState::AwaitingApproval).await;
    let server = Killable::start(server.kill().await, true).await;
    until(&guest, &second, DeploymentState::AwaitingApproval).await;
    client::deployments::approve(&guest.client, second.id)
        .await
        .unwrap();
    let baking = until(&guest, &second, DeploymentState::Baking).await;
    serves(&server.seen, "8-jre8").await;
    let longer = client::deployments::prolong(&guest.client, second.id, more).await;
    let gained = longer.unwrap().until.unwrap().unix_ms() - baking.until.unwrap().unix_ms();
    assert_eq!(gained, 30_000);
    let server = Killable::start(server.kill().await, true).await;
    let again = until(&guest, &second, DeploymentState::Baking).await;
    let kept = again.until.unwrap().unix_ms() - baking.until.unwrap().unix_ms();
    assert_eq!(kept, 30_000);
    serves(&server.seen, "8-jre8").await;

    // and taken back: by the deployment that is under way, not by another one
    let back = change(&guest, DeploymentKind::RollBack, "7-jre8", "8-jre8").await;
    assert_eq!(back.id, second.id);
    let back = ended(&guest, back).await;
    assert_eq!(back.state, DeploymentState::RolledBack, "{back:?}");
    assert!(back.error.unwrap().ends_with("ended it: because"));
    until_live(&guest, "7-jre8").await;
    serves(&server.seen, "7-jre8").await;
    server.stop().await;
}

/// A promotion whose version is live and is watched for ten minutes.
async fn watched(guest: &Guest) -> Deployment {
    two_versions(guest).await;
    set(guest, Approval::Automatic, 600).await;
    let begun = promote(guest).await;
    until(guest, &begun, DeploymentState::Baking).await
}

/// Takes every instance out of a version's load balancer.
async fn break_version(shell: &mut Shell, version: &str) {
    let line = format!(
        "name=$(mac resource get_stdout {NAME} {version} load_balancer_01); \
         balancer=$(aws elb describe-load-balancers --output text --query \
         \"LoadBalancerDescriptions[?DNSName=='$name'].LoadBalancerName\"); \
         aws elb deregister-instances-from-load-balancer --load-balancer-name $balancer \
         --instances $(aws elb describe-load-balancers --load-balancer-names $balancer \
         --output text --query 'LoadBalancerDescriptions[0].Instances[].InstanceId')"
    );
    let seen = shell.run(&line).await;
    assert!(seen.contains("end=0"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_turns_bad_while_it_is_watched_goes_back_by_itself() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let first = watched(&guest).await;
    let mut shell = Shell::open(&server, &guest).await;
    break_version(&mut shell, "8-jre8").await;
    let first = ended(&guest, first).await;
    assert_eq!(first.state, DeploymentState::RolledBack, "{first:?}");
    let why = first.error.unwrap();
    assert!(why.contains("8-jre8 answers 503"), "{why}");
    until_live(&guest, "7-jre8").await;
    serves(&server, "7-jre8").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_dead_is_not_gone_back_to() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let first = watched(&guest).await;
    let mut shell = Shell::open(&server, &guest).await;
    break_version(&mut shell, "7-jre8").await;
    let next = change(&guest, DeploymentKind::Promote, "7-jre8", "8-jre8").await;
    client::deployments::cancel(&guest.client, first.id)
        .await
        .unwrap();
    let first = ended(&guest, first).await;
    assert_eq!(first.state, DeploymentState::NeedsAttention, "{first:?}");
    // what waited does not begin where nobody knows how things stand
    let next = ended(&guest, next).await;
    assert_eq!(next.state, DeploymentState::Cancelled, "{next:?}");
    assert!(next.error.unwrap().contains("needs attention"));
    let why = first.error.unwrap();
    assert!(why.contains("the version before is no way back"), "{why}");
    // what serves goes on serving
    assert_eq!(live(&guest).await.as_deref(), Some("8-jre8"));
    serves(&server, "8-jre8").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_ends_by_itself_and_a_policy_has_its_bounds() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    two_versions(&guest).await;
    set(&guest, Approval::Automatic, 1).await;
    let first = promote(&guest).await;
    let first = ended(&guest, first).await;
    assert_eq!(first.state, DeploymentState::Succeeded, "{first:?}");
    assert_eq!(first.until, None);
    let detail = client::deployments::read(&guest.client, first.id).await;
    let steps = detail.unwrap().steps;
    let steps: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(
        steps,
        [
            "ask whether 8-jre8 is well",
            "move the address to 8-jre8",
            "watch 8-jre8 for 1 s",
            "finish the requests of 7-jre8",
        ]
    );
    for (bake_seconds, drain_seconds) in [(86_401, 30), (0, 3_601)] {
        let policy = Policy {
            approval: Approval::Automatic,
            bake_seconds,
            drain_seconds,
            ..Policy::default()
        };
        let refused = client::applications::set_policy(&guest.client, NAME, policy).await;
        assert_eq!(refused.unwrap_err().kind, ProblemKind::Invalid);
    }
    let stranger = server.guest().await;
    let theirs = client::applications::set_policy(&stranger.client, NAME, Policy::default()).await;
    assert_eq!(theirs.unwrap_err().kind, ProblemKind::NotFound);
    let theirs = client::deployments::approve(&stranger.client, first.id).await;
    assert_eq!(theirs.unwrap_err().kind, ProblemKind::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_sets_a_policy_says_yes_and_takes_back() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    two_versions(&guest).await;
    let mut shell = Shell::open(&server, &guest).await;
    for (line, words) in [
        (
            "mac app policy docker_tomcat",
            "approval automatic, check 300 s, bake 0 s, drain 30 s",
        ),
        (
            "mac app policy docker_tomcat --approval needed --bake 10m --drain 5",
            "approval needed, check 300 s, bake 600 s, drain 5 s",
        ),
        (
            "(mac app promote docker_tomcat 8-jre8 >log 2>&1; echo code=$? >>log) & \
             until mac app approve docker_tomcat 2>/dev/null; do sleep 0.1; done",
            "8-jre8 may go live",
        ),
        (
            "mac app wait docker_tomcat --version 8-jre8 --until live --timeout 1m",
            "8-jre8 is live",
        ),
        ("mac app keep docker_tomcat 5m", "baking until"),
        ("mac app rollback docker_tomcat -m oops", "7-jre8 is live"),
        ("wait; cat log", "ended it: oops"),
        ("cat log", "mac app approve docker_tomcat"),
        ("mac app wait docker_tomcat 7-jre8", "7-jre8 is live"),
        (
            "mac history receipts docker_tomcat >receipts && mac history verify receipts",
            // two were made, one went live first, and one went back
            "4 receipts, unbroken",
        ),
        (
            "sed s/oops/fine/ receipts >changed; mac history verify changed; echo said=$?",
            "receipt 4 was changed",
        ),
        (
            "head -3 receipts | tail -2 | mac history verify -; echo said=$?",
            "said=3",
        ),
    ] {
        let seen = shell.run(line).await;
        assert!(
            seen.contains("end=0") && seen.contains(words),
            "{line}: {seen}"
        );
    }
    // a script that waits for what does not come is told so
    let seen = shell
        .run("mac app wait docker_tomcat 8-jre8 --timeout 1s")
        .await;
    assert!(seen.contains("after 1 s, 7-jre8 is live"), "{seen}");
    assert!(!seen.contains("end=0"), "{seen}");
    let seen = shell.run("mac app keep docker_tomcat").await;
    assert!(
        seen.contains("nothing of docker_tomcat is under way"),
        "{seen}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_asleep_while_another_took_its_place_changes_nothing_and_ends() {
    let server = Killable::start(TestServer::unstarted().await, true).await;
    let guest = server.seen.guest().await;
    two_versions(&guest).await;
    set(&guest, Approval::Needed, 600).await;
    let first = promote(&guest).await;
    until(&guest, &first, DeploymentState::AwaitingApproval).await;

    let (sleeper, server) = server.replace().await;
    let here = guest.at(&server.seen).await;
    client::deployments::approve(&here.client, first.id)
        .await
        .unwrap();
    until(&here, &first, DeploymentState::Baking).await;

    // it still thinks that nobody has said yes, and is told no before it can look
    sleeper.wake().await;
    let no = client::deployments::cancel(&guest.client, first.id).await;
    assert!(no.is_err(), "{no:?}");
    assert!(!sleeper.gone().await, "it says that it was replaced");

    until(&here, &first, DeploymentState::Baking).await;
    assert_eq!(live(&here).await.as_deref(), Some("8-jre8"));
    serves(&server.seen, "8-jre8").await;
    let back = change(&here, DeploymentKind::RollBack, "7-jre8", "8-jre8").await;
    let back = ended(&here, back).await;
    assert_eq!(back.state, DeploymentState::RolledBack, "{back:?}");
    serves(&server.seen, "7-jre8").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_that_another_adds_to_a_log_takes_none_of_its_own_away() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    two_versions(&guest).await;
    set(&guest, Approval::Needed, 0).await;
    let waits = promote(&guest).await;
    until(&guest, &waits, DeploymentState::AwaitingApproval).await;
    // as of an instance whose time is over meanwhile
    let add = "insert into log_line (deployment_id, seq, at, stream, text) \
               select deployment_id, max(seq) + 1, max(at), 'note', 'added' from log_line \
               where deployment_id = $1 group by deployment_id";
    let add = sqlx::query(add).bind(waits.id.to_string());
    add.execute(&server.pool().await).await.unwrap();
    client::deployments::approve(&guest.client, waits.id)
        .await
        .unwrap();
    let done = ended(&guest, waits).await;
    assert_eq!(done.state, DeploymentState::Succeeded, "{done:?}");
    let log = crate::checks::log(&guest, &done).await;
    let live = format!("{} is live", done.version);
    assert!(log.contains("added") && log.contains(&live), "{log}");
}
