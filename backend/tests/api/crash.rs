//! The server killed in the middle of things, and started again on the same data folder.

use std::{path::Path, process::Stdio, time::Duration};

use shared::{
    CreateInfrastructure, DeploymentState, InfrastructureState, StepState, TerminalState,
};
use tokio::process::{Child, Command};

use crate::{
    infrastructures::ended,
    server::{Guest, TestServer},
    shell::{PATIENCE, Shell},
};

/// The server as a process of its own, which can be killed.
pub struct Killable {
    /// The server as its visitors see it.
    pub seen: TestServer,
    child: Child,
}

impl Killable {
    /// Starts the program, and returns once it answers.
    pub async fn start(seen: TestServer, with_cloud: bool) -> Self {
        Self::start_with(seen, with_cloud, &[]).await
    }

    /// Starts the program with more variables, and returns once it answers.
    pub async fn start_with(
        seen: TestServer,
        with_cloud: bool,
        variables: &[(&str, String)],
    ) -> Self {
        let program = env!("CARGO_BIN_EXE_manageacloud");
        Self::start_program(program.as_ref(), seen, with_cloud, variables).await
    }

    /// Starts a program, and returns once it answers.
    pub async fn start_program(
        program: &Path,
        seen: TestServer,
        with_cloud: bool,
        variables: &[(&str, String)],
    ) -> Self {
        let mut command = Command::new(program);
        command
            .args(["serve", "--keep-seconds", "60", "--assets", "tests/page"])
            .arg("--listen")
            .arg(seen.address.to_string())
            .arg("--data")
            .arg(seen.data.path())
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        if let Some(url) = &seen.database_url {
            command.env("DATABASE_URL", url);
        }
        if with_cloud {
            command.arg("--toolbox").arg(TestServer::toolbox());
        } else {
            command.env_remove("MANAGEACLOUD_TOOLBOX");
        }
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = command.spawn().unwrap();
        let client = client::Client::new(&seen.url("/")).unwrap();
        let answers = async {
            while client::health(&client).await.is_err() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, answers).await.unwrap();
        Self { seen, child }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Waits until it has ended by itself.
    pub async fn gone(mut self) -> TestServer {
        self.child.wait().await.unwrap();
        self.seen
    }

    /// Puts it to sleep (SIGSTOP), and starts another one in its place, at another address.
    pub async fn replace(self) -> (Sleeper, Self) {
        let Self { mut seen, child } = self;
        let sleeper = Sleeper { child };
        sleeper.signal("-STOP").await;
        seen.address = TestServer::unstarted().await.address;
        (sleeper, Self::start(seen, true).await)
    }

    /// Kills it without a warning.
    pub async fn kill(mut self) -> TestServer {
        self.child.kill().await.unwrap();
        self.seen
    }

    /// Kills it without a warning, and starts it again.
    async fn kill_and_start(self, with_cloud: bool) -> Self {
        Self::start(self.kill().await, with_cloud).await
    }

    /// Stops everything that belongs to it.
    pub async fn stop(self) {
        self.end().await;
    }

    /// Stops everything that belongs to it, but its data.
    pub async fn end(mut self) -> TestServer {
        let pid = self.child.id().unwrap().to_string();
        // a person's Ctrl-C
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .await
            .unwrap();
        self.child.wait().await.unwrap();
        for entry in std::fs::read_dir(self.seen.data.path().join("run")).unwrap() {
            let socket = entry.unwrap().path();
            let left = tokio::net::UnixStream::connect(&socket).await;
            // of the server itself, others' may still be there
            let is_process = socket.file_name().is_some_and(|name| {
                name == "emulator.sock" || name.as_encoded_bytes().starts_with(b"pty")
            });
            assert!(
                !is_process || left.is_err(),
                "{} still answers",
                socket.display()
            );
        }
        self.seen
    }
}

/// A server that was put to sleep while another one took its place.
pub struct Sleeper {
    child: Child,
}

impl Sleeper {
    async fn signal(&self, signal: &str) {
        let pid = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().await;
        assert!(sent.unwrap().success());
    }

    /// Wakes it (SIGCONT).
    pub async fn wake(&self) {
        self.signal("-CONT").await;
    }

