//! How macfiles are carried out: resumed, cancelled, cleared up, ended in time, at once, elsewhere.

use shared::{
    ClientReport, CreateInfrastructure, Deployment, DeploymentKind, DeploymentState,
    InfrastructureState, OnFailure, ProblemKind, ResourceState, RunOptions, RunsAt, StepState,
};

use crate::{
    infrastructures::ended,
    server::{Guest, TestServer},
    shell::PATIENCE,
};

/// Three files, each noted in a book; the second is made only when it may be.
const THREE: &str = "
mac: 1.0.8
name: three
version: '1'
description: three files
resources:
  one:
    create bash: echo made one >> book; touch one; echo the first
    destroy bash: echo ended one >> book; rm one
  two:
    create bash: echo made two >> book; cat may || { echo not yet >&2; exit 4; }
    destroy bash: echo ended two >> book
  three:
    create bash: echo made three >> book
    destroy bash: echo ended three >> book
infrastructures:
  one_01: {resource: one}
  two_01: {resource: two}
  three_01: {resource: three}
";

/// Two commands that end only if the other one runs at the same time.
const TOGETHER: &str = "
mac: 1.0.8
name: together
version: '1'
description: each waits for the other
resources:
  left:
    create bash: touch left; until [ -e right ]; do sleep 0.02; done
  right:
    create bash: touch right; until [ -e left ]; do sleep 0.02; done
infrastructures:
  left_01: {resource: left}
  right_01: {resource: right}
";

fn asked(macfile: &str, options: RunOptions) -> CreateInfrastructure {
    CreateInfrastructure {
        macfile: macfile.into(),
        options,
        ..CreateInfrastructure::default()
    }
}

async fn begun(guest: &Guest, macfile: &str, options: RunOptions) -> Deployment {
    client::infrastructures::create(&guest.client, &asked(macfile, options))
        .await
        .unwrap()
}

async fn made(guest: &Guest, macfile: &str, options: RunOptions) -> Deployment {
    ended(guest, begun(guest, macfile, options).await).await
}

/// What the commands wrote into a file of the home.
fn book(server: &TestServer, guest: &Guest) -> Vec<String> {
    let home = server.data.path().join("homes");
    let book = home.join(guest.account.id.to_string()).join("book");
    let text = std::fs::read_to_string(book).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn allow(server: &TestServer, guest: &Guest) {
    let home = server.data.path().join("homes");
    let may = home.join(guest.account.id.to_string()).join("may");
    std::fs::write(may, "yes").unwrap();
}

async fn resource(guest: &Guest, name: &str, resource: &str) -> shared::Resource {
    client::infrastructures::resource(&guest.client, name, "1", resource)
        .await
        .unwrap()
}

/// The sixth defect of the original: a create command that failed was never told to the server.
#[tokio::test]
async fn a_run_that_failed_goes_on_where_it_failed() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let failed = made(&guest, THREE, RunOptions::default()).await;
    assert_eq!(failed.state, DeploymentState::Failed);
    let error = failed.error.unwrap();
    assert!(
        error.contains("two_01") && error.contains("not yet"),
        "{error}"
    );
    allow(&server, &guest);
    let options = RunOptions::default();
    let resumed = client::infrastructures::resume(&guest.client, "three", "1", &options).await;
    let resumed = ended(&guest, resumed.unwrap()).await;
    assert_eq!(resumed.state, DeploymentState::Succeeded, "{resumed:?}");
    assert_eq!(
        book(&server, &guest),
        ["made one", "made two", "made two", "made three"]
    );
    assert_eq!(resource(&guest, "three", "two_01").await.stdout, "yes");
    // all of it was made: there is nothing to go on with
    let again = client::infrastructures::resume(&guest.client, "three", "1", &options).await;
    assert_eq!(again.unwrap_err().kind, ProblemKind::Conflict);
}

