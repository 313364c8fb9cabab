//! The helper outside: hears what to run, joins its control groups, makes the network, gives up root,
//! becomes bubblewrap. Without namespaces it stays root, and looks after what it starts.

use std::{
    convert::Infallible,
    fs,
    io::IsTerminal as _,
    os::{fd::AsFd, unix::net::UnixStream},
    path::Path,
};

use anyhow::Context as _;
use nix::{
    sched::{CloneFlags, unshare},
    unistd::{getgid, getuid},
};
use rustix::process::{DumpableBehavior, set_dumpable_behavior};

use crate::{
    Spec, bubblewrap, cgroups,
    descriptors::send_descriptors,
    landlocked, network, ownership,
    stage::{Sources, become_tenant},
    wire::{self, Begin, Hello, Way},
};

/// Becomes a sandbox, or what looks after one; returns only when that fails.
///
/// Call it before any thread is started: the kernel makes no user namespace otherwise.
pub fn run(control: &Path) -> anyhow::Result<()> {
    take_terminal();
    let asked = wire::ask(control, Hello::Exec).context("ask what to run")?;
    let (Begin { spec, groups, way }, stream) = asked;
    cgroups::join(&groups).context("join the control groups")?;
    match way {
        Way::Namespaces => match become_sandbox(control, &spec, stream.get_ref())? {},
        Way::Landlock => {
            settle(&spec)?;
            std::process::exit(landlocked::supervise(control, stream.get_ref())?)
        }
    }
}

fn become_sandbox(
    control: &Path,
    spec: &Spec,
    launcher: &UnixStream,
) -> anyhow::Result<Infallible> {
    let helper = std::env::current_exe().context("find this program")?;
    let mut sources = Sources::of(spec, control, helper);
    if let Some(tenant) = ownership::owner(spec.tenant) {
        settle(spec)?;
        sources = sources.stage().context("stage the mounts")?;
        become_tenant(tenant)?;
    }
    enter_network()?;
    let sockets = network::open(spec)?;
    let borrowed: Vec<_> = sockets.iter().map(AsFd::as_fd).collect();
    send_descriptors(launcher, wire::GRANTED, &borrowed).context("hand out the listeners")?;
    bubblewrap::exec(spec, &sources)
}

/// Gives its folders to its tenant.
fn settle(spec: &Spec) -> anyhow::Result<()> {
    let own = spec.folders.iter().map(|folder| &folder.source);
    for folder in own.chain([&spec.home]) {
        ownership::settle(folder, spec.tenant).context("give its folders to its tenant")?;
    }
    Ok(())
}

/// Enters a network that belongs to a user namespace in which nobody will hold a capability.
fn enter_network() -> anyhow::Result<()> {
    let (uid, gid) = (getuid(), getgid());
    // A process that changed its user may otherwise not write its own maps.
    set_dumpable_behavior(DumpableBehavior::Dumpable)?;
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)
        .context("make a user and a network namespace")?;
    fs::write("/proc/self/setgroups", "deny").context("write setgroups")?;
    fs::write("/proc/self/uid_map", format!("{uid} {uid} 1")).context("write uid_map")?;
    fs::write("/proc/self/gid_map", format!("{gid} {gid} 1")).context("write gid_map")
}

/// Makes the terminal on its input, if there is one, the controlling one of a new session.
fn take_terminal() {
    let input = std::io::stdin();
    if input.is_terminal() {
        // Both fail when whoever started this has done it already, which is as good.
        rustix::process::setsid().ok();
        rustix::process::ioctl_tiocsctty(&input).ok();
    }
}
