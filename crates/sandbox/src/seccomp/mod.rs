//! The system calls that a sandbox may not make.
//!
//! Three programs, for each has one answer: `EPERM`, `ENOSYS` (so that the C library falls
//! back) and `EAFNOSUPPORT`. What is not named stays allowed; another architecture is killed.
//! Two more are for sandboxes without namespaces.

mod unshared;

use std::collections::BTreeMap;

use anyhow::Context as _;
use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Width, SeccompCmpOp as Is, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, sock_filter,
};

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Calls that nothing in a sandbox needs.
#[rustfmt::skip]
const FORBIDDEN: &[i64] = &[
    libc::SYS_setns, libc::SYS_mount, libc::SYS_umount2, libc::SYS_pivot_root, libc::SYS_chroot,
    libc::SYS_fsopen, libc::SYS_fsconfig, libc::SYS_fsmount, libc::SYS_fspick, libc::SYS_move_mount,
    libc::SYS_open_tree, libc::SYS_mount_setattr, libc::SYS_keyctl, libc::SYS_add_key,
    libc::SYS_request_key, libc::SYS_bpf, libc::SYS_perf_event_open, libc::SYS_userfaultfd,
    libc::SYS_kexec_load, libc::SYS_kexec_file_load, libc::SYS_init_module, libc::SYS_finit_module,
    libc::SYS_delete_module, libc::SYS_open_by_handle_at, libc::SYS_name_to_handle_at,
    libc::SYS_swapon, libc::SYS_swapoff, libc::SYS_reboot, libc::SYS_acct, libc::SYS_quotactl,
    libc::SYS_syslog, libc::SYS_settimeofday, libc::SYS_clock_settime, libc::SYS_adjtimex,
    libc::SYS_clock_adjtime, libc::SYS_vhangup, libc::SYS_move_pages, libc::SYS_mbind,
    libc::SYS_migrate_pages, libc::SYS_process_vm_readv, libc::SYS_process_vm_writev,
    libc::SYS_fanotify_init, libc::SYS_quotactl_fd, OPEN_TREE_ATTR,
];
/// `open_tree` with attributes, of Linux 6.15; new calls have one number on all machines.
const OPEN_TREE_ATTR: i64 = 467;
/// Calls that report that this kernel lacks them.
#[rustfmt::skip]
const ABSENT: &[i64] = &[
    libc::SYS_clone3, libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register,
];
/// Flags that make a namespace.
#[rustfmt::skip]
const NAMESPACES: &[i32] = &[
    libc::CLONE_NEWUSER, libc::CLONE_NEWNS, libc::CLONE_NEWNET, libc::CLONE_NEWPID,
    libc::CLONE_NEWIPC, libc::CLONE_NEWUTS, libc::CLONE_NEWCGROUP,
];
/// The only families of sockets: others, above all `AF_VSOCK`, escape the network namespace.
const FAMILIES: &[i32] = &[
    libc::AF_UNIX,
    libc::AF_INET,
    libc::AF_INET6,
    libc::AF_NETLINK,
];

/// The programs, each as the bytes that bubblewrap reads.
pub(crate) fn programs() -> anyhow::Result<Vec<Vec<u8>>> {
    let programs = common()?;
    Ok(programs.iter().map(|program| bytes(program)).collect())
}

/// Refuses these calls, and those that only namespaces make harmless, to this process for good.
pub(crate) fn restrict() -> anyhow::Result<()> {
    for program in common()?.iter().chain(&alone()?) {
        seccompiler::apply_filter(program)?;
    }
    Ok(())
}

/// What a sandbox without namespaces has besides.
fn alone() -> anyhow::Result<[BpfProgram; 2]> {
    Ok([
        compile(unshared::forbidden()?, libc::EPERM)?,
        compile(unshared::foreign_sockets()?, libc::EAFNOSUPPORT)?,
    ])
}