/// The eleventh defect of the original: it cleared instances alone, never resources.
#[tokio::test]
async fn what_was_made_before_a_failure_goes_when_that_was_asked_for() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let options = RunOptions {
        on_failure: OnFailure::DestroyAll,
        ..RunOptions::default()
    };
    let failed = made(&guest, THREE, options).await;
    assert_eq!(failed.state, DeploymentState::Failed);
    let history = client::deployments::list(&guest.client)
        .await
        .unwrap()
        .items;
    let clearing = history
        .into_iter()
        .find(|d| d.kind == DeploymentKind::Destroy);
    let cleared = ended(&guest, clearing.unwrap()).await;
    assert_eq!(cleared.state, DeploymentState::Succeeded, "{cleared:?}");
    let left = client::infrastructures::list(&guest.client).await.unwrap();
    assert_eq!(left.total, 0);
    // in the reverse order, where the original went by its list (its ninth defect), and nothing
    // of what was never begun
    assert_eq!(
        book(&server, &guest),
        ["made one", "made two", "ended two", "ended one"]
    );
}

#[tokio::test]
async fn what_failed_stays_to_be_looked_at_when_that_was_asked_for() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let options = RunOptions {
        on_failure: OnFailure::DestroyOthers,
        ..RunOptions::default()
    };
    made(&guest, THREE, options).await;
    let history = client::deployments::list(&guest.client)
        .await
        .unwrap()
        .items;
    let clearing = history
        .into_iter()
        .find(|d| d.kind == DeploymentKind::Destroy);
    ended(&guest, clearing.unwrap()).await;
    assert_eq!(book(&server, &guest), ["made one", "made two", "ended one"]);
    let detail = client::infrastructures::read(&guest.client, "three", "1")
        .await
        .unwrap();
    assert_eq!(
        detail.infrastructure.state,
        InfrastructureState::CreateFailed
    );
    let states: Vec<_> = detail
        .resources
        .iter()
        .map(|r| (r.name.as_str(), r.state))
        .collect();
    assert_eq!(
        states,
        [
            ("one_01", ResourceState::Destroyed),
            ("two_01", ResourceState::CreateFailed)
        ]
    );
}

/// The fourth and fifth defects of the original: what could not be destroyed was forgotten, or
/// shown as destroyed.
#[tokio::test]
async fn what_cannot_be_destroyed_stays_listed_with_its_output_until_it_can() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let leaky = THREE.replace(
        "echo ended one >> book; rm one",
        "echo trying; rm may || { echo it is stuck >&2; exit 7; }",
    );
    let leaky = leaky.replace("cat may ||", "true ||");
    assert_eq!(
        made(&guest, &leaky, RunOptions::default()).await.state,
        DeploymentState::Succeeded
    );
    let destroy = || client::infrastructures::destroy(&guest.client, "three", "1");
    let failed = ended(&guest, destroy().await.unwrap()).await;
    assert_eq!(failed.state, DeploymentState::Failed);
    assert!(failed.error.unwrap().contains("ended with 7: it is stuck"));
    let leaked = resource(&guest, "three", "one_01").await;
    assert_eq!(leaked.state, ResourceState::DestroyFailed);
    assert_eq!(
        (leaked.exit_code, leaked.stdout.as_str()),
        (Some(0), "the first\n")
    );
    let run = leaked.destroy.unwrap();
    assert_eq!((run.exit_code, run.stdout.as_str()), (Some(7), "trying\n"));
    let listed = client::infrastructures::list(&guest.client).await.unwrap();
    assert_eq!(listed.items[0].state, InfrastructureState::DestroyFailed);
    allow(&server, &guest);
    let gone = ended(&guest, destroy().await.unwrap()).await;
    assert_eq!(gone.state, DeploymentState::Succeeded, "{gone:?}");
    // the others were destroyed once
    let ends = book(&server, &guest)
        .into_iter()
        .filter(|line| line.starts_with("ended"));
    assert_eq!(ends.collect::<Vec<_>>(), ["ended three", "ended two"]);
}

