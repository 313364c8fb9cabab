//! Ends the server before or after a write of a deployment's journal, for tests that ask what
//! remains then. Programs without debug assertions have none of it, and the others ask one variable
//! of their environment once.

/// Which write the server ends at, counted from 1 before and after each; unset for none.
#[cfg(debug_assertions)]
const VARIABLE: &str = "MANAGEACLOUD_FAULT_AT";

/// One more place at which a test may end the server, as SIGKILL does.
#[cfg(debug_assertions)]
pub fn point() {
    use std::sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    };
    static AT: LazyLock<Option<u64>> =
        LazyLock::new(|| std::env::var(VARIABLE).ok().and_then(|at| at.parse().ok()));
    static PASSED: AtomicU64 = AtomicU64::new(0);
    if AT.is_some_and(|at| PASSED.fetch_add(1, Ordering::Relaxed) + 1 == at) {
        let this = rustix::process::getpid();
        // no handler runs, nothing is flushed; it does not return
        rustix::process::kill_process(this, rustix::process::Signal::KILL).ok();
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
pub fn point() {}
