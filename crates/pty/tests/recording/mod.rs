//! Terminals that are recorded by a host with real shells.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::{path::PathBuf, time::Duration};

use pty::{
    Record,
    recording::{Recording, search},
};
use shared::terminal::PageFrame;

use crate::page::{Ground, Page};

const PATIENCE: Duration = Duration::from_secs(30);

fn record(folder: PathBuf) -> Record {
    Record {
        name: "one".into(),
        folder,
        most_bytes: 16 << 20,
    }
}

async fn type_(page: &mut Page, number: u32, bytes: &[u8]) {
    page.send(PageFrame::Input { number, bytes }).await;
}

fn written(recording: &Recording) -> String {
    let (_, bytes) = recording.read(0, 1 << 20).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn what_is_written_from_one_moment_to_another_is_recorded_and_never_what_is_typed() {
    let ground = Ground::new().await;
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("one");
    let script =
        "stty -echo; echo ready; read a; echo one; read b; echo two; read c; echo three; read d";
    ground.bash("t", script).await;
    let mut page = ground.page("t").await;
    page.attach(0, 0).await;
    page.read_until("ready").await;
    ground
        .host
        .record("t", record(place.clone()))
        .await
        .unwrap();
    let again = ground
        .host
        .record("t", record(folder.path().join("two")))
        .await;
    assert_eq!(
        again.unwrap_err().to_string(),
        "the terminals' host refused: this terminal is recorded already"
    );
    let listed = ground.host.list().await.unwrap();
    assert_eq!(listed[0].recording.as_ref().unwrap().name, "one");
    type_(&mut page, 1, b"a-secret\r").await;
    page.read_until("one").await;
    let (name, at_ms, offset) = ground.host.mark("t", [5; 16]).await.unwrap();
    type_(&mut page, 2, b"\r").await;
    page.read_until("two").await;
    ground.host.stop_recording("t").await.unwrap();
    type_(&mut page, 3, b"\r").await;
    page.read_until("three").await;
    assert!(ground.host.list().await.unwrap()[0].recording.is_none());
    let recording = Recording::open(&place).unwrap();
    assert_eq!(written(&recording), "one\r\ntwo\r\n");
    assert!(recording.has_ended());
    assert_eq!(name, "one");
    let begun = recording.start();
    assert!((begun + 3..=begun + 5).contains(&offset), "{offset}");
    let found = search(&recording, "two", 1).unwrap();
    assert!(found[0].at_ms >= at_ms, "{found:?}, marked at {at_ms}");
    assert_eq!(search(&recording, "secret", 1).unwrap(), []);
    assert_eq!(search(&recording, "ready", 1).unwrap()[0].at_ms, 0);
}

#[tokio::test]
async fn a_recording_ends_with_its_shell_and_says_how_that_ended() {
    let ground = Ground::new().await;
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("one");
    ground.bash("t", "read word; echo last words; exit 7").await;
    ground
        .host
        .record("t", record(place.clone()))
        .await
        .unwrap();
    let mut page = ground.page("t").await;
    page.attach(0, 0).await;
    type_(&mut page, 1, b"\r").await;
    assert_eq!(page.exit().await, 7);
    let ended = async {
        while ground.host.list().await.unwrap()[0].recording.is_some() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.unwrap();
    let recording = Recording::open(&place).unwrap();
    assert!(written(&recording).ends_with("last words\r\n"));
    let last = recording.play().last().unwrap().unwrap();
    assert_eq!(last.what, pty::recording::What::End(Some(7)));
    let refused = ground
        .host
        .record("t", record(folder.path().join("two")))
        .await;
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .ends_with("this terminal is over")
    );
}

#[tokio::test]
async fn all_that_a_flood_writes_is_recorded_in_parts() {
    let ground = Ground::new().await;
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("one");
    ground
        .bash("t", "read go; seq 1 900000; echo the-end; read _")
        .await;
    ground
        .host
        .record("t", record(place.clone()))
        .await
        .unwrap();
    let mut page = ground.page("t").await;
    page.attach(0, 0).await;
    type_(&mut page, 1, b"\r").await;
    drop(page);
    let written = async {
        loop {
            let recording = Recording::open(&place).unwrap();
            if !search(&recording, "the-end", 1).unwrap().is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, written).await.unwrap();
    ground.host.stop_recording("t").await.unwrap();
    let recording = Recording::open(&place).unwrap();
    let (mut at, mut all) = (0, Vec::new());
    loop {
        let (begin, bytes) = recording.read(at, 1 << 20).unwrap();
        if bytes.is_empty() {
            break;
        }
        at = begin + bytes.len() as u64;
        all.extend(bytes);
    }
    let wanted: String = (1..=900_000).map(|n| format!("{n}\r\n")).collect();
    let text = String::from_utf8(all).unwrap();
    if recording.missing().is_empty() {
        assert!(text.contains(&wanted), "{} of {}", text.len(), wanted.len());
    }
    assert!(
        recording.stored_bytes < wanted.len() as u64,
        "{}",
        recording.stored_bytes
    );
}
