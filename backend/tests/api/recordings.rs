//! Recordings, through the real server, its terminals' host and a real shell.

use std::{path::PathBuf, time::Duration};

use client::recordings;
use shared::{
    DeploymentState, Page, ProblemKind, Recording, RecordingId, RecordingState,
    recording::MomentKind,
};

use crate::{
    hosts,
    infrastructures::ended,
    server::{Guest, TestServer},
    shell::{PATIENCE, Shell},
};

/// A version whose making ends well.
const MACFILE: &str = "mac: 1
name: files
version: '7'
description: a file
resources:
  file:
    create bash: echo hello
infrastructures:
  file_01:
    resource: file
";

fn folder(server: &TestServer, guest: &Guest, id: RecordingId) -> PathBuf {
    let folders = backend::config::Folders::of(server.data.path());
    folders.recordings(guest.account.id).join(id.to_string())
}

/// All that was written, as the API has it.
async fn written(guest: &Guest, recording: &Recording) -> Vec<u8> {
    let (mut at, mut all) = (0, Vec::new());
    loop {
        let data = recordings::data(&guest.client, recording.id, at)
            .await
            .unwrap();
        if data.bytes.is_empty() {
            return all;
        }
        at = data.offset + data.bytes.len() as u64;
        all.extend(data.bytes);
    }
}

async fn until(guest: &Guest, id: RecordingId, is_it: impl Fn(&Recording) -> bool) -> Recording {
    let seen = async {
        loop {
            let recording = recordings::by_id(&guest.client, id).await.unwrap();
            if is_it(&recording) {
                return recording;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, seen).await.unwrap()
}

#[tokio::test]
async fn what_a_terminal_writes_is_recorded_from_start_to_stop_and_is_the_same_as_a_cast() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let id = shell.terminal.id;
    shell.run("echo before-it").await;
    let begun = recordings::start(&guest.client, id).await.unwrap();
    assert_eq!(begun.state, RecordingState::Recording);
    assert_eq!(begun.terminal, "Terminal 1");
    assert_eq!((begun.cols, begun.rows), (200, 50));
    let again = recordings::start(&guest.client, id).await.unwrap_err();
    assert_eq!(again.title, "this terminal is recorded already");
    shell
        .run("printf 'b\\303\\266se \\342\\230\\203 \\\"quoted\\\"\\n'; seq 3000")
        .await;
    shell
        .type_("stty -echo; echo no''w; read secret; stty echo\r")
        .await;
    shell.until("now").await;
    shell.type_("hunter2-typed\r").await;
    shell.run("echo in-it").await;
    let recording = recordings::stop(&guest.client, id).await.unwrap();
    shell.run("echo after-it").await;
    assert_eq!(recording.state, RecordingState::Ended);
    assert_eq!(
        (recording.missing_bytes, recording.reason.as_deref()),
        (0, None)
    );
    assert!(recording.bytes > 10_000 && recording.stored_bytes < 3 * recording.bytes);

    let bytes = written(&guest, &recording).await;
    assert_eq!(bytes.len() as u64, recording.bytes);
    let text = String::from_utf8(bytes).unwrap();
    assert!(
        text.contains("böse ☃ \"quoted\"\r\n1\r\n2\r\n") && text.contains("in-it"),
        "{text}"
    );
    for not in ["before-it", "hunter2", "after-it"] {
        assert!(!text.contains(not), "{not} in {text}");
    }

    let cast = recordings::cast(&guest.client, recording.id).await.unwrap();
    let mut lines = cast.lines();
    let head: serde_json::Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!(
        (&head["version"], &head["term"]["cols"]),
        (&3.into(), &200.into())
    );
    let begun_s = head["timestamp"].as_i64().unwrap();
    assert!(
        (begun_s - recording.started_at.unix_ms() / 1000).abs() <= 1,
        "{head}"
    );
    let events: Vec<(f64, String, String)> = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        events
            .iter()
            .all(|(interval, code, _)| *interval >= 0.0 && "orx".contains(code))
    );
    let output: Vec<&str> = events
        .iter()
        .filter(|(_, code, _)| code == "o")
        .map(|(_, _, data)| data.as_str())
        .collect();
    assert!(
        output[0].contains("before-it"),
        "the screen at its beginning: {:?}",
        output[0]
    );
    assert_eq!(output[1..].concat(), text);
    let total: f64 = events.iter().map(|(interval, ..)| interval).sum();
    assert!(
        (total * 1000.0).round() as u64 <= recording.duration_ms,
        "{total} s"
    );

    let address = server.url(&shared::paths::recording_cast(recording.id));
    let answer = reqwest::Client::new()
        .get(address)
        .header("cookie", &guest.cookie);
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/x-asciicast");
    let named = answer.headers()["content-disposition"].to_str().unwrap();
    assert!(
        named.starts_with("attachment; filename=\"terminal-1-20"),
        "{named}"
    );

    // the folder is for the server alone
    let place = folder(&server, &guest, recording.id);
    let mode = |path: &std::path::Path| {
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions())
            & 0o777
    };
    let above = place.parent().unwrap();
    assert_eq!(
        [&place, above, above.parent().unwrap()].map(mode),
        [0o700; 3]
    );
    recordings::remove(&guest.client, recording.id)
        .await
        .unwrap();
    assert!(!place.exists());
    assert_eq!(recordings::list(&guest.client).await.unwrap().total, 0);
}

