//! The original client, `mac` 1.0.8, unchanged, against our server.

use std::{path::Path, process::Stdio};

use shared::{DeploymentKind, DeploymentState, InfrastructureState, ResourceState, StepState};
use tokio::{io::AsyncWriteExt as _, process::Command};

use crate::server::{Guest, TestServer};

/// Two resources, one of which refers to what the other one printed.
const FILES: &str = "
mac: 1.0.8
name: files
version: '{VERSION}'
description: two files
resources:
  first:
    create bash: >-
      echo '{\"Name\": \"of-{VERSION}\"}'
    destroy bash: echo bye >> destroyed
  second:
    create bash: echo infrastructure.param.word resource.first_01.json.Name > second
    destroy bash: rm second
infrastructures:
  first_01:
    resource: first
  second_01:
    resource: second
    params:
      word: hello
";

/// The client in a home and a folder of its own.
struct Original {
    folder: tempfile::TempDir,
    base: String,
}

/// What it printed, and its exit code.
struct Said {
    stdout: String,
    stderr: String,
    code: Option<i32>,
}

impl Original {
    /// A client that nobody is signed in with.
    fn new(server: &TestServer) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            base: server.url("/api/v1/"),
        }
    }

    /// A client that is signed in as it writes it down itself.
    fn signed_in(server: &TestServer, guest: &Guest) -> Self {
        let this = Self::new(server);
        let (name, token) = (&guest.account.name, guest.client.token().unwrap());
        let file = format!("[auth]\nuser = {name}\napikey = {token}\n\n");
        std::fs::write(this.path(".manageacloud"), file).unwrap();
        this
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    async fn run(&self, words: &str) -> Said {
        self.say(words, "").await
    }

    /// Runs a command line, and types into it.
    async fn say(&self, words: &str, typed: &str) -> Said {
        let program = TestServer::toolbox().join("original/bin/mac");
        assert!(
            Path::new(&program).exists(),
            "run cargo xtask toolbox first"
        );
        let mut child = Command::new(program)
            .args(words.split(' '))
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PATH", "/usr/bin:/bin")
            .env("MAC_BASE_URL", &self.base)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(typed.as_bytes()).await.unwrap();
        drop(stdin);
        let output = child.wait_with_output().await.unwrap();
        Said {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code(),
        }
    }
}

#[tokio::test]
async fn it_signs_in_with_a_name_and_a_token() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let (name, token) = (&guest.account.name, guest.client.token().unwrap());
    let original = Original::new(&server);
    let said = original.say("login", &format!("{name}\n{token}\n")).await;
    assert!(said.stdout.contains("Login succeeded!"), "{}", said.stderr);
    let kept = std::fs::read_to_string(original.path(".manageacloud")).unwrap();
    assert!(kept.contains(&format!("user = {name}")), "{kept}");
    let said = original.run("infrastructure list").await;
    assert_eq!(said.stdout, "There is no active infrastructure\n");

    let stranger = Original::new(&server);
    let said = stranger.say("login", &format!("{name}\nguessed\n")).await;
    assert!(said.stderr.contains("Not authorized"), "{}", said.stderr);
    assert_eq!(said.code, Some(3));
    let other = server.guest().await;
    let said = stranger
        .say("login", &format!("{}\n{token}\n", other.account.name))
        .await;
    assert_eq!(
        said.code,
        Some(3),
        "a token speaks for its own account alone"
    );
}

#[tokio::test]
async fn its_macfile_runs_by_its_own_loop_and_shows_here() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let original = Original::signed_in(&server, &guest);
    std::fs::write(original.path("files.macfile"), FILES).unwrap();
    let said = original
        .run("-q infrastructure macfile files.macfile -p VERSION=7")
        .await;
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    assert!(said.stdout.contains("Infrastructure created successfully"));
    let made = std::fs::read_to_string(original.path("second")).unwrap();
    assert_eq!(made, "hello of-7\n");

    // as ours
    let detail = client::infrastructures::read(&guest.client, "files", "7")
        .await
        .unwrap();
    assert_eq!(detail.infrastructure.state, InfrastructureState::Ready);
    assert_eq!(detail.infrastructure.created_by, guest.account.name);
    let kinds: Vec<_> = detail
        .resources
        .iter()
        .map(|r| (r.name.as_str(), r.kind.as_str()))
        .collect();
    assert_eq!(kinds, [("first_01", "first"), ("second_01", "second")]);
    let history = client::deployments::list(&guest.client)
        .await
        .unwrap()
        .items;
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].state, DeploymentState::Succeeded);
    let steps = client::deployments::read(&guest.client, history[0].id)
        .await
        .unwrap()
        .steps;
    let steps: Vec<_> = steps
        .iter()
        .map(|step| (step.name.as_str(), step.state))
        .collect();
    assert_eq!(
        steps,
        [
            ("first_01: create", StepState::Done),
            ("second_01: create", StepState::Done)
        ]
    );

    // as its own
    let said = original.run("infrastructure list").await;
    assert!(
        said.stdout.contains("|        files        |    7    |"),
        "{}",
        said.stdout
    );
    let said = original.run("infrastructure items -n files -v 7").await;
    assert_eq!(said.stdout.matches("| Ready").count(), 2, "{}", said.stdout);
    let said = original
        .run("infrastructure macfile files.macfile -p VERSION=7")
        .await;
    assert_eq!(said.code, Some(7), "{}", said.stdout);

    let said = original.run("infrastructure destroy files 7").await;
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(!original.path("second").exists());
    let left = client::infrastructures::list(&guest.client).await.unwrap();
    assert_eq!(left.total, 0);
    let history = client::deployments::list(&guest.client)
        .await
        .unwrap()
        .items;
    assert_eq!(history[0].kind, DeploymentKind::Destroy);
    assert_eq!(history[0].state, DeploymentState::Succeeded);
}

