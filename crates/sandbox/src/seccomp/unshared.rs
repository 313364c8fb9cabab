//! The calls that a sandbox may not make which has no namespaces: what is behind them is the machine's.

use nix::libc;

use super::{Is, Rules, rule};

/// Calls on other processes, and on memory, semaphores and queues of the machine's.
#[rustfmt::skip]
const FORBIDDEN: &[i64] = &[
    libc::SYS_ptrace, libc::SYS_pidfd_getfd, libc::SYS_kcmp, libc::SYS_process_madvise,
    libc::SYS_shmget, libc::SYS_shmat, libc::SYS_shmctl, libc::SYS_semget, libc::SYS_semop,
    libc::SYS_semtimedop, libc::SYS_semctl, libc::SYS_msgget, libc::SYS_msgsnd, libc::SYS_msgrcv,
    libc::SYS_msgctl, libc::SYS_mq_open, libc::SYS_mq_unlink,
    // what was not bound gets some port by it, without asking landlock
    libc::SYS_listen,
];
/// The arguments that hold the flags of calls that send.
const SENDING: [(i64, u8); 3] = [
    (libc::SYS_sendto, 3),
    (libc::SYS_sendmsg, 2),
    (libc::SYS_sendmmsg, 3),
];
/// The bits that hold a socket's type (`SOCK_TYPE_MASK` of Linux).
const TYPE_MASK: u64 = 0xf;

/// What is refused with `EPERM`.
pub(super) fn forbidden() -> anyhow::Result<Rules> {
    let mut rules: Rules = FORBIDDEN.iter().map(|call| (*call, vec![])).collect();
    // a connection that is made by sending is none that landlock is asked about
    let fast = u64::from(libc::MSG_FASTOPEN.cast_unsigned());
    for (call, flags) in SENDING {
        rules.insert(call, vec![rule(vec![(flags, Is::MaskedEq(fast), fast)])?]);
    }
    // nor is one of another protocol, as MPTCP: 0 is the family's own
    let tcp = u64::from(libc::IPPROTO_TCP.cast_unsigned());
    let mut sockets = types_but(&[libc::SOCK_STREAM])?;
    sockets.push(rule(vec![(2, Is::Ne, 0), (2, Is::Ne, tcp)])?);
    rules.insert(libc::SYS_socket, sockets);
    // of a pair, one that sends datagrams could send them to any socket of the machine's
    let pairs = types_but(&[libc::SOCK_STREAM, libc::SOCK_SEQPACKET])?;
    rules.insert(libc::SYS_socketpair, pairs);
    Ok(rules)
}

/// What is refused with `EAFNOSUPPORT`: of sockets in files and of the kernel's there are pairs only.
pub(super) fn foreign_sockets() -> anyhow::Result<Rules> {
    let but = |families: &[i32]| {
        let others = families
            .iter()
            .map(|family| (0, Is::Ne, u64::from(family.cast_unsigned())));
        rule(others.collect())
    };
    Ok(Rules::from([
        (
            libc::SYS_socket,
            vec![but(&[libc::AF_INET, libc::AF_INET6])?],
        ),
        (libc::SYS_socketpair, vec![but(&[libc::AF_UNIX])?]),
    ]))
}

/// A rule for each type of a socket but these.
fn types_but(allowed: &[i32]) -> anyhow::Result<Vec<seccompiler::SeccompRule>> {
    let allowed: Vec<u64> = allowed
        .iter()
        .map(|kind| u64::from(kind.cast_unsigned()))
        .collect();
    let others = (0..=TYPE_MASK).filter(|kind| !allowed.contains(kind));
    others
        .map(|kind| rule(vec![(1, Is::MaskedEq(TYPE_MASK), kind)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::types_but;

    #[test]
    fn all_types_of_sockets_but_those_allowed_are_refused() {
        assert_eq!(types_but(&[1, 5]).unwrap().len(), 14);
    }
}
