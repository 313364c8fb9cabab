//! How well this machine isolates, found by trying to break out.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    time::Duration,
};

use anyhow::Context as _;
use rustix::net::{AddressFamily, SocketType};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt as _;

use crate::{
    Outbound, Prepared, Running, Spec, ownership,
    wire::{Role, Trial},
};

/// How long an attempt to connect may hang.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long the whole trial may take.
const TRIAL_TIMEOUT: Duration = Duration::from_secs(60);
/// Where clouds keep the secrets of a machine.
const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);
/// The line that ends a trial that was carried out.
const DONE: &str = "done";

/// How well this machine isolates, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    /// Namespaces, seccomp, a user id per tenant, and limits on a sandbox as a whole.
    A,
    /// Namespaces, seccomp, and limits on each process of a sandbox.
    B,
    /// No namespaces: landlock, seccomp, and a user id per tenant.
    C,
    /// Nothing that would do: sandboxes are disabled.
    D,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// The level.
    pub level: Level,
    /// What is missing for a better one, in sentences for the operator.
    pub missing: Vec<String>,
}

/// Starts a sandbox that tries to break out.
pub(crate) async fn run(helper: &Path, run_dir: &Path) -> Probe {
    let trial = tokio::time::timeout(TRIAL_TIMEOUT, attempt(helper, run_dir)).await;
    match trial.unwrap_or_else(|_| Err(anyhow::anyhow!("the trial did not end in time"))) {
        Ok(escapes) if escapes.is_empty() => Probe {
            level: Level::B,
            missing: missing_for_a(),
        },
        Ok(escapes) => Probe {
            level: Level::D,
            missing: escapes,
        },
        Err(error) => Probe {
            level: Level::D,
            missing: vec![advice(&error)],
        },
    }
}

fn missing_for_a() -> Vec<String> {
    let mut missing =
        vec!["no limit on the memory and processor time of a sandbox as a whole".to_owned()];
    if ownership::owner(0).is_none() {
        missing.push("no user id per tenant: the server is not root of this machine".to_owned());
    }
    missing
}

fn advice(error: &anyhow::Error) -> String {
    format!(
        "no sandbox could be started ({error:#}): bubblewrap 0.8, nftables, iproute2 and user \
         namespaces are needed; in a container allow them with seccomp=unconfined and systempaths=unconfined"
    )
}

async fn attempt(helper: &Path, run_dir: &Path) -> anyhow::Result<Vec<String>> {
    let folder = run_dir.join(format!("probe-{}", std::process::id()));
    fs::create_dir_all(folder.join("home"))?;
    let escapes = attempt_in(&folder, helper, run_dir).await;
    let outside = attempt_outside(&folder, helper, run_dir).await;
    fs::remove_dir_all(&folder)?;
    outside.and(escapes)
}

/// Starts a sandbox with an outside, at which nobody answers.
async fn attempt_outside(folder: &Path, helper: &Path, run_dir: &Path) -> anyhow::Result<()> {
    let mut spec = Spec::new(["/bin/true"], folder.join("home"), 0);
    spec.outbound = Some(Outbound {
        address: Ipv4Addr::new(192, 0, 2, 1), // of nobody: RFC 5737
        connections: folder.join("nobody"),
        names: folder.join("nobody"),
    });
    let running = Running::start(Prepared::new(helper, run_dir, spec, Role::Replace)?);
    let mut running = running.await?;
    let mut said = String::new();
    let mut stderr = running.stderr.take().context("no errors")?;
    stderr.read_to_string(&mut said).await?;
    let status = running.wait().await?;
    anyhow::ensure!(status.success(), "{status}: {}", said.trim());
    Ok(())
}

async fn attempt_in(folder: &Path, helper: &Path, run_dir: &Path) -> anyhow::Result<Vec<String>> {
    let file = folder.join("secret");
    fs::write(&file, "secret")?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let role = Role::Check(Trial {
        file,
        port: listener.local_addr()?.port(),
    });
    let spec = Spec::new(["unused"], folder.join("home"), 0);
    let mut running = Running::start(Prepared::new(helper, run_dir, spec, role)?).await?;
    let (mut out, mut err) = (String::new(), String::new());
    let (stdout, stderr) = (running.stdout.take(), running.stderr.take());
    let (mut stdout, mut stderr) = (stdout.context("no output")?, stderr.context("no errors")?);
    tokio::try_join!(
        stdout.read_to_string(&mut out),
        stderr.read_to_string(&mut err)
    )?;
    let status = running.wait().await?;
    let mut escapes: Vec<String> = out.lines().map(str::to_owned).collect();
    let is_done = escapes.pop().as_deref() == Some(DONE);
    anyhow::ensure!(is_done && status.success(), "{status}: {}", err.trim());
    Ok(escapes)
}

/// Inside: tries to break out and prints what worked, one sentence a line.
pub(crate) fn print_escapes(trial: &Trial) -> anyhow::Result<()> {
    let attempts = [
        (
            fs::read(&trial.file).is_ok(),
            "a file of the host can be read",
        ),
        (
            connects((METADATA, 80)),
            "the host's metadata service can be reached",
        ),
        (
            connects((Ipv4Addr::LOCALHOST, trial.port)),
            "a loopback port of the host can be reached",
        ),
        (
            rustix::net::socket(AddressFamily::VSOCK, SocketType::STREAM, None).is_ok(),
            "a socket to the hypervisor can be made",
        ),
        (
            nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWUSER).is_ok(),
            "a user namespace can be made",
        ),
        (
            nix::unistd::setuid(0.into()).is_ok(),
            "the user can become root",
        ),
        (
            fs::write("/usr/escape", "").is_ok(),
            "the host's programs can be written",
        ),
    ];
    for (_, sentence) in attempts.iter().filter(|(worked, _)| *worked) {
        println!("{sentence}");
    }
    println!("{DONE}");
    Ok(())
}

fn connects(address: impl Into<SocketAddr>) -> bool {
    TcpStream::connect_timeout(&address.into(), CONNECT_TIMEOUT).is_ok()
}