#[tokio::test]
async fn a_text_is_found_with_its_time_and_the_screen_of_then_shows_it() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let id = shell.terminal.id;
    recordings::start(&guest.client, id).await.unwrap();
    shell.run("printf 'the \\033[1mne\\033[0medle\\n'").await;
    // it is gone from the screen at the end
    shell.run("seq 2000; clear").await;
    let recording = recordings::stop(&guest.client, id).await.unwrap();
    let found = recordings::search(&guest.client, recording.id, "The Needle")
        .await
        .unwrap();
    let hit = found
        .items
        .iter()
        .find(|hit| hit.line == "the needle")
        .unwrap();
    assert!(hit.at_ms <= recording.duration_ms);
    let then = recordings::screen(&guest.client, recording.id, hit.offset)
        .await
        .unwrap();
    assert_eq!((then.offset, then.cols, then.rows), (hit.offset, 200, 50));
    let drawn = String::from_utf8(then.bytes).unwrap();
    assert!(drawn.contains("edle"), "{drawn}");
    let end = recordings::screen(&guest.client, recording.id, u64::MAX >> 11)
        .await
        .unwrap();
    assert!(!String::from_utf8(end.bytes).unwrap().contains("edle"));

    recordings::start(&guest.client, id).await.unwrap();
    shell.run("echo something else").await;
    recordings::stop(&guest.client, id).await.unwrap();
    assert_eq!(recordings::list(&guest.client).await.unwrap().total, 2);
    let with = recordings::with_text(&guest.client, "needle")
        .await
        .unwrap();
    assert_eq!(
        with.items.iter().map(|one| one.id).collect::<Vec<_>>(),
        [recording.id]
    );
    assert!(!with.items[0].hits.is_empty());
    assert_eq!(
        recordings::with_text(&guest.client, "haystack")
            .await
            .unwrap()
            .total,
        0
    );
}

#[tokio::test]
async fn a_stranger_finds_no_recording_of_another() {
    let server = TestServer::new().await;
    let (owner, stranger) = (server.guest().await, server.guest().await);
    let shell = Shell::open(&server, &owner).await;
    let terminal = shell.terminal.id;
    let refused = recordings::start(&stranger.client, terminal)
        .await
        .unwrap_err();
    assert_eq!(refused.kind, ProblemKind::NotFound);
    let id = recordings::start(&owner.client, terminal).await.unwrap().id;
    let there = &stranger.client;
    let all = [
        recordings::stop(there, terminal).await.err(),
        recordings::by_id(there, id).await.err(),
        recordings::data(there, id, 0).await.err(),
        recordings::screen(there, id, 0).await.err(),
        recordings::index(there, id).await.err(),
        recordings::cast(there, id).await.err(),
        recordings::search(there, id, "a").await.err(),
        recordings::remove(there, id).await.err(),
    ];
    for refused in all {
        assert_eq!(refused.unwrap().kind, ProblemKind::NotFound);
    }
    assert_eq!(recordings::list(there).await.unwrap().total, 0);
    let still = recordings::by_id(&owner.client, id).await.unwrap();
    assert_eq!(still.state, RecordingState::Recording);
}

