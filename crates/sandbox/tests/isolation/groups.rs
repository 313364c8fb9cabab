//! Limits over a sandbox as a whole, where this machine lets tests make control groups.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use sandbox::{Launcher, Level, Spec};
use tokio::io::AsyncReadExt as _;

use crate::launch::{self, Ground};

/// What must be limited.
const CONTROLLERS: [&str; 3] = ["memory", "pids", "cpu"];
/// Where groups are mounted on Debian.
const MOUNTED: &str = "/sys/fs/cgroup";

/// Four processes of 40 MiB each at a time; prints how many of them came to have it, and have it yet once
/// the last has: one may be ended for the sake of another.
const FOUR: &str = "
import subprocess, sys
hold = 'import sys; x = b\\'x\\' * (40 << 20); print(1, flush=True); sys.stdin.read(); print(1)'
pipe = subprocess.PIPE
all = [subprocess.Popen([sys.executable, '-c', hold], stdin=pipe, stdout=pipe) for _ in range(4)]
for one in all: one.stdout.readline()
print(sum(one.communicate()[0] == b'1\\n' for one in all))
";

/// Where this process may make groups: a place for each controller, or one for all, which is its own.
fn roots() -> Vec<PathBuf> {
    let apart = CONTROLLERS.map(|controller| PathBuf::from(MOUNTED).join(controller));
    if apart.iter().all(|folder| folder.exists()) {
        return apart.to_vec();
    }
    let own = fs::read_to_string("/proc/self/cgroup").unwrap();
    let own = own.trim().trim_start_matches("0::/").to_owned();
    // a launcher moves its process one down
    let own = own.trim_end_matches("manageacloud-server");
    vec![PathBuf::from(MOUNTED).join(own)]
}

/// Whether this process may limit groups, found out without what is tested.
pub fn are_writable() -> bool {
    let name = format!("manageacloud-test-{}", uuid());
    let is_writable = |root: &PathBuf| {
        let folder = root.join(&name);
        fs::create_dir(&folder).is_ok() && fs::remove_dir(folder).is_ok()
    };
    sandbox::owner(0).is_some()
        && roots()
            .iter()
            .all(|root| is_writable(root) && is_given(root))
}

/// Whether a group of version 2 is this process's alone, with all that is needed; nothing to know of
/// others.
fn is_given(root: &Path) -> bool {
    let read = |file: &str| fs::read_to_string(root.join(file));
    let Ok(controllers) = read("cgroup.controllers") else {
        return true;
    };
    let has = |wanted: &&str| controllers.split_whitespace().any(|one| one == *wanted);
    let own = std::process::id().to_string();
    let members = read("cgroup.procs").unwrap();
    CONTROLLERS.iter().all(has) && members.lines().all(|member| member == own)
}

fn uuid() -> String {
    let word = fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap();
    word.trim().to_owned()
}

/// The groups that this process made for a ground, in all hierarchies; of nobody else.
pub fn groups_of(ground: &Ground) -> Vec<PathBuf> {
    use std::os::unix::fs::MetadataExt as _;
    let facts = fs::metadata(ground.folder.path()).unwrap();
    let server = format!("manageacloud/{}-{}", facts.dev(), facts.ino());
    let mut all = Vec::new();
    for root in roots() {
        for tenant in folders(root.join(&server)) {
            all.extend(folders(tenant));
        }
    }
    all
}

fn folders(of: PathBuf) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths.filter(|path| path.is_dir()).collect()
}

#[tokio::test]
async fn a_fork_bomb_does_not_reach_the_next_sandbox_of_the_same_tenant() {
    let ground = Ground::new().await;
    if ground.launcher.level().level != Level::A {
        return;
    }
    // with no limit on each user's processes: the group's alone
    let mut bomb = ground.bash(1, "b() { b | b & }; b 2>/dev/null; echo lit; sleep 60");
    bomb.limits.processes = 200;
    let mut running = ground.launcher.spawn(bomb).await.unwrap();
    let mut out = running.stdout.take().unwrap();
    assert_eq!(out.read_u8().await.unwrap(), b'l');
    let ended = ground
        .run(ground.bash(1, "for i in 1 2 3; do /bin/true; done; echo well"))
        .await;
    assert_eq!(ended.stdout, "well\n", "{}", ended.stderr);
    running.kill().await.unwrap();
    drop(running);
    launch::until("its group is gone", || groups_of(&ground).is_empty()).await;
}

