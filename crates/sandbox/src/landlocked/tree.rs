//! All processes that come from one, by the parents that the kernel names.

use std::fs;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// A process, told from a later one of the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Process {
    id: i32,
    parent: i32,
    /// In ticks since the machine started.
    started: u64,
}

/// Ends all that comes from a process as it is now; more may come of what it could not stop.
pub(crate) fn end(ancestor: Pid) {
    // What is stopped starts nothing more, and still counts against its user's limit: a fork bomb
    // comes to an end, which killing one by one would not bring it to.
    let mut stopped: Vec<Process> = Vec::new();
    loop {
        let found = below(ancestor.as_raw_nonzero().get(), &all());
        let new: Vec<_> = found
            .into_iter()
            .filter(|one| !stopped.contains(one))
            .collect();
        if new.is_empty() {
            break;
        }
        for process in new {
            signal(process, Signal::STOP);
            stopped.push(process);
        }
    }
    for process in stopped {
        signal(process, Signal::KILL);
    }
}

/// Signals a process if the number is still its own.
fn signal(process: Process, signal: Signal) {
    let Some(handle) =
        Pid::from_raw(process.id).and_then(|id| pidfd_open(id, PidfdFlags::empty()).ok())
    else {
        return;
    };
    // the handle is of whoever has the number now, and stays with that one
    let now = read(process.id);
    if now.is_some_and(|now| now.started == process.started) {
        pidfd_send_signal(&handle, signal).ok(); // it may have ended
    }
}

fn all() -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter_map(read).collect()
}

fn read(id: i32) -> Option<Process> {
    parse(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
}

/// A line of `/proc/PID/stat` (proc(5)); the name in parentheses may hold anything.
fn parse(stat: &str) -> Option<Process> {
    let (before, after) = stat.rsplit_once(')')?;
    let mut fields = after.split_whitespace().skip(1);
    Some(Process {
        id: before.split_once(' ')?.0.parse().ok()?,
        parent: fields.next()?.parse().ok()?,
        started: fields.nth(17)?.parse().ok()?,
    })
}

/// All that come from `ancestor`.
fn below(ancestor: i32, all: &[Process]) -> Vec<Process> {
    let mut found: Vec<Process> = Vec::new();
    let mut parents = vec![ancestor];
    while let Some(parent) = parents.pop() {
        let children = all.iter().filter(|process| process.parent == parent);
        for child in children {
            if !found.contains(child) {
                found.push(*child);
                parents.push(child.id);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Process, below, parse};

    #[test]
    fn a_process_is_read_however_it_calls_itself() {
        let stat = "42 (a) R 1 (x) S 7 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 9001 5 6 7";
        let found = Process {
            id: 42,
            parent: 7,
            started: 9001,
        };
        assert_eq!(parse(stat), Some(found));
        assert_eq!(parse("42 (a"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn what_comes_from_a_process_is_found_through_all_generations() {
        let all: Vec<_> = [(1, 0), (5, 1), (6, 5), (7, 6), (8, 1), (9, 5)]
            .map(|(id, parent)| Process {
                id,
                parent,
                started: 0,
            })
            .to_vec();
        let mut found: Vec<_> = below(5, &all).iter().map(|process| process.id).collect();
        found.sort_unstable();
        assert_eq!(found, [6, 7, 9]);
    }
}
