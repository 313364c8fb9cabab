//! Ends what is in a group, and removes it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::{
    caps::{Necessity, Version},
    hierarchy::{Hierarchy, write},
    names::{Maker, Standing, TOP},
};

/// Whether a group is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remains {
    /// It is.
    Nothing,
    /// What is in it has not ended yet.
    Something,
}

/// Ends all that is in a group, and removes it if that is gone.
pub(super) fn bury(hierarchy: &Hierarchy, place: &Path) -> Remains {
    // nothing begins any more
    write(
        &hierarchy.pids.join(place).join("pids.max"),
        "0",
        Necessity::IfThere,
    )
    .ok(); // it is killed all the same
    let mut remains = Remains::Nothing;
    for folder in hierarchy.folders(place) {
        kill(hierarchy.version, &folder);
        if let Err(error) = fs::remove_dir(&folder)
            && error.kind() != io::ErrorKind::NotFound
        {
            remains = Remains::Something;
        }
    }
    if remains == Remains::Nothing {
        prune(hierarchy, place.parent().unwrap_or(place));
    }
    remains
}

/// Removes groups from this one up as far as they are empty: whoever wants one makes it again.
fn prune(hierarchy: &Hierarchy, place: &Path) {
    for folder in place.ancestors().filter(|folder| folder.starts_with(TOP)) {
        for folder in hierarchy.folders(folder) {
            fs::remove_dir(folder).ok(); // it is in use
        }
    }
}

fn kill(version: Version, folder: &Path) {
    let file = folder.join("cgroup.kill");
    if version == Version::V2 && write(&file, "1", Necessity::Must).is_ok() {
        return; // since Linux 5.14
    }
    for process in members(folder) {
        let Ok(handle) = pidfd_open(process, PidfdFlags::empty()) else {
            continue;
        };
        // its number may have become another's before it was taken hold of
        if members(folder).contains(&process) {
            pidfd_send_signal(handle, Signal::KILL).ok(); // it has ended
        }
    }
}

fn members(folder: &Path) -> Vec<Pid> {
    let text = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
    let numbers = text.lines().filter_map(|line| line.parse().ok());
    numbers.filter_map(Pid::from_raw).collect()
}

/// Removes what makers left that have ended, if nothing is in it; says what those left that were what
/// this one is of the same server, as that is for this one to end.
pub(super) fn sweep(hierarchy: &Hierarchy, ours: &Path, this: &Maker) -> Vec<PathBuf> {
    let mut left = Vec::new();
    for server in below(hierarchy, Path::new(TOP)) {
        for tenant in below(hierarchy, &server) {
            for group in below(hierarchy, &tenant) {
                let name = group.file_name().unwrap_or_default().to_string_lossy();
                match this.standing(&name) {
                    Standing::MayLive => {}
                    Standing::Predecessor if server == ours => left.push(group),
                    Standing::Ended | Standing::Predecessor => {
                        for folder in hierarchy.folders(&group) {
                            fs::remove_dir(folder).ok(); // something is in it
                        }
                    }
                }
            }
            prune(hierarchy, &tenant);
        }
    }
    left
}

/// The groups in a group, in whichever hierarchy.
fn below(hierarchy: &Hierarchy, place: &Path) -> Vec<PathBuf> {
    let mut names = Vec::new();
    for folder in hierarchy.folders(place) {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        names.extend(
            entries
                .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
                .map(|entry| place.join(entry.file_name())),
        );
    }
    names.sort();
    names.dedup();
    names
}