    /// Waits until it has ended by itself; says whether as if nothing was wrong.
    pub async fn gone(mut self) -> bool {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        ended.unwrap().unwrap().success()
    }
}

/// Two steps: one that waits until a file is there, and one after it.
const SLOW: &str = "
mac: 1.0.8
name: slow
version: '1'
description: a step that waits
resources:
  gate:
    create bash: echo wait''ing; until [ -e ~/go ]; do sleep 0.05; done; echo went
  after:
    create bash: echo after
infrastructures:
  gate_01:
    resource: gate
  after_01:
    resource: after
";

async fn create(guest: &Guest, macfile: &str) -> shared::Deployment {
    let asked = CreateInfrastructure {
        macfile: macfile.into(),
        parameters: Default::default(),
        ..CreateInfrastructure::default()
    };
    client::infrastructures::create(&guest.client, &asked)
        .await
        .unwrap()
}

/// Waits until a line of the deployment's log has the words.
async fn until_logged(guest: &Guest, deployment: &shared::Deployment, words: &str) {
    let logged = async {
        let mut after = 0;
        loop {
            let page = client::deployments::log(&guest.client, deployment.id, after, 5_000)
                .await
                .unwrap();
            if page.lines.iter().any(|line| line.text.contains(words)) {
                break;
            }
            after = page.lines.last().map_or(after, |line| line.seq);
        }
    };
    tokio::time::timeout(PATIENCE, logged).await.unwrap();
}

#[tokio::test]
async fn a_killed_server_keeps_terminals_and_says_which_command_was_cut_short() {
    let server = Killable::start(TestServer::unstarted().await, false).await;
    let guest = server.seen.guest().await;
    let mut shell = Shell::open(&server.seen, &guest).await;
    shell.run("kept=in-the-shell").await;
    let deployment = create(&guest, SLOW).await;
    until_logged(&guest, &deployment, "waiting").await;

    let server = server.kill_and_start(false).await;
    let deployment = ended(&guest, deployment).await;
    assert_eq!(
        deployment.state,
        DeploymentState::NeedsAttention,
        "{deployment:?}"
    );
    let why = deployment.error.clone().unwrap();
    assert!(
        why.contains("gate_01: the server ended while its command ran"),
        "{why}"
    );
    let steps = client::deployments::read(&guest.client, deployment.id)
        .await
        .unwrap()
        .steps;
    assert_eq!(steps[0].state, StepState::Interrupted);
    assert_eq!(steps[1].state, StepState::Skipped);
    let detail = client::infrastructures::read(&guest.client, "slow", "1")
        .await
        .unwrap();
    assert_eq!(
        detail.infrastructure.state,
        InfrastructureState::CreateFailed
    );
    // what was logged before is still there
    let log = client::deployments::log(&guest.client, deployment.id, 0, 0)
        .await
        .unwrap();
    assert!(log.lines.iter().any(|line| line.text == "waiting"));

    let terminals = client::terminals::list(&guest.client).await.unwrap().items;
    assert_eq!(terminals[0].state, TerminalState::Running);
    let mut shell = Shell::show(&server.seen, &guest, terminals[0].clone()).await;
    let seen = shell.run("echo $kept").await;
    assert!(seen.contains("in-the-shell"), "{seen}");

    // and it can be made again
    let gone = client::infrastructures::destroy(&guest.client, "slow", "1")
        .await
        .unwrap();
    assert_eq!(ended(&guest, gone).await.state, DeploymentState::Succeeded);
    shell.run("touch ~/go").await;
    let again = create(&guest, SLOW).await;
    assert_eq!(ended(&guest, again).await.state, DeploymentState::Succeeded);
    server.stop().await;
}

/// The sample, up to its load balancer; nothing in it can be cut short but the launch.
const LAUNCH: &str = "
mac: 1.0.8
name: launch
version: '1'
description: instances alone
roles:
  app:
    instance create:
      bootstrap bash: |
        #!/bin/bash
        echo booted
infrastructures:
  app_01:
    name: app
    role: app
    provider: amazon
    location: ap-southeast-2
    hardware: t2.micro
    release: ami-69631053
    deployment: testing
    amount: 6
";

#[tokio::test]
async fn a_launch_that_was_cut_short_goes_on_and_launches_nothing_twice() {
    let server = Killable::start(TestServer::unstarted().await, true).await;
    let guest = server.seen.guest().await;
    // the emulated cloud is there
    let mut shell = Shell::open(&server.seen, &guest).await;
    shell.run("aws ec2 describe-instances").await;
    let deployment = create(&guest, LAUNCH).await;
    until_logged(&guest, &deployment, " is ready at ").await;

    let server = server.kill_and_start(true).await;
    let deployment = ended(&guest, deployment).await;
    assert_eq!(
        deployment.state,
        DeploymentState::Succeeded,
        "{deployment:?}"
    );
    let mut shell = Shell::show(
        &server.seen,
        &guest,
        client::terminals::list(&guest.client).await.unwrap().items[0].clone(),
    )
    .await;
    let seen = shell
        .run("aws ec2 describe-instances --query 'length(Reservations[].Instances[])'")
        .await;
    assert!(seen.contains("6\r\nend=0"), "{seen}");
    server.stop().await;
}

/// A page's connection was handed to the terminals' host, so the server may be killed under it.
#[tokio::test]
async fn an_open_terminal_streams_on_while_the_server_is_killed_and_started_again() {
    let server = Killable::start(TestServer::unstarted().await, false).await;
    let guest = server.seen.guest().await;
    let mut shell = Shell::open(&server.seen, &guest).await;
    shell
        .type_("i=0; while :; do echo tick-$((i++)); sleep 0.02; done\r")
        .await;
    shell.until("tick-9").await;
    let server = server.kill_and_start(false).await;
    shell.text.clear();
    shell.until("tick-").await;
    shell.type_("\x03").await;
    shell.until("$ ").await;
    let seen = shell.run("echo still-$((6 * 7))").await;
    assert!(seen.contains("still-42"), "{seen}");
    // signing out reaches it through the new server
    let gone = sqlx::query("delete from session where kind = 'cookie'");
    gone.execute(&server.seen.pool().await).await.unwrap();
    let closed = tokio::time::timeout(PATIENCE, shell.until_closed());
    closed.await.unwrap();
    server.stop().await;
}