fn common() -> anyhow::Result<Vec<BpfProgram>> {
    let mut programs = vec![
        compile(forbidden()?, libc::EPERM)?,
        compile(
            ABSENT.iter().map(|call| (*call, vec![])).collect(),
            libc::ENOSYS,
        )?,
        compile(foreign_sockets()?, libc::EAFNOSUPPORT)?,
    ];
    if cfg!(target_arch = "x86_64") {
        programs.push(no_x32());
    }
    Ok(programs)
}

fn forbidden() -> anyhow::Result<Rules> {
    let mut rules: Rules = FORBIDDEN.iter().map(|call| (*call, vec![])).collect();
    let injections = [libc::TIOCSTI, libc::TIOCLINUX];
    let injections = injections.map(|request| rule(vec![(1, Is::Eq, request)]));
    rules.insert(
        libc::SYS_ioctl,
        injections.into_iter().collect::<anyhow::Result<_>>()?,
    );
    for call in [libc::SYS_clone, libc::SYS_unshare] {
        let flags = NAMESPACES.iter().map(|flag| {
            let flag = u64::from(flag.cast_unsigned());
            rule(vec![(0, Is::MaskedEq(flag), flag)])
        });
        rules.insert(call, flags.collect::<anyhow::Result<_>>()?);
    }
    let raw = [libc::AF_INET, libc::AF_INET6].map(|family| {
        let family = u64::from(family.cast_unsigned());
        let raw = u64::from(libc::SOCK_RAW.cast_unsigned());
        rule(vec![(0, Is::Eq, family), (1, Is::MaskedEq(0xf), raw)])
    });
    rules.insert(
        libc::SYS_socket,
        raw.into_iter().collect::<anyhow::Result<_>>()?,
    );
    Ok(rules)
}

fn foreign_sockets() -> anyhow::Result<Rules> {
    let foreign = || {
        rule(
            FAMILIES
                .iter()
                .map(|family| (0, Is::Ne, u64::from(family.cast_unsigned())))
                .collect(),
        )
    };
    Ok(Rules::from([
        (libc::SYS_socket, vec![foreign()?]),
        (libc::SYS_socketpair, vec![foreign()?]),
    ]))
}

/// A rule whose conditions on the lower half of arguments all hold.
fn rule(conditions: Vec<(u8, Is, u64)>) -> anyhow::Result<SeccompRule> {
    let conditions = conditions
        .into_iter()
        .map(|(argument, is, value)| SeccompCondition::new(argument, Width::Dword, is, value))
        .collect::<Result<_, _>>()?;
    Ok(SeccompRule::new(conditions)?)
}

fn compile(rules: Rules, errno: i32) -> anyhow::Result<BpfProgram> {
    let target = TargetArch::try_from(std::env::consts::ARCH).context("unknown architecture")?;
    let refuse = SeccompAction::Errno(errno.cast_unsigned());
    Ok(SeccompFilter::new(rules, SeccompAction::Allow, refuse, target)?.try_into()?)
}

fn bytes(program: &[sock_filter]) -> Vec<u8> {
    let steps = program.iter();
    steps
        .flat_map(|step| {
            let (code, k) = (step.code.to_ne_bytes(), step.k.to_ne_bytes());
            [code[0], code[1], step.jt, step.jf, k[0], k[1], k[2], k[3]]
        })
        .collect()
}

/// Refuses the second numbering of x86-64, which the other programs don't know.
fn no_x32() -> BpfProgram {
    let allow = 0x7fff_0000;
    let no_such_call = 0x0005_0000 | libc::ENOSYS.cast_unsigned();
    vec![
        instruction(0x20, 0, 0, 0),           // load the call's number
        instruction(0x35, 0, 1, 0x4000_0000), // at or above the x32 bit?
        instruction(0x06, 0, 0, no_such_call),
        instruction(0x06, 0, 0, allow),
    ]
}

fn instruction(code: u16, jt: u8, jf: u8, k: u32) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_program_fits_what_the_kernel_takes() {
        for program in super::programs().unwrap() {
            assert_eq!(program.len() % 8, 0);
            assert!(program.len() / 8 < 4096);
        }
        for program in super::alone().unwrap() {
            assert!(program.len() < 4096);
        }
    }
}
