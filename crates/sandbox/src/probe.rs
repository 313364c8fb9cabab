//! How well this machine isolates, found by trying to break out, and to use more than is allowed.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    time::Duration,
};

use anyhow::Context as _;
use rustix::net::{AddressFamily, SocketType};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt as _;

use crate::{
    Machine, Outbound, Running, Spec, landlocked,
    launcher::Site,
    ownership,
    strain::strain,
    wire::{Role, Trial, Way},
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

/// What a trial found.
#[derive(Debug)]
struct Found {
    /// Ways out, in sentences.
    escapes: Vec<String>,
    /// Limits over the sandbox as a whole that did not hold, in sentences.
    unheld: Vec<String>,
}

/// Starts a sandbox that tries to break out, and strains another.
pub(crate) async fn run(site: &Site) -> Probe {
    let trial = tokio::time::timeout(TRIAL_TIMEOUT, attempt(site)).await;
    let trial = trial.unwrap_or_else(|_| Err(anyhow::anyhow!("the trial did not end in time")));
    match trial {
        Ok(found) => judge(found, ownership::owner(0)),
        Err(error) => landlocked::fall_back(site, advice(&error)).await,
    }
}

/// The level that a trial comes to; `owner` is the user id that a tenant would get.
fn judge(found: Found, owner: Option<u32>) -> Probe {
    let (level, missing) = if found.escapes.is_empty() {
        let uids = "no user id per tenant: the server is not root of this machine".to_owned();
        let uids = owner.is_none().then_some(uids);
        let missing: Vec<String> = found.unheld.into_iter().chain(uids).collect();
        match missing.as_slice() {
            [] => (Level::A, missing),
            [..] => (Level::B, missing),
        }
    } else {
        (Level::D, found.escapes)
    };
    Probe { level, missing }
}

fn advice(error: &anyhow::Error) -> String {
    format!(
        "no sandbox could be started ({error:#}): bubblewrap 0.8, nftables, iproute2 and user \
         namespaces are needed; in a container allow them with seccomp=unconfined and systempaths=unconfined"
    )
}

async fn attempt(site: &Site) -> anyhow::Result<Found> {
    let folder = site.run_dir().join(format!("probe-{}", std::process::id()));
    fs::create_dir_all(folder.join("home"))?;
    let (escapes, unheld) = tokio::join!(attempt_in(&folder, site), attempt_outside(&folder, site));
    fs::remove_dir_all(&folder)?;
    Ok(Found {
        escapes: escapes?,
        unheld: unheld?,
    })
}

/// Boots a machine with an outside, at which nobody answers, and strains it.
async fn attempt_outside(folder: &Path, site: &Site) -> anyhow::Result<Vec<String>> {
    let mut spec = Spec::new(["/bin/sleep", "infinity"], folder.join("home"), 0);
    spec.outbound = Some(Outbound {
        address: Ipv4Addr::new(192, 0, 2, 1), // of nobody: RFC 5737
        connections: folder.join("nobody"),
        names: folder.join("nobody"),
    });
    let console = folder.join("console");
    let prepared = site.prepare(spec, Role::Agent, Way::Namespaces)?;
    let booted = Machine::boot(prepared, File::create(&console)?).await;
    let machine = booted.with_context(|| fs::read_to_string(&console).unwrap_or_default())?;
    let unheld = match site.groups() {
        Ok(_) => strain(&machine).await,
        Err(reason) => Ok(vec![reason.to_owned()]),
    };
    machine.kill();
    machine.wait().await?;
    let broken = |error| vec![format!("limits over a sandbox as a whole: {error:#}")];
    Ok(unheld.unwrap_or_else(broken))
}

async fn attempt_in(folder: &Path, site: &Site) -> anyhow::Result<Vec<String>> {
    let file = folder.join("secret");
    fs::write(&file, "secret")?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let role = Role::Check(Trial {
        file,
        port: listener.local_addr()?.port(),
        surroundings: None,
    });
    let spec = Spec::new(["unused"], folder.join("home"), 0);
    let prepared = site.prepare(spec, role, Way::Namespaces)?;
    escapes(Running::start(prepared).await?).await
}

/// The sentences that a trial prints, which has to come to its end.
pub(crate) async fn escapes(mut running: Running) -> anyhow::Result<Vec<String>> {
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
    let around = trial.surroundings.as_ref();
    for sentence in around.map_or_else(Vec::new, |around| landlocked::worked(around, trial.port)) {
        println!("{sentence}");
    }
    println!("{DONE}");
    Ok(())
}

fn connects(address: impl Into<SocketAddr>) -> bool {
    TcpStream::connect_timeout(&address.into(), CONNECT_TIMEOUT).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{Found, Level, judge};

    fn found(escapes: &[&str], unheld: &[&str]) -> Found {
        let owned = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect();
        Found {
            escapes: owned(escapes),
            unheld: owned(unheld),
        }
    }

    #[test]
    fn the_best_level_needs_limits_that_hold_and_a_user_id_for_each_tenant() {
        let level = |found, owner| judge(found, owner).level;
        assert_eq!(level(found(&[], &[]), Some(1)), Level::A);
        assert_eq!(level(found(&[], &[]), None), Level::B);
        assert_eq!(level(found(&[], &["memory"]), Some(1)), Level::B);
        assert_eq!(level(found(&["a way out"], &[]), Some(1)), Level::D);
    }

    #[test]
    fn what_is_missing_is_said_except_where_nothing_is() {
        let missing = |found, owner| judge(found, owner).missing.join("; ");
        assert_eq!(missing(found(&[], &[]), Some(1)), "");
        let both = missing(found(&[], &["memory"]), None);
        assert!(both.starts_with("memory; no user id"), "{both}");
        assert_eq!(missing(found(&["a way out"], &["x"]), None), "a way out");
    }
}
