//! Keeps what runs in a home from writing on, or lets it again.

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use rustix::process::{Pid, Resource, Rlimit, prlimit};

/// Lets every process whose home is this one write files of so many bytes at most; how many there are.
///
/// What one starts later is held as well. Only a server that gives each account a user id of its own
/// may do so to another's processes, and needs `CAP_SYS_RESOURCE` to take it back.
pub fn hold(home: &Path, inside: &str, uid: u32, file_bytes: u64) -> io::Result<usize> {
    let home = fs::metadata(home)?;
    let limit = || Rlimit {
        current: Some(file_bytes),
        maximum: Some(file_bytes),
    };
    let mut count = 0;
    for process in fs::read_dir("/proc")? {
        let process = process?;
        let name = process.file_name();
        let pid = name.to_str().and_then(|name| name.parse().ok());
        let Some(pid) = pid.and_then(Pid::from_raw) else {
            continue;
        };
        let path = process.path();
        // instances of the account have the same user id, and another home
        let is_in = is_of(&path, uid) && has_home(path.join("root"), inside, &home);
        if is_in && prlimit(Some(pid), Resource::Fsize, limit()).is_ok() {
            count += 1;
        }
    }
    Ok(count)
}

/// Whether all user ids of a process are this one; one that has ended is nobody's.
fn is_of(process: &Path, uid: u32) -> bool {
    let status = fs::read_to_string(process.join("status")).unwrap_or_default();
    let uids = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    uids.is_some_and(|uids| uids.split_whitespace().all(|one| one.parse() == Ok(uid)))
}

/// Whether this is what a process calls its home. A link there leads within its own root, to nothing
/// else than what is compared.
fn has_home(root: PathBuf, inside: &str, home: &fs::Metadata) -> bool {
    let its = fs::metadata(root.join(inside.trim_start_matches('/')));
    its.is_ok_and(|its| (its.dev(), its.ino()) == (home.dev(), home.ino()))
}