#[tokio::test]
async fn what_it_could_not_destroy_stays_listed_as_such() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let original = Original::signed_in(&server, &guest);
    let stuck = FILES.replace("rm second", "echo it is stuck >&2; exit 7");
    std::fs::write(original.path("files.macfile"), stuck).unwrap();
    original
        .run("-q infrastructure macfile files.macfile -p VERSION=7")
        .await;
    original.run("infrastructure destroy files 7").await;
    let detail = client::infrastructures::read(&guest.client, "files", "7")
        .await
        .unwrap();
    assert_eq!(
        detail.infrastructure.state,
        InfrastructureState::DestroyFailed
    );
    let leaked = &detail.resources[1];
    assert_eq!(leaked.state, ResourceState::DestroyFailed);
    let run = leaked.destroy.as_ref().unwrap();
    assert_eq!(
        (run.exit_code, run.stderr.as_str()),
        (Some(7), "it is stuck\n")
    );
    let said = original.run("infrastructure items -n files -v 7").await;
    assert!(said.stdout.contains("Destroy failed"), "{}", said.stdout);
    assert!(!said.stdout.contains("Destroyed"), "{}", said.stdout);
}

#[tokio::test]
async fn what_it_made_is_destroyed_from_here() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let original = Original::signed_in(&server, &guest);
    let files = FILES.replace("rm second", "echo resource.first_01.json.Name > ~/gone");
    std::fs::write(original.path("files.macfile"), files).unwrap();
    original
        .run("-q infrastructure macfile files.macfile -p VERSION=7")
        .await;
    let gone = client::infrastructures::destroy(&guest.client, "files", "7")
        .await
        .unwrap();
    let gone = crate::infrastructures::ended(&guest, gone).await;
    assert_eq!(gone.state, DeploymentState::Succeeded, "{gone:?}");
    let home = server
        .data
        .path()
        .join("homes")
        .join(guest.account.id.to_string());
    assert_eq!(
        std::fs::read_to_string(home.join("gone")).unwrap(),
        "of-7\n"
    );
}

#[tokio::test]
async fn a_version_that_was_made_here_is_not_made_there_as_well() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let asked = shared::CreateInfrastructure {
        macfile: FILES.into(),
        parameters: [("VERSION".to_owned(), "7".to_owned())].into(),
        ..Default::default()
    };
    let made = client::infrastructures::create(&guest.client, &asked)
        .await
        .unwrap();
    crate::infrastructures::ended(&guest, made).await;
    // the client that was slower: it looked before the other one began
    let body = serde_json::json!({
        "name": "first_01", "create_cmd": "true", "create_rc": 0, "create_stdout": "",
        "create_stderr": "", "destroy_cmd": null,
        "metadata": r#"{"name": "files", "version": "7", "macfile_resource_name": "first"}"#,
    });
    let key = format!(
        "ApiKey {}:{}",
        guest.account.name,
        guest.client.token().unwrap()
    );
    let answer = reqwest::Client::new()
        .post(server.url("/api/v1/resource"))
        .header("authorization", key)
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 409);
    let words = answer.text().await.unwrap();
    assert!(words.contains("files 7 exists already"), "{words}");
}

#[tokio::test]
async fn its_configurations_are_listed_and_searched() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let original = Original::signed_in(&server, &guest);
    let said = original.run("configuration list").await;
    assert!(said.stdout.contains("| web_server |"), "{}", said.stdout);
    let said = original.run("configuration search -k python server").await;
    assert!(said.stdout.contains("web_server") && !said.stdout.contains("basic"));
    let said = original
        .run("configuration search -k nothing-like-it")
        .await;
    assert!(
        said.stdout
            .contains("There are not configurations available")
    );
}

/// An instance that waits for another one's address, and a resource that waits for it.
const SERVERS: &str = "
mac: 1.0.8
name: servers
version: '1'
description: two servers
roles:
  db:
    instance create:
      bootstrap bash: echo database
  app:
    instance create:
      bootstrap bash: echo \"database at $DB\" > ~/told
      environment:
        - DB: db.PRIVATE_IP
