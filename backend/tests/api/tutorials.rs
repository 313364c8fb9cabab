//! Tutorials: their texts, how far an account is, and tasks that check themselves.

use client::tutorials;
use shared::{
    ChangeApplication, DeploymentKind, ProblemKind,
    tutorial::{Action, Block, Checked, Verification, Verifications},
};

use crate::{
    applications::{WELL, make},
    main_job::until_live,
    server::{Guest, TestServer},
    shell::Shell,
};

const NAME: &str = "hello";

async fn check(guest: &Guest, task: &str) -> Checked {
    tutorials::check(&guest.client, NAME, task).await.unwrap()
}

fn waiting(message: &str, hint: Option<&str>) -> Checked {
    Checked::Waiting {
        message: Some(message.to_owned()),
        hint: hint.map(str::to_owned),
    }
}

#[tokio::test]
async fn a_tutorial_is_read_in_the_readers_language_or_in_its_own() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let all = tutorials::list(&guest.client).await.unwrap().items;
    // one that cannot be read keeps nobody from the others
    let names: Vec<&str> = all.iter().map(|tutorial| tutorial.name.as_str()).collect();
    assert_eq!(names, [NAME]);
    assert_eq!((all[0].minutes, all[0].steps), (2, 2));
    let read = async |language| {
        tutorials::read(&guest.client, NAME, language)
            .await
            .unwrap()
    };
    assert_eq!(read("fr").await.tutorial.title, "Hello");
    let spanish = read("es-MX").await;
    assert_eq!(spanish.language, "es");
    assert_eq!(spanish.tutorial.title, "Hola");
    let step = &spanish.steps[0];
    assert_eq!(step.title, "Crear un archivo");
    assert_eq!(step.commands[0].text, "touch made");
    assert!(matches!(
        step.commands[0].action,
        Action::Run { enters: true, .. }
    ));
    assert!(
        matches!(&step.blocks[0], Block::Prose { html } if html.contains("data-command=\"0\""))
    );
    let unknown = tutorials::read(&guest.client, "../hello", "").await;
    assert_eq!(unknown.unwrap_err().kind, ProblemKind::NotFound);
}

#[tokio::test]
async fn how_far_one_is_stays_until_one_starts_anew() {
    let server = TestServer::new().await;
    let (guest, other) = (server.guest().await, server.guest().await);
    let progress = async |of: &Guest| tutorials::progress(&of.client, NAME).await.unwrap();
    assert_eq!(progress(&guest).await.begun_at, None);
    let turned = tutorials::turn_to(&guest.client, NAME, 1).await.unwrap();
    assert_eq!(turned.step, 1);
    assert_eq!(
        check(&guest, "made").await,
        waiting("there is no file yet", Some("make the folder too"))
    );
    let solved = tutorials::solve(&guest.client, NAME, "made").await.unwrap();
    assert_eq!(solved.exit_code, Some(0), "{solved:?}");
    assert_eq!(check(&guest, "made").await, Checked::Passed);
    let far = progress(&guest).await;
    assert_eq!((far.step, far.done), (1, vec!["made".to_owned()]));
    assert_eq!(far.begun_at, turned.begun_at);
    assert_eq!(progress(&other).await.done, Vec::<String>::new());
    assert_eq!(
        check(&other, "made").await,
        waiting("there is no file yet", Some("make the folder too"))
    );
    tutorials::reset(&guest.client, NAME).await.unwrap();
    assert_eq!(progress(&guest).await.done, Vec::<String>::new());
    // what was made is there still
    assert_eq!(check(&guest, "made").await, Checked::Passed);
    let beyond = tutorials::turn_to(&guest.client, NAME, 2).await;
    assert_eq!(beyond.unwrap_err().kind, ProblemKind::Invalid);
}

#[tokio::test]
async fn a_check_says_what_comes_first_what_is_lost_and_that_it_took_too_long() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    assert_eq!(
        check(&guest, "slow").await,
        waiting("First comes: Make the file.", None)
    );
    tutorials::solve(&guest.client, NAME, "made").await.unwrap();
    check(&guest, "made").await;
    assert_eq!(
        check(&guest, "slow").await,
        waiting("it took longer than 1 seconds", None)
    );
    assert!(matches!(
        check(&guest, "lost").await,
        Checked::Waiting { .. }
    ));
    let solved = tutorials::solve(&guest.client, NAME, "lost").await.unwrap();
    assert_eq!(
        (solved.exit_code, solved.output.as_str()),
        (Some(3), "not yet\n")
    );
    let mut shell = Shell::open(&server, &guest).await;
    shell.run("touch ~/lost").await;
    let broken = Checked::Broken {
        message: "it is lost".to_owned(),
    };
    assert_eq!(check(&guest, "lost").await, broken);
    let unknown = tutorials::check(&guest.client, NAME, "nothing").await;
    assert_eq!(unknown.unwrap_err().kind, ProblemKind::NotFound);
    let unsolved = tutorials::solve(&guest.client, NAME, "slow").await;
    assert_eq!(unsolved.unwrap_err().kind, ProblemKind::NotFound);
}

