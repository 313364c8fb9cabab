//! Commands that write a lot.

use shared::{CreateInfrastructure, Deployment, DeploymentState};

use crate::{
    crash::Killable,
    infrastructures::ended,
    server::{Guest, TestServer},
};

/// 100 MB on each stream, in lines of 80 characters.
const LOUD: &str = "
mac: 1.0.8
name: loud
version: '1'
description: a command that says a lot
resources:
  loud:
    create bash: >-
      line=$(printf 'x%.0s' {1..79});
      yes \"$line\" | head -c 100000000 & yes \"$line\" | head -c 100000000 >&2; wait;
      echo the last words
infrastructures:
  loud_01: {resource: loud}
";

/// A value of `/proc/PID/status`, in kilobytes.
fn kilobytes(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// The seventh defect of the original: more than a pipe holds hung it for ever.
#[tokio::test]
async fn a_hundred_megabytes_neither_hang_nor_stay_in_memory() {
    let server = Killable::start(TestServer::unstarted().await, false).await;
    let guest = server.seen.guest().await;
    // what a server needs for its first command is not what a loud one costs
    let quiet = LOUD
        .replace("name: loud", "name: quiet")
        .replace("100000000", "10");
    assert_eq!(made(&guest, &quiet).await.state, DeploymentState::Succeeded);
    let before = kilobytes(server.pid(), "VmRSS");
    std::fs::write(format!("/proc/{}/clear_refs", server.pid()), "5").unwrap(); // forgets the peak
    let made = made(&guest, LOUD).await;
    assert_eq!(made.state, DeploymentState::Succeeded, "{made:?}");
    let grown = kilobytes(server.pid(), "VmHWM").saturating_sub(before);
    assert!(grown < 20_000, "memory grew by {grown} kB");
    let log = last_lines(&guest, made.id).await;
    assert!(
        log.iter()
            .any(|line| line.contains("lines are left out here")),
        "{log:?}"
    );
    assert!(log.iter().any(|line| line == "the last words"), "{log:?}");
    server.stop().await;
}

async fn made(guest: &Guest, macfile: &str) -> Deployment {
    let asked = CreateInfrastructure {
        macfile: macfile.into(),
        ..CreateInfrastructure::default()
    };
    let made = client::infrastructures::create(&guest.client, &asked)
        .await
        .unwrap();
    ended(guest, made).await
}

/// The last part of a log.
async fn last_lines(guest: &Guest, id: shared::DeploymentId) -> Vec<String> {
    let (mut after, mut last) = (0, Vec::new());
    loop {
        let page = client::deployments::log(&guest.client, id, after, 0)
            .await
            .unwrap();
        let Some(line) = page.lines.last() else {
            return last;
        };
        after = line.seq;
        last.extend(page.lines.into_iter().map(|line| line.text));
        let old = last.len().saturating_sub(500);
        last.drain(..old);
    }
}
