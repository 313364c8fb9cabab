//! What is left of a sandbox without namespaces once it ends: nothing.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::{fs, path::Path, process::Command, time::Duration};

use sandbox::{Running, Spec};
use tokio::io::AsyncReadExt as _;

use crate::{
    contained::{TENANT, contained, contained_with_groups},
    groups,
    launch::{Ground, processes_with, until},
};

/// Tenants whose limit of processes is reached.
const BOMBER: u32 = TENANT + 10;
const LIMITED: u32 = TENANT + 11;
/// One that comes and goes.
const HASTY: u32 = TENANT + 12;

/// A number of seconds that no other process sleeps for.
fn marker(number: u32) -> String {
    format!("98765{number}.{}", std::process::id())
}

/// Leaves its session and its parent, as daemons do.
fn daemon(marker: &str) -> String {
    format!("(setsid nohup sh -c 'sleep {marker} & sleep {marker} & wait' >/dev/null 2>&1 &)")
}

/// The numbers of a tenant's processes.
fn processes_of(tenant: u32) -> String {
    let user = sandbox::owner(tenant).unwrap().to_string();
    let found = Command::new("pgrep").args(["-u", &user]).output().unwrap();
    String::from_utf8(found.stdout).unwrap()
}

/// Whether any process has this folder among its arguments, as what starts a sandbox has.
fn is_named(folder: &Path) -> bool {
    let found = Command::new("pgrep")
        .arg("-f")
        .arg(folder)
        .output()
        .unwrap();
    found.status.success()
}

async fn begun(ground: &Ground, spec: Spec) -> Running {
    let mut running = ground.launcher.spawn(spec).await.unwrap();
    let mut stdout = running.stdout.take().unwrap();
    assert_eq!(stdout.read_u8().await.unwrap(), b'o');
    running
}

#[test]
fn daemons_end_with_their_sandbox_and_others_of_the_same_tenant_stay() {
    contained(
        "leftovers::daemons_end_with_their_sandbox_and_others_of_the_same_tenant_stay",
        async |ground| {
            let (left, other) = (marker(1), marker(2));
            let script = |marker: &str| format!("{}; echo on; sleep 600", daemon(marker));
            let running = begun(&ground, ground.bash(TENANT, &script(&left))).await;
            let stays = begun(&ground, ground.bash(TENANT, &script(&other))).await;
            until("they run", || {
                processes_with(&left) == 2 && processes_with(&other) == 2
            })
            .await;
            drop(running);
            until("it is gone", || processes_with(&left) == 0).await;
            assert_eq!(processes_with(&other), 2);
            drop(stays);
            until("all is gone", || processes_with(&other) == 0).await;
        },
    );
}

#[test]
fn daemons_end_when_a_program_ends_or_is_killed() {
    contained(
        "leftovers::daemons_end_when_a_program_ends_or_is_killed",
        async |ground| {
            let (first, second) = (marker(3), marker(4));
            let script = format!("{}; read -t 0.2 <> <(:); exit 3", daemon(&first));
            let ended = ground.run(ground.bash(TENANT, &script)).await;
            assert_eq!((ended.code, processes_with(&first)), (Some(3), 0));
            let script = format!("{}; echo on; sleep 600", daemon(&second));
            let mut running = begun(&ground, ground.bash(TENANT, &script)).await;
            until("they run", || processes_with(&second) == 2).await;
            running.kill().await.unwrap();
            assert_eq!(processes_with(&second), 0);
        },
    );
}

#[test]
fn a_fork_bomb_ends_with_its_sandbox() {
    contained(
        "leftovers::a_fork_bomb_ends_with_its_sandbox",
        async |ground| {
            let script = "b() { b | b & }; b 2>/dev/null; echo on; sleep 600";
            let mut running = begun(&ground, ground.bash(BOMBER, script)).await;
            running.kill().await.unwrap();
            assert_eq!(processes_of(BOMBER), "");
        },
    );
}

