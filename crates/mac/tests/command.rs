//! The command as a person meets it.

use std::path::Path;
use std::process::{Command, Output};

/// Nobody listens on port 1.
const NOBODY: &str = "http://127.0.0.1:1/";

fn mac(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mac"))
        .args(arguments)
        .current_dir(home)
        .env("HOME", home)
        .env("MAC_BASE_URL", NOBODY)
        .output()
        .expect("mac can be started")
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("it prints UTF-8")
}

#[test]
fn it_says_its_version() {
    let home = tempfile::tempdir().unwrap();
    let output = mac(home.path(), &["--version"]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "mac 1.1.0\n");
}

#[test]
fn without_a_token_it_says_how_to_sign_in_and_exits_with_2() {
    let home = tempfile::tempdir().unwrap();
    let output = mac(home.path(), &["infrastructure", "list"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(told(&output), "mac: nobody is signed in\ntype: mac login\n");
}

#[test]
fn a_slip_in_a_macfile_is_told_before_the_server_is_asked() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(
        home.path().join("demo.macfile"),
        "mac: 1\nname: demo\nversion: '{VERSION}'\ndescription: d\ninfrastructures: {}\n",
    )
    .unwrap();
    let output = mac(home.path(), &["-s", "infrastructure", "macfile"]);
    assert_eq!(output.status.code(), Some(11));
    let told = told(&output);
    assert!(
        told.contains("line 3, column 11: the parameter VERSION has no value"),
        "{told}"
    );
}

#[test]
fn a_server_that_does_not_answer_is_named() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(
        home.path().join(".manageacloud"),
        "[auth]\nuser = a\napikey = b\n",
    )
    .unwrap();
    let output = mac(home.path(), &["instance", "list"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(told(&output).contains(NOBODY), "{}", told(&output));
}
