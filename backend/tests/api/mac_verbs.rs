//! The verbs of `mac` for what runs on the server: versions, applications, instances, terminals.

use std::process::Stdio;

use serde_json::Value;
use shared::{DeploymentState, InstanceState};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    instances::until,
    mac::{Machine, Ran},
    runs::until_logged,
    server::{Guest, TestServer},
    shell::PATIENCE,
};

/// Two resources; the second fails until a file is there.
const STEPS: &str = "
mac: 1.0.8
name: steps
version: '{VERSION}'
description: two steps
resources:
  first:
    create bash: touch first && echo one
    destroy bash: rm first
  second:
    create bash: test -e allowed && echo two
infrastructures:
  first_01: {resource: first}
  second_01: {resource: second}
";
const SAMPLE: &str = include_str!("../../../tutorials/samples/docker_tomcat.macfile");

async fn machine(server: &TestServer) -> (Guest, Machine) {
    let guest = server.guest().await;
    let machine = Machine::signed_in(server, &guest).await;
    (guest, machine)
}

/// Runs a line that must end well.
async fn well(machine: &Machine, line: &str) -> Ran {
    let ran = machine.run(line).await;
    assert_eq!(ran.code, Some(0), "{line}: {ran:?}");
    ran
}

#[tokio::test]
async fn a_run_that_failed_goes_on_with_resume() {
    let server = TestServer::new().await;
    let (guest, machine) = machine(&server).await;
    machine.write("steps.macfile", STEPS);
    let line = "mac infrastructure macfile -p VERSION=1";
    let planned = well(&machine, &format!("{line} --plan")).await;
    assert!(planned.out.contains("first_01"), "{planned:?}");
    assert!(!machine.home.path().join("first").exists(), "only a plan");
    let failed = machine.run(line).await;
    assert_eq!(failed.code, Some(12), "{failed:?}");
    std::fs::remove_file(machine.home.path().join("first")).unwrap();
    machine.write("allowed", "");
    let again = machine.run(line).await;
    assert_eq!(again.code, Some(7), "it exists already: {again:?}");
    well(&machine, &format!("{line} --resume")).await;
    assert!(
        !machine.home.path().join("first").exists(),
        "what was done is not done again"
    );
    // or by its name alone
    std::fs::remove_file(machine.home.path().join("allowed")).unwrap();
    let failed = machine.run("mac infrastructure macfile -p VERSION=2").await;
    assert_eq!(failed.code, Some(12), "{failed:?}");
    machine.write("allowed", "");
    well(&machine, "mac infrastructure resume steps 2").await;
    let planned = well(&machine, "mac infrastructure destroy steps 2 --plan").await;
    assert_eq!(
        planned.out.trim(),
        "1. forget second_01, which has no destroy command: what it made stays\n\
         2. run the destroy command of first_01",
        "{planned:?}"
    );
    let history = client::deployments::list(&guest.client).await.unwrap();
    let states: Vec<_> = history.items.iter().map(|one| one.state).collect();
    assert_eq!(
        states,
        [
            DeploymentState::Succeeded,
            DeploymentState::Failed,
            DeploymentState::Succeeded,
            DeploymentState::Failed
        ]
    );
}

