//! The helper outside: hears what to run, joins its control groups, makes the network, gives up root,
//! becomes bubblewrap.

use std::{convert::Infallible, fs, io::IsTerminal as _, os::fd::AsFd, path::Path};

use anyhow::Context as _;
use nix::{
    sched::{CloneFlags, unshare},
    unistd::{getgid, getuid},
};
use rustix::process::{DumpableBehavior, set_dumpable_behavior};

use crate::{
    bubblewrap, cgroups,
    descriptors::send_descriptors,
    network, ownership,
    stage::{Sources, become_tenant},
    wire::{self, Begin, Hello},
};

/// Becomes a sandbox; returns only when that fails.
///
/// Call it before any thread is started: the kernel makes no user namespace otherwise.
pub fn run(control: &Path) -> anyhow::Result<()> {
    match become_sandbox(control)? {}
}

fn become_sandbox(control: &Path) -> anyhow::Result<Infallible> {
    take_terminal();
    let asked = wire::ask(control, Hello::Exec).context("ask what to run")?;
    let (Begin { spec, groups }, stream) = asked;
    cgroups::join(&groups).context("join the control groups")?;
    let helper = std::env::current_exe().context("find this program")?;
    let mut sources = Sources::of(&spec, control, helper);
    if let Some(tenant) = ownership::owner(spec.tenant) {
        let own = spec.folders.iter().map(|folder| &folder.source);
        for folder in own.chain([&spec.home]) {
            ownership::settle(folder, spec.tenant).context("give its folders to its tenant")?;
        }
        sources = sources.stage().context("stage the mounts")?;
        become_tenant(tenant)?;
    }
    enter_network()?;
    let sockets = network::open(&spec)?;
    let borrowed: Vec<_> = sockets.iter().map(AsFd::as_fd).collect();
    send_descriptors(stream.get_ref(), wire::GRANTED, &borrowed)
        .context("hand out the listeners")?;
    bubblewrap::exec(&spec, &sources)
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