#[tokio::test]
async fn a_deployment_that_is_begun_in_a_terminal_is_linked_with_its_recording() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let id = shell.terminal.id;
    let write = format!(
        "cat > files.macfile <<'END'\r{}END\r",
        MACFILE.replace('\n', "\r")
    );
    shell.type_(&write).await;
    recordings::start(&guest.client, id).await.unwrap();
    let seen = shell.run("mac infrastructure macfile files.macfile").await;
    assert!(seen.contains("end=0"), "{seen}");
    let deployments: Page<_> = client::deployments::list(&guest.client).await.unwrap();
    let deployment = deployments.items[0].clone();
    let deployment = ended(&guest, deployment).await;
    assert_eq!(deployment.state, DeploymentState::Succeeded);
    let recording = recordings::stop(&guest.client, id).await.unwrap();
    let [begun] = recording.deployments.as_slice() else {
        panic!("{recording:?}");
    };
    assert_eq!(begun.id, deployment.id);
    assert_eq!(begun.title, "make files 7");
    assert!(begun.at_ms <= recording.duration_ms);
    let of = recordings::of_deployment(&guest.client, deployment.id)
        .await
        .unwrap();
    assert_eq!(of.items.len(), 1);
    let index = recordings::index(&guest.client, recording.id)
        .await
        .unwrap();
    let mark = MomentKind::Mark(deployment.id.into_bytes());
    let mark = index.iter().find(|moment| moment.kind == mark).unwrap();
    assert_eq!((mark.at_ms, mark.offset), (begun.at_ms, begun.offset));
    let cast = recordings::cast(&guest.client, recording.id).await.unwrap();
    assert!(cast.contains("\"m\", \"make files 7\"]"), "{cast}");

    // one of another account's terminals says nothing
    let stranger = server.guest().await;
    let forged = stranger.client.clone().in_terminal(id.to_string());
    recordings::start(&guest.client, id).await.unwrap();
    let asked = shared::CreateInfrastructure {
        macfile: MACFILE.into(),
        ..shared::CreateInfrastructure::default()
    };
    client::infrastructures::create(&forged, &asked)
        .await
        .unwrap();
    let recording = recordings::stop(&guest.client, id).await.unwrap();
    assert_eq!(recording.deployments, []);
}

#[tokio::test]
async fn a_recording_whose_host_is_killed_has_what_was_written_before() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let id = shell.terminal.id;
    let recording = recordings::start(&guest.client, id).await.unwrap();
    shell.run("echo a-last-word").await;
    let found = async {
        let text = "a-last-word";
        while recordings::search(&guest.client, recording.id, text)
            .await
            .unwrap()
            .total
            == 0
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, found).await.unwrap();
    let socket = hosts::sockets(&server).remove(0);
    let host = std::os::unix::net::UnixStream::connect(socket).unwrap();
    let host = rustix::net::sockopt::socket_peercred(&host).unwrap().pid;
    rustix::process::kill_process(host, rustix::process::Signal::KILL).unwrap();
    let is_over = |recording: &Recording| recording.state == RecordingState::Interrupted;
    let recording = until(&guest, recording.id, is_over).await;
    assert!(
        recording
            .reason
            .unwrap()
            .contains("The process that held the terminal ended")
    );
    let text = "a-last-word";
    let found = recordings::search(&guest.client, recording.id, text)
        .await
        .unwrap();
    assert!(found.total > 0);
    let cast = recordings::cast(&guest.client, recording.id).await.unwrap();
    assert!(cast.contains("a-last-word"));
}

