//! Tests as they would run in an unmodified container: as root that can make no namespaces.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::process::Command;

use sandbox::Level;

use crate::launch::Ground;

/// One whose user nobody else runs anything as: without namespaces a user's processes are limited, of
/// all sandboxes together.
pub const TENANT: u32 = 765_432;

/// Set for a test that runs in such a process.
const MARK: &str = "MANAGEACLOUD_TEST_IS_CONTAINED";

/// Runs the test of this name again where no namespaces and no control groups can be made.
pub fn contained(name: &str, body: impl AsyncFnOnce(Ground)) {
    within("contained", name, body);
}

/// The same with the control groups that this machine lets tests make.
pub fn contained_with_groups(name: &str, body: impl AsyncFnOnce(Ground)) {
    within("contained-with-groups", name, body);
}

fn within(how: &str, name: &str, body: impl AsyncFnOnce(Ground)) {
    if std::env::var_os(MARK).is_some() {
        return carry_out(body);
    }
    let output = Command::new(env!("CARGO_BIN_EXE_sandbox-helper"))
        .arg(how)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(MARK, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let has_run = said.contains("test result: ok. 1 passed");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && has_run, "{said}{complaint}");
}

#[tokio::main(flavor = "current_thread")]
async fn carry_out(body: impl AsyncFnOnce(Ground)) {
    let ground = Ground::walkable().await;
    let found = ground.launcher.level();
    if sandbox::owner(0).is_some() {
        assert_eq!(found.level, Level::C, "{found:?}");
        return body(ground).await;
    }
    // there is nothing else to test: each test finds out that much
    assert_eq!(found.level, Level::D);
    assert!(
        found
            .missing
            .join(" ")
            .contains("needs a server that is root"),
        "{found:?}"
    );
    eprintln!("not root: only that level C needs it was tested");
}
