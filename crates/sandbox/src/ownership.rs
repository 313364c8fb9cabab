//! Which user id a tenant's files and processes have on the host.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt, lchown},
    path::Path,
};

/// The first of the user ids that a root server gives to tenants.
const FIRST_TENANT_UID: u32 = 200_000;

/// The user id of a tenant's processes, if this server can give one of its own.
pub fn owner(tenant: u32) -> Option<u32> {
    nix::unistd::geteuid()
        .is_root()
        .then(|| FIRST_TENANT_UID.saturating_add(tenant))
}

/// Gives a file or a folder with all in it to a tenant; nothing to do on an ordinary server.
///
/// Symbolic links are given themselves and never followed.
pub fn give(path: &Path, tenant: u32) -> io::Result<()> {
    let Some(uid) = owner(tenant) else {
        return Ok(());
    };
    if fs::symlink_metadata(path)?.is_dir() {
        for entry in fs::read_dir(path)? {
            give(&entry?.path(), tenant)?;
        }
    }
    lchown(path, Some(uid), Some(uid))
}

/// Gives a home to its tenant when it is first used.
pub(crate) fn settle(home: &Path, tenant: u32) -> io::Result<()> {
    match owner(tenant) {
        Some(uid) if fs::metadata(home)?.uid() != uid => give(home, tenant),
        _ => Ok(()),
    }
}