#[tokio::test]
async fn a_run_is_cancelled_with_its_command_and_can_go_on() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let slow = THREE.replace("cat may ||", "echo begun; sleep 7777123 ||");
    let begun = begun(&guest, &slow, RunOptions::default()).await;
    until_logged(&guest, &begun, "begun").await;
    client::deployments::cancel(&guest.client, begun.id)
        .await
        .unwrap();
    let cancelled = ended(&guest, begun).await;
    assert_eq!(cancelled.state, DeploymentState::Cancelled);
    let steps = client::deployments::read(&guest.client, cancelled.id)
        .await
        .unwrap()
        .steps;
    let states: Vec<_> = steps.iter().map(|step| step.state).collect();
    assert_eq!(
        states,
        [StepState::Done, StepState::Cancelled, StepState::Skipped]
    );
    assert!(!is_running("7777123"));
    let again = client::deployments::cancel(&guest.client, cancelled.id).await;
    assert_eq!(again.unwrap_err().kind, ProblemKind::Conflict);
    let stranger = server.guest().await;
    let foreign = client::deployments::cancel(&stranger.client, cancelled.id).await;
    assert_eq!(foreign.unwrap_err().kind, ProblemKind::NotFound);
    let gone = client::infrastructures::destroy(&guest.client, "three", "1")
        .await
        .unwrap();
    assert_eq!(ended(&guest, gone).await.state, DeploymentState::Succeeded);
}

#[tokio::test]
async fn a_command_ends_when_its_time_is_over() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let endless = THREE.replace("cat may ||", "echo so far; sleep 7777456 ||");
    let options = RunOptions {
        step_timeout_seconds: 1,
        ..RunOptions::default()
    };
    let failed = made(&guest, &endless, options).await;
    assert_eq!(failed.state, DeploymentState::Failed);
    assert!(failed.error.unwrap().contains("longer than 1 s"));
    let two = resource(&guest, "three", "two_01").await;
    assert_eq!((two.exit_code, two.stdout.as_str()), (None, "so far\n"));
    assert!(!is_running("7777456"));
    let none = RunOptions {
        step_timeout_seconds: 0,
        ..RunOptions::default()
    };
    let refused = client::infrastructures::create(&guest.client, &asked(THREE, none)).await;
    assert_eq!(refused.unwrap_err().kind, ProblemKind::Invalid);
}

#[tokio::test]
async fn commands_run_at_the_same_time_when_that_was_asked_for_and_else_in_order() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let parallel = RunOptions {
        parallel: true,
        ..RunOptions::default()
    };
    let together = made(&guest, TOGETHER, parallel).await;
    assert_eq!(together.state, DeploymentState::Succeeded, "{together:?}");
    let other = server.guest().await;
    let in_order = RunOptions {
        step_timeout_seconds: 1,
        ..RunOptions::default()
    };
    let alone = made(&other, TOGETHER, in_order).await;
    assert!(
        alone.error.unwrap().contains("left_01"),
        "the right one waits its turn"
    );
}

#[tokio::test]
async fn a_client_runs_the_commands_and_the_server_keeps_the_journal() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let there = RunOptions {
        runs_at: RunsAt::Client,
        ..RunOptions::default()
    };
    let begun = begun(&guest, THREE, there).await;
    let stranger = server.guest().await;
    let foreign = client::deployments::command(&stranger.client, begun.id, 0).await;
    assert_eq!(foreign.unwrap_err().kind, ProblemKind::NotFound);
    let keys = run_there(&guest, &begun).await;
    assert_eq!(keys, ["one_01", "two_01", "three_01"]);
    let made = ended(&guest, begun).await;
    assert_eq!(made.state, DeploymentState::Succeeded, "{made:?}");
    assert_eq!(
        resource(&guest, "three", "two_01").await.stdout,
        "out of 2\n"
    );
    assert!(book(&server, &guest).is_empty(), "nothing ran here");
    let gone = client::infrastructures::destroy_here(&guest.client, "three", "1").await;
    let gone = gone.unwrap();
    let keys = run_there(&guest, &gone).await;
    assert_eq!(keys, ["three_01", "two_01", "one_01"]);
    assert_eq!(ended(&guest, gone).await.state, DeploymentState::Succeeded);
    let late = ClientReport::Ended { exit_code: Some(0) };
    let late = client::deployments::report(&guest.client, made.id, 1, &late).await;
    assert_eq!(late.unwrap_err().kind, ProblemKind::Conflict);
}

