//! What a launcher says of a machine without namespaces.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::{fs, path::Path, process::Command};

use sandbox::{Error, Launcher, Level, Probe};

use crate::{
    contained::{TENANT, contained},
    launch::set_mode,
};

const HELPER: &str = env!("CARGO_BIN_EXE_sandbox-helper");

#[test]
fn a_machine_without_namespaces_is_at_level_c_and_says_what_that_lacks() {
    contained(
        "levels::a_machine_without_namespaces_is_at_level_c_and_says_what_that_lacks",
        async |ground| {
            let found = ground.launcher.level();
            assert_eq!(found.level, Level::C);
            assert!(
                found.missing[0].contains("user namespaces are needed"),
                "{found:?}"
            );
            let rest = found.missing[1..].join("; ");
            for lack in [
                "no emulated instances",
                "no names",
                "no limit on the memory",
            ] {
                assert!(rest.contains(lack), "{lack}: {rest}");
            }
        },
    );
}

#[test]
fn a_machine_is_refused_in_words() {
    contained("levels::a_machine_is_refused_in_words", async |ground| {
        let console = fs::File::create(ground.folder.path().join("console")).unwrap();
        let booted = ground
            .launcher
            .boot(ground.bash(TENANT, "true"), console)
            .await;
        let Err(Error::Disabled(why)) = booted else {
            panic!("{booted:?}")
        };
        assert!(why.contains("a machine needs namespaces"), "{why}");
    });
}

#[test]
fn a_closed_folder_above_a_home_is_named() {
    contained(
        "levels::a_closed_folder_above_a_home_is_named",
        async |ground| {
            let spec = ground.bash(TENANT, "true");
            assert_eq!(ground.run(spec.clone()).await.code, Some(0));
            set_mode(ground.folder.path(), 0o700);
            let Err(Error::Start(why)) = ground.launcher.spawn(spec).await else {
                panic!("it started")
            };
            assert!(
                why.contains(ground.folder.path().to_str().unwrap()),
                "{why}"
            );
            let again = Launcher::new(HELPER, ground.folder.path().join("run"))
                .await
                .unwrap();
            let found = again.level();
            assert_eq!(found.level, Level::D);
            let why = format!("the folder {} is closed", ground.folder.path().display());
            assert!(found.missing.join("; ").contains(&why), "{found:?}");
        },
    );
}

#[test]
fn an_ordinary_user_is_told_that_level_c_needs_root() {
    let folder = tempfile::tempdir().unwrap();
    set_mode(folder.path(), 0o777);
    let helper = folder.path().join("helper");
    fs::copy(HELPER, &helper).unwrap();
    set_mode(&helper, 0o755);
    let mut command = Command::new(HELPER);
    command.arg("contained");
    if sandbox::owner(0).is_some() {
        let user = ["--reuid=65534", "--regid=65534", "--clear-groups"];
        command.arg("setpriv").args(user);
    }
    let found = found(command.arg(&helper), folder.path());
    assert_eq!(found.level, Level::D);
    assert!(
        found.missing[0].contains("user namespaces are needed"),
        "{found:?}"
    );
    assert!(
        found.missing[1].contains("needs a server that is root"),
        "{found:?}"
    );
}

#[test]
fn a_kernel_without_landlock_is_refused_with_both_reasons() {
    let folder = tempfile::tempdir().unwrap();
    set_mode(folder.path(), 0o711);
    let mut command = Command::new(HELPER);
    command.args(["contained-without-landlock", HELPER]);
    let found = found(&mut command, folder.path());
    assert_eq!(found.level, Level::D);
    assert!(
        found.missing[0].contains("user namespaces are needed"),
        "{found:?}"
    );
    let second = match sandbox::owner(0) {
        Some(_) => "landlock of Linux 6.12 or newer (ABI 6) is needed",
        None => "needs a server that is root",
    };
    assert!(found.missing[1].contains(second), "{found:?}");
}

/// What a launcher of this program finds.
fn found(program: &mut Command, folder: &Path) -> Probe {
    let output = program.arg("level").arg(folder).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).expect(&complaint)
}