#[tokio::test]
async fn one_check_at_a_time_runs_for_an_account() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let both = tokio::join!(check(&guest, "alone"), check(&guest, "alone"));
    let alone = || waiting("nobody else", None);
    assert_eq!(both, (alone(), alone()));
}

#[tokio::test]
async fn a_tutorial_is_prepared_once_and_says_why_it_was_not() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    shell.run("touch ~/refuse").await;
    let refused = tutorials::turn_to(&guest.client, NAME, 0)
        .await
        .unwrap_err();
    assert_eq!(refused.kind, ProblemKind::Invalid);
    assert_eq!(refused.detail.unwrap(), "nothing is prepared here\n");
    let progress = tutorials::progress(&guest.client, NAME).await.unwrap();
    assert_eq!(progress.begun_at, None);
    shell.run("rm ~/refuse").await;
    let (one, other) = tokio::join!(
        tutorials::turn_to(&guest.client, NAME, 0),
        tutorials::turn_to(&guest.client, NAME, 1),
    );
    one.unwrap();
    other.unwrap();
    let seen = shell.run("cat ~/prepared; ~/bin/greet.sh you").await;
    assert!(seen.contains("hello, you"), "{seen}");
    assert_eq!(seen.matches("ready").count(), 1, "{seen}");
}

#[tokio::test]
async fn a_task_is_done_by_what_the_product_did_since_the_tutorial_was_begun() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    make(&guest, WELL, "7-jre8").await;
    make(&guest, WELL, "8-jre8").await;
    assert_eq!(
        check(&guest, "promoted").await,
        waiting("It has not happened yet.", None)
    );
    let change = ChangeApplication {
        kind: DeploymentKind::Promote,
        version: "8-jre8".into(),
        expected_live: Some("7-jre8".into()),
        reason: None,
    };
    client::applications::change(&guest.client, "docker_tomcat", &change)
        .await
        .unwrap();
    until_live(&guest, "8-jre8").await;
    assert_eq!(check(&guest, "promoted").await, Checked::Passed);
    // begun anew, it is to be done anew
    tutorials::reset(&guest.client, NAME).await.unwrap();
    assert_eq!(
        check(&guest, "promoted").await,
        waiting("It has not happened yet.", None)
    );
}

/// Every tutorial that the product comes with can be done from its first step to its last, in the
/// sandbox that its readers have.
async fn is_done_as_written(name: &str) {
    let server =
        TestServer::with_cloud_and(|config| config.tutorials = "../tutorials".into()).await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let read = tutorials::read(&guest.client, name, "").await.unwrap();
    let steps = read.steps.len();
    let line = format!("mac tutorial test {name} --record verified.json; echo en''d=$?\r");
    shell.type_(&line).await;
    for step in 1..=steps {
        // none takes as long as all of them may
        shell.until(&format!("[{step}/{steps}]")).await;
    }
    shell.until("end=").await;
    let passed = format!("all of {steps} steps passed");
    assert!(shell.text.contains(&passed), "{}", shell.text);
    let record = client::files::text(&guest.client, "verified.json").await;
    let record = record.unwrap().unwrap();
    let now: Verifications = serde_json::from_str(&record).unwrap();
    note(name, &now[name], &read.fingerprint);
}

/// Where `cargo xtask verify` has it noted which tutorials can be done.
const NOTED: &str = "MANAGEACLOUD_VERIFIED";

/// Looks whether it was noted that a tutorial as it is now can be done; or notes it, if that is asked for.
fn note(name: &str, now: &Verification, fingerprint: &str) {
    assert_eq!(now.fingerprint, fingerprint);
    let versions = &now.verified.with;
    for program in ["mac", "aws", "azure"] {
        let found = versions.iter().find(|found| found.name == program);
        assert!(found.is_some(), "{program} is not among {versions:?}");
    }
    let asked = std::env::var_os(NOTED);
    let file = asked.clone().unwrap_or("../tutorials/verified.json".into());
    let text = std::fs::read_to_string(&file).unwrap_or("{}".into());
    let mut noted: Verifications = serde_json::from_str(&text).unwrap();
    if asked.is_some() {
        noted.insert(name.to_owned(), now.clone());
        let text = serde_json::to_string_pretty(&noted).unwrap() + "\n";
        std::fs::write(&file, text).unwrap();
    }
    let noted = noted.get(name).map(|noted| noted.fingerprint.as_str());
    let advice = "its folder has changed since it was verified: cargo xtask verify";
    assert_eq!(noted, Some(fingerprint), "{name}: {advice}");
}

#[tokio::test]
async fn the_first_lesson_is_done_as_it_is_written() {
    is_done_as_written("first").await;
}

#[tokio::test]
async fn blue_green_with_containers_is_done_as_it_is_written() {
    is_done_as_written("blue-green-containers").await;
}

#[tokio::test]
async fn from_the_console_to_the_command_line_is_done_as_it_is_written() {
    is_done_as_written("console-to-command-line").await;
}

#[tokio::test]
async fn azure_with_windows_servers_is_done_as_it_is_written() {
    is_done_as_written("azure-windows-servers").await;
}

#[tokio::test]
async fn zero_downtime_is_done_as_it_is_written() {
    is_done_as_written("zero-downtime").await;
}
