//! Becomes a process of an unmodified container: root that can make no namespaces.

use std::{
    collections::BTreeMap, convert::Infallible, fs, os::unix::process::CommandExt as _,
    process::Command,
};

use anyhow::Context as _;
use nix::{
    libc,
    mount::{MsFlags, mount},
    sched::{CloneFlags, unshare},
};
use rustix::thread::{CapabilitySet, remove_capability_from_bounding_set};
use seccompiler::{
    SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// All flags that make namespaces.
const NAMESPACES: [i32; 7] = [
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
];

/// The capabilities that Docker leaves to a container's root.
const KEPT: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETPCAP)
    .union(CapabilitySet::NET_BIND_SERVICE)
    .union(CapabilitySet::NET_RAW)
    .union(CapabilitySet::SYS_CHROOT)
    .union(CapabilitySet::MKNOD)
    .union(CapabilitySet::AUDIT_WRITE)
    .union(CapabilitySet::SETFCAP);

/// What a container is like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Control groups are read only.
    Plain,
    /// They are as on this machine.
    WithGroups,
    /// The kernel knows nothing of landlock besides.
    WithoutLandlock,
}

/// Runs a program as in a container.
pub fn run(kind: Kind, words: &[String]) -> anyhow::Result<Infallible> {
    if nix::unistd::geteuid().is_root() {
        if kind != Kind::WithGroups {
            close_groups().context("mount the control groups read only")?;
        }
        for capability in CapabilitySet::all().difference(KEPT).iter() {
            remove_capability_from_bounding_set(capability).ok(); // an older kernel has fewer
        }
    }
    refuse().context("refuse namespaces")?;
    if kind == Kind::WithoutLandlock {
        let rules = [(libc::SYS_landlock_create_ruleset, vec![])];
        apply(rules.into(), libc::ENOSYS).context("refuse landlock")?;
    }
    let (program, arguments) = words.split_first().context("nothing to run")?;
    Err(Command::new(program).args(arguments).exec().into())
}

fn close_groups() -> anyhow::Result<()> {
    let none = None::<&str>;
    unshare(CloneFlags::CLONE_NEWNS)?;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)?;
    let mounts = fs::read_to_string("/proc/self/mountinfo")?;
    for line in mounts.lines().filter(|line| line.contains(" - cgroup")) {
        let at = line.split(' ').nth(4).context("no mount point")?;
        let flags = MsFlags::MS_REMOUNT | MsFlags::MS_BIND | MsFlags::MS_RDONLY;
        mount(none, at, none, flags, none)?;
    }
    Ok(())
}

/// What Docker's own list of system calls refuses to whoever has no `CAP_SYS_ADMIN`.
fn refuse() -> anyhow::Result<()> {
    let flag = |flag: i32| {
        let bit = u64::from(flag.cast_unsigned());
        let is = SeccompCmpOp::MaskedEq(bit);
        let condition = SeccompCondition::new(0, SeccompCmpArgLen::Dword, is, bit)?;
        SeccompRule::new(vec![condition])
    };
    let flags = || {
        NAMESPACES
            .iter()
            .map(|one| flag(*one))
            .collect::<Result<Vec<_>, _>>()
    };
    let all = [libc::SYS_mount, libc::SYS_umount2, libc::SYS_setns];
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = all.map(|call| (call, vec![])).into();
    for call in [libc::SYS_unshare, libc::SYS_clone] {
        rules.insert(call, flags()?);
    }
    apply(rules, libc::EPERM)?;
    apply([(libc::SYS_clone3, vec![])].into(), libc::ENOSYS)
}

fn apply(rules: BTreeMap<i64, Vec<SeccompRule>>, errno: i32) -> anyhow::Result<()> {
    let refuse = SeccompAction::Errno(errno.cast_unsigned());
    let target = std::env::consts::ARCH.try_into()?;
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, target)?;
    let program: seccompiler::BpfProgram = filter.try_into()?;
    Ok(seccompiler::apply_filter(&program)?)
}