#[tokio::test]
async fn what_was_made_goes_on_failure_when_that_was_asked_for() {
    let server = TestServer::new().await;
    let (guest, machine) = machine(&server).await;
    machine.write("steps.macfile", STEPS);
    let line = "mac infrastructure macfile -p VERSION=1 --on_failure destroy_all";
    let failed = machine.run(line).await;
    assert_eq!(failed.code, Some(12), "{failed:?}");
    let gone = async {
        while client::infrastructures::read(&guest.client, "steps", "1")
            .await
            .is_ok_and(|detail| {
                detail.infrastructure.state != shared::InfrastructureState::Destroyed
            })
        {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
    assert!(!machine.home.path().join("first").exists());
}

#[tokio::test]
async fn deployments_are_listed_shown_followed_and_cancelled() {
    let server = TestServer::new().await;
    let (guest, machine) = machine(&server).await;
    let slow = STEPS.replace("test -e allowed && ", "echo waiting; sleep 600; ");
    machine.write("steps.macfile", &slow);
    let words = "infrastructure macfile --run server -p VERSION=1";
    let words: Vec<_> = words.split(' ').collect();
    let mut making = machine.command(&words).spawn().unwrap();
    let begun = async {
        loop {
            let all = client::deployments::list(&guest.client).await.unwrap();
            if let Some(first) = all.items.into_iter().next() {
                break first;
            }
        }
    };
    let begun = tokio::time::timeout(PATIENCE, begun).await.unwrap();
    until_logged(&guest, &begun, "waiting").await;
    let listed = well(&machine, "mac deployment list").await;
    assert!(listed.out.contains(&begun.id.to_string()), "{listed:?}");
    let shown = well(&machine, &format!("mac deployment show {}", begun.id)).await;
    assert!(shown.out.contains("second_01: create"), "{shown:?}");
    let follow = ["deployment", "log", "-f", &begun.id.to_string()];
    let mut following = machine.command(&follow).spawn().unwrap();
    well(&machine, &format!("mac deployment cancel {}", begun.id)).await;
    let ended = tokio::time::timeout(PATIENCE, making.wait()).await.unwrap();
    assert_eq!(ended.unwrap().code(), Some(12));
    let mut said = String::new();
    let out = following.stdout.as_mut().unwrap();
    out.read_to_string(&mut said).await.unwrap();
    tokio::time::timeout(PATIENCE, following.wait())
        .await
        .unwrap()
        .unwrap();
    assert!(
        said.contains("waiting") && said.contains("cancelled"),
        "{said}"
    );
    let history = well(&machine, "mac history steps").await;
    assert!(history.out.contains("ancelled"), "{history:?}");
}

#[tokio::test]
async fn applications_are_promoted_rolled_back_and_waited_for() {
    let server = TestServer::with_cloud().await;
    let (_guest, machine) = machine(&server).await;
    machine.write("docker_tomcat.macfile", SAMPLE);
    for version in ["7-jre8", "8-jre8"] {
        let line =
            "mac infrastructure macfile docker_tomcat.macfile --run server -p TOMCAT_VERSION=";
        well(&machine, &format!("{line}{version}")).await;
    }
    let wait = well(&machine, "mac app wait docker_tomcat 7-jre8").await;
    assert!(wait.out.contains("7-jre8 is live"), "{wait:?}");
    well(
        &machine,
        "mac app promote docker_tomcat 8-jre8 --reason newer",
    )
    .await;
    let shown = well(&machine, "mac --json app show docker_tomcat").await;
    let shown = shown.json();
    assert_eq!(shown["application"]["live"], "8-jre8");
    assert_eq!(shown["deployments"][0]["reason"], "newer");
    well(&machine, "mac app rollback docker_tomcat").await;
    let listed = well(&machine, "mac app list").await;
    assert!(listed.out.contains("7-jre8"), "{listed:?}");
    let late = machine
        .run("mac app wait docker_tomcat 8-jre8 --timeout 0")
        .await;
    assert_eq!(late.code, Some(3), "{late:?}");
    let unknown = machine.run("mac app promote docker_tomcat 9").await;
    assert_eq!(unknown.code, Some(3), "{unknown:?}");
}

/// The third defect of the original is here: facts never printed.
#[tokio::test]
async fn instances_are_made_asked_changed_and_destroyed_by_their_name() {
    let server = TestServer::with_cloud().await;
    let (guest, machine) = machine(&server).await;
    let without = machine.run("mac instance create -b true").await;
    assert_eq!(without.code, Some(2), "{without:?}");
    assert!(without.out.contains("-l local"), "{without:?}");
    machine.write("script", "echo hello from $WHO\n");
    let line = "mac --json instance create -b script -l local -n box -e WHO=me -t 30";
    let made = well(&machine, line).await.json();
    let id = made["id"].as_str().unwrap().parse().unwrap();
    let followed = well(&machine, "mac instance log -f box").await;
    assert!(followed.out.contains("hello from me"), "{followed:?}");
    until(&guest, id, InstanceState::Ready).await;
    // the original stumbled over its own answer here (defect 3)
    let facts = well(&machine, "mac instance facts box").await;
    assert!(facts.out.contains("hostname: "), "{facts:?}");
    assert!(facts.out.contains("interfaces: "), "{facts:?}");
    let log = well(&machine, &format!("mac instance log {id}")).await;
    assert!(log.out.contains("hello from me"), "{log:?}");
    let asked = well(&machine, "mac instance ssh box -c echo it is $((6*7))").await;
    assert!(asked.out.contains("it is 42"), "{asked:?}");
    let failed = machine.run("mac instance ssh all -c exit 4").await;
    assert_eq!(failed.code, Some(4), "the command's own: {failed:?}");
    let mut person = person_at(&machine, "instance ssh box").await;
    person.types("echo $WHO on $(hostname); tty\n").await;
    person.sees("/dev/pts/").await;
    person.types("exit 5\n").await;
    assert_eq!(person.leaves().await, Some(5));
    let left = client::terminals::list(&guest.client).await.unwrap();
    assert_eq!(left.total, 0, "its terminal went with it");
    well(&machine, "mac instance lifespan box 55").await;
    let minutes = |value: &Value| value[0]["expires_at"].as_str().map(str::to_owned);
    let left = well(&machine, "mac --json instance list").await.json();
    assert!(minutes(&left["items"]).or(minutes(&left)).is_some());
    machine.write("script", "echo once more\n");
    well(&machine, "mac instance update -b script box").await;
    let followed = well(&machine, "mac instance log -f box").await;
    assert!(followed.out.contains("once more"), "{followed:?}");
    until(&guest, id, InstanceState::Ready).await;
    well(&machine, "mac instance destroy box").await;
    until(&guest, id, InstanceState::Destroyed).await;
    let unknown = machine.run("mac instance destroy nobody").await;
    assert_eq!(unknown.code, Some(3), "{unknown:?}");
    assert!(unknown.err.contains("nobody"), "{unknown:?}");
}

#[tokio::test]
async fn a_terminal_is_opened_typed_into_and_ended() {
    let server = TestServer::new().await;
    let (guest, machine) = machine(&server).await;
    let by_pipe = machine.run("mac terminal open").await;
    assert_eq!(by_pipe.code, Some(3), "nobody sits there: {by_pipe:?}");
    let mut person = person_at(&machine, "terminal open").await;
    person.types("echo mark-$((40 + 2))\n").await;
    person.sees("mark-42").await;
    let listed = well(&machine, "mac terminal list").await;
    assert!(listed.out.contains("Terminal 1"), "{listed:?}");
    // Ctrl-] lets go, and the shell goes on
    person.types("kept=yes\n\x1d").await;
    person.sees("it goes on").await;
    let all = client::terminals::list(&guest.client).await.unwrap().items;
    let mut again = person_at(&machine, &format!("terminal open {}", all[0].id)).await;
    again.types("echo kept=$kept.\n").await;
    again.sees("kept=yes.").await;
    again.types("exit 3\n").await;
    again.sees("ended with 3").await;
    let unknown = machine.run("mac terminal end nobody").await;
    assert_eq!(unknown.code, Some(3), "{unknown:?}");
}

#[tokio::test]
async fn a_terminal_is_shared_by_a_link_that_ends() {
    let server = TestServer::new().await;
    let (guest, machine) = machine(&server).await;
    let size = shared::OpenTerminal::sized(80, 24);
    let id = client::terminals::open(&guest.client, &size)
        .await
        .unwrap()
        .id;
    // lines are split at spaces here
    let renamed = client::terminals::rename(&guest.client, id, "shared").await;
    renamed.unwrap();
    let made = well(
        &machine,
        "mac terminal share shared --type --for 30m --to Ann",
    )
    .await;
    let secret = made.out.trim().rsplit_once("/watch#").unwrap().1;
    let nobody = client::Client::new(&server.url("/")).unwrap();
    let visit = shared::NewVisit {
        secret: secret.to_owned(),
        name: None,
    };
    let visited = client::visits::ask(&nobody, &visit).await.unwrap();
    assert_eq!(visited.role, shared::terminal::Role::Write);
    let shown = well(&machine, "mac terminal watching shared").await;
    assert!(
        shown.out.contains("Ann") && shown.out.contains("write"),
        "{shown:?}"
    );
    let too_long = machine.run("mac terminal share shared --for 25h").await;
    assert_ne!(too_long.code, Some(0), "{too_long:?}");
    assert!(too_long.err.contains("24 hours"), "{too_long:?}");
    well(&machine, "mac terminal unshare shared").await;
    let late = client::visits::ask(&nobody, &visit).await.unwrap_err();
    assert_eq!(late.kind, shared::ProblemKind::NotFound);
    let left = client::shares::list(&guest.client, id).await.unwrap();
    assert!(left.shares.is_empty());
}

/// Somebody who sits at a terminal of their own, as util-linux's script makes one.
struct Person {
    child: tokio::process::Child,
    seen: String,
}

async fn person_at(machine: &Machine, words: &str) -> Person {
    let line = format!("{} {words}", Machine::mac().display());
    let child = machine
        .program("script".as_ref(), &["-qefc", &line, "/dev/null"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut person = Person {
        child,
        seen: String::new(),
    };
    person.sees("$ ").await;
    person
}

impl Person {
    async fn types(&mut self, text: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(text.as_bytes()).await.unwrap();
        stdin.flush().await.unwrap();
    }

    /// Waits until their own terminal has ended, and tells with which code.
    async fn leaves(self) -> Option<i32> {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait_with_output()).await;
        let ended = ended.unwrap().unwrap();
        // shown when the test fails
        println!("{}{}", self.seen, String::from_utf8_lossy(&ended.stdout));
        ended.status.code()
    }

    async fn sees(&mut self, text: &str) {
        let Self { child, seen } = self;
        let out = child.stdout.as_mut().unwrap();
        let looking = async {
            let mut chunk = [0; 4096];
            while !seen.contains(text) {
                let count = out.read(&mut chunk).await.unwrap();
                assert_ne!(count, 0, "it ended");
                seen.push_str(&String::from_utf8_lossy(&chunk[..count]));
            }
        };
        let found = tokio::time::timeout(PATIENCE, looking).await;
        assert!(found.is_ok(), "no {text} in {seen}");
        let end = seen.find(text).unwrap() + text.len();
        seen.drain(..end);
    }
}
