//! A macfile's own check, before its version goes live: it passes, fails, or can't tell.

use std::time::Duration;

use shared::{Approval, Deployment, DeploymentKind, DeploymentState, Policy};

use crate::{
    applications::{WELL, make},
    crash::Killable,
    infrastructures::ended,
    main_job::until_live,
    policies::{change, live, until},
    server::{Guest, TestServer},
    shell::Shell,
};

const NAME: &str = "docker_tomcat";
const NEW: &str = "8-jre8";
const OLD: &str = "7-jre8";

/// What the check does: it asks the version, and then does what a file in the home says.
const CHECK: &str = "\
actions:
  check:
    bash: >-
      echo asking $MAC_VERSION_URL as {TOMCAT_VERSION};
      curl -fsS $MAC_VERSION_URL >/dev/null || exit 9;
      . ~/verdict
";

/// The sample, with a check.
fn macfile() -> String {
    WELL.replacen("actions:\n", CHECK, 1)
}

async fn promote(guest: &Guest) -> Deployment {
    change(guest, DeploymentKind::Promote, NEW, OLD).await
}

/// What a deployment's log has.
pub async fn log(guest: &Guest, deployment: &Deployment) -> String {
    let log = client::deployments::log(&guest.client, deployment.id, 0, 0).await;
    let lines = log.unwrap().lines;
    let lines: Vec<String> = lines.into_iter().map(|line| line.text).collect();
    lines.join("\n")
}

/// Waits until a deployment's log has these words.
pub async fn until_log(guest: &Guest, deployment: &Deployment, words: &str) {
    let seen = async {
        while !log(guest, deployment).await.contains(words) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let seen = tokio::time::timeout(crate::shell::PATIENCE, seen).await;
    seen.unwrap_or_else(|_| panic!("{words:?} is not in the log"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_goes_live_once_its_own_check_passes() {
    let server = Killable::start(TestServer::unstarted().await, true).await;
    let guest = server.seen.guest().await;
    let mut shell = Shell::open(&server.seen, &guest).await;
    let mut say = async |verdict: &str| {
        let said = shell.run(&format!("echo '{verdict}' >~/verdict")).await;
        assert!(said.contains("end=0"), "{said}");
    };

    // the first version goes live by itself, and no sooner than it passes
    say("exit 0").await;
    make(&guest, &macfile(), OLD).await;
    until_live(&guest, OLD).await;
    make(&guest, &macfile(), NEW).await;

    say("echo too slow >&2; exit 1").await;
    let failed = ended(&guest, promote(&guest).await).await;
    assert_eq!(failed.state, DeploymentState::Failed);
    let why = failed.error.clone().unwrap();
    assert_eq!(why, "its check ended with 1: too slow");
    let seen = log(&guest, &failed).await;
    assert!(
        seen.contains("asking http://") && seen.contains("/ as 8-jre8"),
        "{seen}"
    );
    assert!(seen.contains("too slow"), "{seen}");
    assert_eq!(live(&guest).await.as_deref(), Some(OLD));

    // who can't tell asks a person, who may know better
    say("kill -9 $$").await;
    let killed = promote(&guest).await;
    let waits = until(&guest, &killed, DeploymentState::AwaitingApproval).await;
    assert!(waits.error.unwrap().contains("signal 9"));
    client::deployments::cancel(&guest.client, killed.id)
        .await
        .unwrap();
    let killed = ended(&guest, killed).await;
    assert_eq!(killed.state, DeploymentState::Cancelled);

    // one that hangs is ended with its deployment, and begun again by a server that was killed
    say("echo hanging; exec sleep 7777021").await;
    let hangs = promote(&guest).await;
    until_log(&guest, &hangs, "hanging").await;
    client::deployments::cancel(&guest.client, hangs.id)
        .await
        .unwrap();
    let hangs = ended(&guest, hangs).await;
    assert_eq!(hangs.state, DeploymentState::Cancelled);
    let again = promote(&guest).await;
    until_log(&guest, &again, "hanging").await;
    let server = Killable::start(server.kill().await, true).await;
    until_log(&guest, &again, "the server was started again").await;
    let mut shell = Shell::open(&server.seen, &guest).await;
    let done = shell
        .run("echo 'echo no traffic yet; exit 75' >~/verdict; pkill -f 'sleep 777702[1]'")
        .await;
    assert!(done.contains("end="), "{done}");
    client::deployments::cancel(&guest.client, again.id)
        .await
        .unwrap();
    ended(&guest, again).await;
    let open = promote(&guest).await;
    let waits = until(&guest, &open, DeploymentState::AwaitingApproval).await;
    assert_eq!(
        waits.error.as_deref(),
        Some("its check can't tell: no traffic yet")
    );
    client::deployments::approve(&guest.client, open.id)
        .await
        .unwrap();
    let open = ended(&guest, open).await;
    assert_eq!(open.state, DeploymentState::Succeeded, "{open:?}");
    assert_eq!(live(&guest).await.as_deref(), Some(NEW));

    // going back is not held up by it
    let said = shell.run("echo 'exit 1' >~/verdict").await;
    assert!(said.contains("end=0"), "{said}");
    let back = change(&guest, DeploymentKind::RollBack, OLD, NEW).await;
    let back = ended(&guest, back).await;
    assert_eq!(back.state, DeploymentState::Succeeded, "{back:?}");

    // a policy without it asks for the version's health alone; and much is said and passes
    let said = shell
        .run("mac app policy docker_tomcat --check 0 --drain 1")
        .await;
    assert!(said.contains("check 0 s"), "{said}");
    let passed = ended(&guest, promote(&guest).await).await;
    assert_eq!(passed.state, DeploymentState::Succeeded);
    assert!(!log(&guest, &passed).await.contains("asking"));
    let back = change(&guest, DeploymentKind::RollBack, OLD, NEW).await;
    ended(&guest, back).await;
    let said = shell
        .run("mac app policy docker_tomcat --check 1m; echo 'yes | head -c 10000000; exit 0' >~/verdict")
        .await;
    assert!(said.contains("check 60 s"), "{said}");
    let passed = ended(&guest, promote(&guest).await).await;
    assert_eq!(passed.state, DeploymentState::Succeeded, "{passed:?}");
    let too_long = Policy {
        approval: Approval::Automatic,
        check_seconds: 3_601,
        ..Policy::default()
    };
    let refused = client::applications::set_policy(&guest.client, NAME, too_long).await;
    assert_eq!(refused.unwrap_err().kind, shared::ProblemKind::Invalid);
}
