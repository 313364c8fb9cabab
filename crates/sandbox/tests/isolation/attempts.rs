//! What a program tries in a sandbox without namespaces, and outside of any.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::process::{Command, Output};

use crate::{contained::TENANT, launch::Ground};

/// Whether something works, in Python.
pub fn program(attempt: &str) -> String {
    format!(
        "import errno, os, socket, ctypes, signal\n\
         def call(name, *arguments):\n\
         \tlibrary = ctypes.CDLL(None, use_errno=True)\n\
         \tif getattr(library, name)(*arguments) < 0: raise OSError(ctypes.get_errno(), name)\n\
         try:\n\t{attempt}\n\tprint('worked')\n\
         except OSError as error: print(errno.errorcode[error.errno])\n"
    )
}

fn text(output: &Output) -> String {
    let both = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&both).trim().to_owned()
}

/// A command of the tenant's user, outside of any sandbox.
pub fn as_tenant(words: &[&str]) -> Command {
    let user = sandbox::owner(TENANT).unwrap();
    let mut command = Command::new("setpriv");
    command
        .args([format!("--reuid={user}"), format!("--regid={user}")])
        .arg("--clear-groups")
        .args(words)
        .current_dir("/");
    command
}

fn outside(attempt: &str) -> String {
    let program = program(attempt);
    text(
        &as_tenant(&["/usr/bin/python3", "-c", &program])
            .output()
            .unwrap(),
    )
}

pub async fn inside(ground: &Ground, attempt: &str) -> String {
    let mut spec = ground.bash(TENANT, "");
    spec.argv = vec!["/usr/bin/python3".into(), "-c".into(), program(attempt)];
    let ended = ground.run(spec).await;
    format!("{}{}", ended.stdout, ended.stderr)
        .trim()
        .to_owned()
}

/// Attempts that work outside and are refused inside, each with its error.
pub async fn all_refused(ground: &Ground, attempts: &[(&str, &str)]) {
    for (attempt, error) in attempts {
        assert_eq!(outside(attempt), "worked", "outside: {attempt}");
        assert_eq!(inside(ground, attempt).await, *error, "inside: {attempt}");
    }
}