#[tokio::test]
async fn a_recording_ends_with_its_terminal_and_outlives_it() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let recording = recordings::start(&guest.client, shell.terminal.id)
        .await
        .unwrap();
    shell.type_("echo the end; exit 4\r").await;
    let is_over = |recording: &Recording| recording.state == RecordingState::Ended;
    until(&guest, recording.id, is_over).await;
    let cast = recordings::cast(&guest.client, recording.id).await.unwrap();
    assert!(cast.ends_with("\"x\", \"4\"]\n"), "{cast}");
    client::terminals::end(&guest.client, shell.terminal.id)
        .await
        .unwrap();

    let shell = Shell::open(&server, &guest).await;
    let ended_with = recordings::start(&guest.client, shell.terminal.id)
        .await
        .unwrap();
    client::terminals::end(&guest.client, shell.terminal.id)
        .await
        .unwrap();
    until(&guest, ended_with.id, is_over).await;
    assert_eq!(recordings::list(&guest.client).await.unwrap().total, 2);
}

#[tokio::test]
async fn there_is_room_for_so_many_and_a_long_one_keeps_its_first_and_its_last() {
    let server = TestServer::with(|config| {
        config.recordings.most_bytes = 256 << 10;
        config.recordings.account_bytes = 600 << 10;
    })
    .await;
    let guest = server.guest().await;
    let mut first = Shell::open(&server, &guest).await;
    let second = Shell::open(&server, &guest).await;
    let third = Shell::open(&server, &guest).await;
    recordings::start(&guest.client, first.terminal.id)
        .await
        .unwrap();
    recordings::start(&guest.client, second.terminal.id)
        .await
        .unwrap();
    let refused = recordings::start(&guest.client, third.terminal.id)
        .await
        .unwrap_err();
    assert_eq!(refused.kind, ProblemKind::LimitReached);
    let why = "there is no room for another recording: 1 MiB of 1 MiB are taken, and one may take 1 MiB; \
               remove one, or stop one";
    assert_eq!(refused.title, why);
    recordings::stop(&guest.client, second.terminal.id)
        .await
        .unwrap();
    recordings::start(&guest.client, third.terminal.id)
        .await
        .unwrap();
    first
        .run("echo the-first-word; seq 300000; echo the-last-word")
        .await;
    let long = recordings::stop(&guest.client, first.terminal.id)
        .await
        .unwrap();
    let kept = written(&guest, &long).await;
    assert!(kept.len() <= 256 << 10, "{}", kept.len());
    assert_eq!(long.bytes - long.missing_bytes, kept.len() as u64);
    for word in ["the-first-word", "the-last-word"] {
        let found = recordings::search(&guest.client, long.id, word)
            .await
            .unwrap();
        assert!(found.total > 0, "{word}");
    }
}

#[tokio::test]
async fn what_is_old_is_removed_and_so_is_all_of_an_account_that_is() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let shell = Shell::open(&server, &guest).await;
    let recording = recordings::start(&guest.client, shell.terminal.id)
        .await
        .unwrap();
    let recording = {
        recordings::stop(&guest.client, shell.terminal.id)
            .await
            .unwrap();
        recordings::by_id(&guest.client, recording.id)
            .await
            .unwrap()
    };
    let kept_ms = recording.kept_until.unwrap().unix_ms() - recording.ended_at.unwrap().unix_ms();
    assert_eq!(kept_ms, 30 * 24 * 60 * 60 * 1000);
    let underway = recordings::start(&guest.client, shell.terminal.id)
        .await
        .unwrap();
    let place = folder(&server, &guest, underway.id);
    let above = place.parent().unwrap().to_owned();
    assert!(place.exists() && folder(&server, &guest, recording.id).exists());
    client::accounts::remove(&guest.client).await.unwrap();
    let removed = async {
        while above.exists() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, removed).await.unwrap();
    let pool = server.pool().await;
    let left: i64 = sqlx::query_scalar("select count(*) from recording")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(left, 0);
}
