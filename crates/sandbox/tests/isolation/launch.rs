//! A launcher on a temporary folder.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use sandbox::{Command, Launcher, Outcome, Spec};
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;

/// A launcher, and the homes of its tenants.
pub struct Ground {
    pub folder: TempDir,
    pub launcher: Launcher,
}

/// A command that ended.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ground {
    pub async fn new() -> Self {
        Self::on(tempfile::tempdir().unwrap()).await
    }

    /// A ground whose folder lets other users through, as sandboxes without namespaces need it.
    pub async fn walkable() -> Self {
        let folder = tempfile::tempdir().unwrap();
        set_mode(folder.path(), 0o711);
        Self::on(folder).await
    }

    async fn on(folder: TempDir) -> Self {
        let helper = env!("CARGO_BIN_EXE_sandbox-helper");
        let launcher = Launcher::new(helper, folder.path().join("run"))
            .await
            .unwrap();
        Self { folder, launcher }
    }

    pub fn home(&self, tenant: u32) -> PathBuf {
        let home = self.folder.path().join(format!("home-{tenant}"));
        fs::create_dir_all(&home).unwrap();
        home
    }

    pub fn bash(&self, tenant: u32, script: &str) -> Spec {
        Spec::new(["/bin/bash", "-c", script], self.home(tenant), tenant)
    }

    pub async fn run(&self, spec: Spec) -> Ended {
        let mut running = self.launcher.spawn(spec).await.unwrap();
        let (mut stdout, mut stderr) = (String::new(), String::new());
        let (mut out, mut err) = (
            running.stdout.take().unwrap(),
            running.stderr.take().unwrap(),
        );
        tokio::try_join!(
            out.read_to_string(&mut stdout),
            err.read_to_string(&mut stderr)
        )
        .unwrap();
        Ended {
            code: running.wait().await.unwrap().code(),
            stdout,
            stderr,
        }
    }
}

pub fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// What a command of a workplace wrote on both streams, and how it ended.
pub async fn ended(mut command: Command) -> (String, String, Outcome) {
    let (mut stdout, mut stderr) = command.streams();
    let (mut out, mut err) = (String::new(), String::new());
    tokio::try_join!(
        stdout.read_to_string(&mut out),
        stderr.read_to_string(&mut err)
    )
    .unwrap();
    (out, err, command.wait().await.unwrap())
}

/// How many processes have these words among their arguments.
pub fn processes_with(words: &str) -> usize {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    let lines = lines.filter(|line| line.starts_with(b"sleep\0"));
    lines
        .filter(|line| String::from_utf8_lossy(line).contains(words))
        .count()
}

/// Waits until it is so.
pub async fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what} took too long");
        tokio::task::yield_now().await;
    }
}