resources:
  after:
    create bash: echo all are there > after
    destroy bash: rm after
infrastructures:
  db_01: {role: db, name: db, provider: manageacloud, location: local, release: any, deployment: testing, amount: 1}
  app_01: {role: app, name: app, provider: manageacloud, location: local, release: any, deployment: testing, amount: 1, ready: role.db}
  after_01: {resource: after, ready: role.app}
";

#[tokio::test]
async fn its_macfile_with_roles_runs_by_its_own_loop_to_the_end() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let original = Original::signed_in(&server, &guest);
    std::fs::write(original.path("servers.macfile"), SERVERS).unwrap();
    let said = original
        .run("-q infrastructure macfile servers.macfile")
        .await;
    // at the end it stumbles over printing what a role's step wrote, which is nothing
    assert!(
        said.stderr
            .contains("'NoneType' object has no attribute 'strip'")
    );
    assert_eq!(said.stdout.matches("Ready (").count(), 2, "{}", said.stdout);
    assert!(original.path("after").exists());
    let detail = client::infrastructures::read(&guest.client, "servers", "1")
        .await
        .unwrap();
    let of = |name: &str| {
        detail
            .instances
            .iter()
            .find(|i| i.name == name)
            .unwrap()
            .clone()
    };
    let (db, app) = (of("db"), of("app"));
    assert_eq!(
        (db.role.as_deref(), app.role.as_deref()),
        (Some("db"), Some("app"))
    );
    let told = shared::RunCommand {
        command: "cat ~/told".into(),
    };
    let told = client::instances::run(&guest.client, app.id, &told)
        .await
        .unwrap();
    assert_eq!(
        told.stdout,
        format!("database at {}\n", db.private_address.unwrap())
    );

    let said = original.run("infrastructure destroy servers 1").await;
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let gone = async {
        while client::infrastructures::list(&guest.client)
            .await
            .unwrap()
            .total
            > 0
        {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(crate::shell::PATIENCE, gone)
        .await
        .unwrap();
    let history = client::deployments::list(&guest.client)
        .await
        .unwrap()
        .items;
    assert_eq!(history[0].kind, DeploymentKind::Destroy);
}

#[tokio::test]
async fn it_makes_asks_and_destroys_an_instance() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let original = Original::signed_in(&server, &guest);
    let said = original.run("instance create -b true").await;
    assert!(
        said.stdout.contains("local"),
        "it lists locations: {}",
        said.stdout
    );
    let said = original
        .run("instance create -b date -l local -n box -e KEY=value -t 20")
        .await;
    assert!(
        said.stdout.contains("Creating instance"),
        "{}{}",
        said.stdout,
        said.stderr
    );
    let ready = async {
        loop {
            let said = original.run("instance list").await;
            if said.stdout.contains("Ready (") {
                return said.stdout;
            }
        }
    };
    let listed = tokio::time::timeout(crate::shell::PATIENCE, ready)
        .await
        .unwrap();
    assert!(
        listed.contains("| box ") || listed.contains("|      box"),
        "{listed}"
    );
    assert!(listed.contains("m left)"), "{listed}");
    let id = client::instances::list(&guest.client).await.unwrap().items[0].id;
    let said = original.run(&format!("instance lifespan {id} 45")).await;
    assert!(
        said.stdout.contains("(44m left)") || said.stdout.contains("(45m left)"),
        "{}",
        said.stdout
    );
    let said = original.run(&format!("instance log {id}")).await;
    assert!(
        said.stdout.contains("Configuration logs for"),
        "{}",
        said.stdout
    );
    // "facts" can't work there: it calls what Python 3 has not
    let key = format!(
        "ApiKey {}:{}",
        guest.account.name,
        guest.client.token().unwrap()
    );
    let facts = reqwest::Client::new()
        .get(server.url(&format!("/api/v1/facts/{id}")))
        .header("authorization", key)
        .send()
        .await
        .unwrap();
    let facts: shared::Facts = facts.json().await.unwrap();
    assert_eq!(facts["interfaces"], "eth0,lo");
    let said = original.run("instance update box -b date").await;
    assert!(
        said.stdout.contains("Configuring instance"),
        "{}{}",
        said.stdout,
        said.stderr
    );
    let said = original.run(&format!("instance destroy {id}")).await;
    assert!(
        said.stdout.contains("Queued to be destroyed"),
        "{}{}",
        said.stdout,
        said.stderr
    );
    let said = original.run("instance destroy nothing-like-it").await;
    assert!(said.stderr.contains("not found"), "{}", said.stderr);
    let said = original.run("provider credential gce a b").await;
    assert!(
        said.stderr.contains("only amazon and local"),
        "{}{}",
        said.stdout,
        said.stderr
    );
}