#[tokio::test]
async fn memory_is_limited_over_all_processes_and_what_lies_in_memory() {
    let ground = Ground::new().await;
    if ground.launcher.level().level != Level::A {
        return;
    }
    let limited = |script: &str| {
        let mut spec: Spec = ground.bash(1, script);
        spec.limits.memory_bytes = 100 << 20;
        spec
    };
    // each alone may have so much
    let one = "head -c 40M /dev/zero | tail -c 40M | wc -c";
    let ended = ground.run(limited(one)).await;
    assert_eq!(ended.stdout, "41943040\n", "{}", ended.stderr);
    let mut four = limited("");
    four.argv = ["/usr/bin/python3", "-c", FOUR].map(str::to_owned).to_vec();
    let ended = ground.run(four).await;
    let held: u32 = ended.stdout.trim().parse().unwrap();
    assert!((1..4).contains(&held), "{held} {}", ended.stderr);
    // 60 MiB are less than the folder holds
    let file = "head -c 60M /dev/zero > /tmp/a && head -c 60M /dev/zero | tail -c 60M | wc -c";
    let ended = ground.run(limited(file)).await;
    assert!(!ended.stdout.contains("62914560"), "{}", ended.stdout);
}

#[tokio::test]
async fn a_group_goes_with_its_sandbox_and_with_what_that_left_running() {
    let ground = Ground::new().await;
    if ground.launcher.level().level != Level::A {
        return;
    }
    launch::until("what was tried at first is gone", || {
        groups_of(&ground).is_empty()
    })
    .await;
    let script = "setsid sleep 600 >/dev/null 2>&1 & echo on; sleep 600";
    let mut running = ground.launcher.spawn(ground.bash(1, script)).await.unwrap();
    let mut out = running.stdout.take().unwrap();
    assert_eq!(out.read_u8().await.unwrap(), b'o');
    let groups = groups_of(&ground);
    assert_eq!(groups.len(), roots().len(), "{groups:?}");
    for group in &groups {
        // bubblewrap twice, both programs, and what starts them unless it has become one of them
        let members = fs::read_to_string(group.join("cgroup.procs")).unwrap();
        let count = members.lines().count();
        assert!((3..=6).contains(&count), "{}: {members}", group.display());
    }
    drop(running);
    launch::until("its group is gone", || groups_of(&ground).is_empty()).await;
}

#[tokio::test]
async fn all_sandboxes_of_a_launcher_are_ended_at_once() {
    let ground = Ground::new().await;
    if ground.launcher.level().level != Level::A {
        return;
    }
    let mut all = Vec::new();
    for tenant in 1..4 {
        let script = "echo on; sleep 600";
        let spec = ground.bash(tenant, script);
        let mut running = ground.launcher.spawn(spec).await.unwrap();
        let mut out = running.stdout.take().unwrap();
        assert_eq!(out.read_u8().await.unwrap(), b'o');
        all.push(running);
    }
    ground.launcher.clear().await;
    assert_eq!(groups_of(&ground), Vec::<PathBuf>::new());
    for mut running in all {
        assert!(!running.wait().await.unwrap().success());
    }
}

#[tokio::test]
async fn what_a_killed_launcher_left_is_removed_by_the_next_and_not_while_it_lives() {
    let ground = Ground::new().await;
    if ground.launcher.level().level != Level::A {
        return;
    }
    ground.home(1);
    fs::rename(ground.home(1), ground.folder.path().join("home")).unwrap();
    let mut launcher = std::process::Command::new(env!("CARGO_BIN_EXE_sandbox-helper"))
        .arg("launch")
        .arg(ground.folder.path())
        .arg("touch begun; sleep 600")
        .spawn()
        .unwrap();
    let begun = ground.folder.path().join("home/begun");
    launch::until("it runs", || begun.exists()).await;
    let again = async || {
        let run_dir = ground.folder.path().join("run");
        Launcher::new(env!("CARGO_BIN_EXE_sandbox-helper"), run_dir)
            .await
            .unwrap()
    };
    let next = again().await;
    launch::until("only what lives is there", || {
        groups_of(&ground).len() == roots().len()
    })
    .await;
    drop(next);
    launcher.kill().unwrap();
    launcher.wait().unwrap();
    assert_eq!(groups_of(&ground).len(), roots().len(), "nobody came yet");
    let _next = again().await;
    launch::until("it is gone", || groups_of(&ground).is_empty()).await;
}
