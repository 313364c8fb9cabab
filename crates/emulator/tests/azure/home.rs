//! Somebody's home, with the genuine `azure` command line in it.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    time::Duration,
};

use emulator::Credentials;
use tempfile::TempDir;
use tokio::{process::Command, time};

use crate::rig::toolbox;

/// A change takes three of the command line's starts at most, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A home folder of an account's.
pub struct Home {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// How a command ended, and what it wrote on both streams.
#[derive(Debug)]
pub struct Ran {
    pub is_well: bool,
    pub text: String,
}

/// What the repository adds to the command line.
pub fn additions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../toolbox/azure")
}

/// The command line colours its words wherever it writes them.
fn without_colours(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.split_once('m').map_or(part, |(_, rest)| rest));
    rest.fold(first, |all, part| all + part)
}

impl Home {
    /// A home in which nobody has signed in yet.
    pub fn new(account: &Credentials) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let command_line = toolbox().join("azure/node_modules/azure-cli/bin/azure");
        let wrapper = format!(
            "#!/bin/sh\nexec node --require {} {} \"$@\"\n",
            additions().join("polls.cjs").display(),
            command_line.display()
        );
        fs::create_dir(folder.path().join("bin")).unwrap();
        let azure = folder.path().join("bin/azure");
        fs::write(&azure, wrapper).unwrap();
        fs::set_permissions(&azure, fs::Permissions::from_mode(0o755)).unwrap();
        fs::copy(additions().join("npm"), folder.path().join("bin/npm")).unwrap();
        symlink(toolbox().join("bin/az"), folder.path().join("bin/az")).unwrap();
        Self {
            variables: variables(account),
            folder,
        }
    }

    /// Writes a file in it.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// With another value of a variable.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(own, _)| *own != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs a line of `az`, and reads the JSON that it writes.
    pub async fn az(&self, line: &str) -> serde_json::Value {
        let said = self
            .ok(&format!("az {line} --only-show-errors --output json"))
            .await;
        serde_json::from_str(&said).unwrap_or_else(|_| panic!("az {line}: {said}"))
    }

    /// A home as it is when it is made: somebody is signed in.
    pub fn signed_in(account: &Credentials) -> Self {
        let mut home = Self::new(account);
        fs::create_dir(home.folder.path().join(".azure")).unwrap();
        for (path, text) in account.files() {
            if path.starts_with(".azure") {
                fs::write(home.folder.path().join(path), text).unwrap();
            }
        }
        home.variables
            .retain(|(name, _)| *name != "AZURE_CONSOLE_TOKENS");
        home
    }

    /// Runs a line of shell.
    pub async fn run(&self, line: &str) -> Ran {
        let mut path = self.folder.path().join("bin").display().to_string();
        path.push_str(":/usr/local/bin:/usr/bin:/bin");
        let output = Command::new("/bin/bash")
            .args(["-c", line])
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.folder.path())
            .envs(self.variables.iter().cloned())
            .kill_on_drop(true)
            .output();
        let output = time::timeout(PATIENCE, output).await.unwrap().unwrap();
        let text = [output.stdout, output.stderr].concat();
        Ran {
            is_well: output.status.success(),
            text: without_colours(&String::from_utf8_lossy(&text)),
        }
    }

    /// Runs a line that must end well, and returns what it wrote.
    pub async fn ok(&self, line: &str) -> String {
        let ran = self.run(line).await;
        assert!(ran.is_well, "{line}: {}", ran.text);
        ran.text
    }

    /// Runs a line that must not end well, and returns what it wrote.
    pub async fn refused(&self, line: &str) -> String {
        let ran = self.run(line).await;
        assert!(!ran.is_well, "{line}: {}", ran.text);
        ran.text
    }

    /// Runs a line again until it says something.
    pub async fn until(&self, line: &str, wanted: &str) -> String {
        let said = async {
            loop {
                let text = self.ok(line).await;
                if text.contains(wanted) {
                    return text;
                }
            }
        };
        let waited = time::timeout(PATIENCE, said).await;
        waited.unwrap_or_else(|_| panic!("{line} never says {wanted:?}"))
    }
}

/// The environment of an account's sandbox, with where things are outside of it.
fn variables(account: &Credentials) -> Vec<(String, String)> {
    let mut spec = sandbox::Spec::new(["true"], "/", 0);
    let plain = spec.env.clone();
    account.furnish(&mut spec);
    let mut outside: Vec<_> = spec
        .inlets
        .iter()
        .map(|inlet| inlet.listen.port().to_string())
        .zip([
            &account.azure_endpoint,
            &account.az.as_ref().unwrap().endpoint,
        ])
        .map(|(port, endpoint)| {
            let scheme = endpoint.split("://").next().unwrap();
            (format!("{scheme}://127.0.0.1:{port}"), endpoint.clone())
        })
        .collect();
    let mounts = spec.mounts.iter();
    outside.extend(mounts.map(|mount| {
        let path = |path: &Path| path.display().to_string();
        (path(&mount.target), path(&mount.source))
    }));
    spec.env.retain(|variable| !plain.contains(variable));
    let placed = |value: String| {
        let swap = |value: String, (inside, there): &(String, String)| value.replace(inside, there);
        outside.iter().fold(value, swap)
    };
    let variables = spec.env.into_iter();
    variables
        .map(|(name, value)| (name, placed(value)))
        .collect()
}