/// Takes every command of a deployment as its client does; the keys that they belong to.
async fn run_there(guest: &Guest, deployment: &Deployment) -> Vec<String> {
    let mut keys = Vec::new();
    while let Some(command) = client::deployments::command(&guest.client, deployment.id, 20_000)
        .await
        .unwrap()
    {
        let stdout = ClientReport::Stdout {
            text: format!("out of {}\n", command.number),
        };
        let ended = ClientReport::Ended { exit_code: Some(0) };
        for report in [stdout, ended] {
            client::deployments::report(&guest.client, deployment.id, command.number, &report)
                .await
                .unwrap();
        }
        keys.push(command.step);
    }
    keys
}

/// Waits until a line of the log says so.
pub async fn until_logged(guest: &Guest, deployment: &Deployment, words: &str) {
    let logged = async {
        let mut after = 0;
        loop {
            let page = client::deployments::log(&guest.client, deployment.id, after, 5_000)
                .await
                .unwrap();
            if page.lines.iter().any(|line| line.text == words) {
                return;
            }
            after = page.lines.last().map_or(after, |line| line.seq);
        }
    };
    tokio::time::timeout(PATIENCE, logged).await.unwrap();
}

/// Whether a process has this word among its arguments.
fn is_running(word: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let mut lines =
        processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.any(|line| line.starts_with(b"sleep\0") && String::from_utf8_lossy(&line).contains(word))
}

/// A version that says what it does to the data.
const DATA: &str = "
mac: 1.0.8
name: data
version: '{VERSION}'
description: versions that share data
actions:
  data: {bash: 'echo {DATA}'}
resources:
  one: {create bash: 'true'}
infrastructures:
  one_01: {resource: one}
";

async fn data_version(guest: &Guest, version: &str, data: &str) -> Deployment {
    let asked = CreateInfrastructure {
        macfile: DATA.into(),
        parameters: [("VERSION", version), ("DATA", data)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..CreateInfrastructure::default()
    };
    let made = client::infrastructures::create(&guest.client, &asked)
        .await
        .unwrap();
    ended(guest, made).await
}

#[tokio::test]
async fn a_version_that_changes_the_data_one_way_withdraws_the_way_back() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    assert_eq!(
        data_version(&guest, "1", "expand").await.state,
        DeploymentState::Succeeded
    );
    assert_eq!(
        data_version(&guest, "2", "one-way").await.state,
        DeploymentState::Succeeded
    );
    let wrong = data_version(&guest, "3", "sideways").await;
    assert!(
        wrong
            .error
            .unwrap()
            .contains("one-way was expected, not \"sideways\"")
    );
    let read = async || {
        client::applications::read(&guest.client, "data")
            .await
            .unwrap()
    };
    let of = |detail: &shared::ApplicationDetail, version: &str| {
        let mut versions = detail.versions.iter().map(|one| &one.infrastructure);
        versions.find(|one| one.version == version).unwrap().data
    };
    let detail = read().await;
    assert_eq!(of(&detail, "1"), Some(shared::DataChange::Expand));
    assert_eq!(of(&detail, "2"), Some(shared::DataChange::OneWay));

    // as after a promotion of each
    let pool = server.pool().await;
    for sql in [
        "update application set live = '2', previous = '1'",
        "update infrastructure set endpoint = 'a.b.example'",
    ] {
        sqlx::query(sql).execute(&pool).await.unwrap();
    }
    let shared::RollBackReadiness::Impossible { reason } = read().await.roll_back else {
        panic!("it promises a way back")
    };
    assert_eq!(reason, "2 changed the data one way: 1 can't work with it");
    let back = shared::ChangeApplication {
        kind: DeploymentKind::RollBack,
        version: "1".into(),
        expected_live: Some("2".into()),
        reason: None,
    };
    let refused = client::applications::change(&guest.client, "data", &back).await;
    assert_eq!(refused.unwrap_err().kind, ProblemKind::Conflict);
}