#[test]
fn what_commands_of_a_workplace_leave_ends_with_it() {
    contained(
        "leftovers::what_commands_of_a_workplace_leave_ends_with_it",
        async |ground| {
            let left = marker(5);
            let place = ground
                .launcher
                .workplace(ground.bash(TENANT, ""))
                .await
                .unwrap();
            let script = format!("{}; sleep 600", daemon(&left));
            let command = place.run(&["/bin/bash", "-c", &script], "/home/user").await;
            until("they run", || processes_with(&left) == 2).await;
            let mut command = command.unwrap();
            let (mut stdout, _) = command.streams();
            drop(command);
            // its own group has ended, and the daemons are in none of its
            stdout.read_to_string(&mut String::new()).await.unwrap();
            assert_eq!(processes_with(&left), 2);
            drop(place);
            until("they are gone", || processes_with(&left) == 0).await;
        },
    );
}

#[test]
fn a_killed_launcher_leaves_nothing() {
    contained(
        "leftovers::a_killed_launcher_leaves_nothing",
        async |ground| {
            ground.home(TENANT);
            fs::rename(ground.home(TENANT), ground.folder.path().join("home")).unwrap();
            let left = marker(6);
            let mut launcher = Command::new(env!("CARGO_BIN_EXE_sandbox-helper"))
                .arg("launch")
                .arg(ground.folder.path())
                .arg(format!("{}; sleep {left}", daemon(&left)))
                .arg(TENANT.to_string())
                .spawn()
                .unwrap();
            until("they run", || processes_with(&left) == 3).await;
            launcher.kill().unwrap();
            launcher.wait().unwrap();
            until("they are gone", || processes_with(&left) == 0).await;
        },
    );
}

#[test]
fn a_sandbox_has_a_group_where_groups_can_be_made() {
    contained_with_groups(
        "leftovers::a_sandbox_has_a_group_where_groups_can_be_made",
        async |ground| {
            if !groups::are_writable() {
                let missing = ground.launcher.level().missing.join("; ");
                assert!(missing.contains("no limit on the memory"), "{missing}");
                return;
            }
            let left = marker(7);
            let script = format!("{}; echo on; sleep 600", daemon(&left));
            let running = begun(&ground, ground.bash(TENANT, &script)).await;
            assert!(!groups::groups_of(&ground).is_empty());
            drop(running);
            until("all is gone", || {
                processes_with(&left) == 0 && groups::groups_of(&ground).is_empty()
            })
            .await;
        },
    );
}

#[test]
fn a_sandbox_that_is_dropped_while_it_starts_leaves_nothing() {
    contained(
        "leftovers::a_sandbox_that_is_dropped_while_it_starts_leaves_nothing",
        async |ground| {
            let script = format!("{}; sleep 600", daemon(&marker(8)));
            for milliseconds in 0..20 {
                let spec = ground.bash(HASTY, &script);
                let running = ground.launcher.spawn(spec).await.unwrap();
                // at any moment of its start
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
                drop(running);
            }
            tokio::task::yield_now().await;
            until("all is gone", || {
                processes_of(HASTY).is_empty() && !is_named(ground.folder.path())
            })
            .await;
        },
    );
}

#[test]
fn limits_hold() {
    contained("leftovers::limits_hold", async |ground| {
        // a shell that does not try again
        let script = "exec sh -c 'for i in $(seq 1 60); do sleep 60 & done; echo all'";
        let mut spec = ground.bash(LIMITED, script);
        spec.limits.processes = 24;
        let ended = ground.run(spec).await;
        assert!(ended.stderr.contains("Cannot fork"), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
        let mut spec = ground.bash(LIMITED, "head -c 3M /dev/zero > large; stat -c %s large");
        spec.limits.file_bytes = 1 << 20;
        let ended = ground.run(spec).await;
        assert_eq!(ended.stdout, "1048576\n", "{}", ended.stderr);
        let mut spec = ground.bash(
            777_004,
            "head -c 90M /dev/zero | tail -c 80M | wc -c; ulimit -n",
        );
        spec.limits.data_bytes = 64 << 20;
        spec.limits.open_files = 99;
        let ended = ground.run(spec).await;
        assert!(!ended.stdout.contains("83886080"), "{}", ended.stdout);
        assert!(ended.stdout.ends_with("99\n"), "{}", ended.stdout);
    });
}
