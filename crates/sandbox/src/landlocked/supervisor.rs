//! What stays outside: starts the first program, and ends all that came of it.
//!
//! Whatever of a sandbox loses its parent becomes this process's child, so it knows all of it, also
//! what has left its session. It stays root, with one capability: a tenant may limit the processor
//! time of its own processes, and would end it by that.

use std::{
    os::{fd::AsFd as _, unix::net::UnixStream},
    path::Path,
    process::Command,
};

use anyhow::Context as _;
use nix::sys::{
    signal::{SigSet, Signal},
    signalfd::{SfdFlags, SignalFd},
};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{Errno, retry_on_intr},
    process::{Pid, WaitOptions, WaitStatus, getpid, set_child_subreaper, wait},
    thread::CapabilitySet,
};

use super::{privileges, tree};
use crate::{descriptors::send_descriptors, wire};

/// How soon what has not ended yet is looked at again.
const GLANCE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 10_000_000,
};
/// The exit code of what was killed, as shells tell it.
const KILLED: i32 = 128 + 9;
/// What would end this process before what it looks after; the terminal sends some of them.
const ENDING: [Signal; 4] = [
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTERM,
];

/// Starts the first program; returns its exit code once that has ended, or the launcher has hung
/// up, and nothing is left of what it started.
pub(crate) fn supervise(control: &Path, launcher: &UnixStream) -> anyhow::Result<i32> {
    set_child_subreaper(Some(getpid())).context("take in what loses its parent")?;
    let signals = hold_signals().context("hold signals back")?;
    let helper = std::env::current_exe().context("find this program")?;
    let mut command = Command::new(helper);
    let child = command.arg("sandbox-init").arg(control).spawn();
    let child = Pid::from_child(&child.context("start the first program")?);
    let code = watch(child, launcher, &signals);
    end_all(&signals);
    code
}

/// Lets through again what a supervisor holds back, which what it starts inherits.
pub(super) fn release_signals() -> nix::Result<()> {
    held().thread_unblock()
}

fn held() -> SigSet {
    ENDING.into_iter().chain([Signal::SIGCHLD]).collect()
}

fn hold_signals() -> nix::Result<SignalFd> {
    let held = held();
    held.thread_block()?;
    SignalFd::with_flags(&held, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
}

fn watch(child: Pid, launcher: &UnixStream, signals: &SignalFd) -> anyhow::Result<i32> {
    privileges::keep(CapabilitySet::KILL).context("leave capabilities")?;
    send_descriptors(launcher, wire::GRANTED, &[]).context("say that it begins")?;
    loop {
        let mut either = [
            PollFd::from_borrowed_fd(signals.as_fd(), PollFlags::IN),
            PollFd::new(launcher, PollFlags::IN),
        ];
        retry_on_intr(|| poll(&mut either, None))?;
        // the launcher says nothing more: its end can be read when it hangs up
        let is_left = !either[1].revents().is_empty();
        if is_told_to_end(signals)? || is_left {
            return Ok(KILLED);
        }
        if let Some(code) = reap(child) {
            return Ok(code);
        }
    }
}

/// Whether any signal but that of a child's end has come.
fn is_told_to_end(signals: &SignalFd) -> nix::Result<bool> {
    let mut is_told = false;
    while let Some(signal) = signals.read_signal()? {
        is_told |= signal.ssi_signo != Signal::SIGCHLD as u32;
    }
    Ok(is_told)
}

/// Lets go of children that have ended; the exit code of this one, if it is among them.
fn reap(child: Pid) -> Option<i32> {
    let mut code = None;
    while let Ok(Some((ended, status))) = wait(WaitOptions::NOHANG) {
        if ended == child {
            code = Some(code_of(status));
        }
    }
    code
}

fn code_of(status: WaitStatus) -> i32 {
    let signal = || status.terminating_signal().map(|signal| 128 + signal);
    status.exit_status().or_else(signal).unwrap_or(KILLED)
}

/// Ends all that comes from this process, and returns once nothing is left.
fn end_all(signals: &SignalFd) {
    loop {
        tree::end(getpid());
        // what came meanwhile is found the next time
        let mut ends = [PollFd::from_borrowed_fd(signals.as_fd(), PollFlags::IN)];
        poll(&mut ends, Some(&GLANCE)).ok();
        while signals.read_signal().is_ok_and(|signal| signal.is_some()) {}
        while wait(WaitOptions::NOHANG).is_ok_and(|ended| ended.is_some()) {}
        if wait(WaitOptions::NOHANG).is_err_and(|error| error == Errno::CHILD) {
            return;
        }
    }
}
