//! Which user id a tenant's files and processes have on the host.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt, lchown},
    path::Path,
    sync::LazyLock,
};

/// The first of the user ids that a root server gives to tenants.
const FIRST_TENANT_UID: u32 = 200_000;

/// How many user ids tenants may get.
const TENANT_UIDS: u32 = 1 << 20;

/// The user id of a tenant's processes, if this server can give one of its own.
pub fn owner(tenant: u32) -> Option<u32> {
    static CAN_GIVE: LazyLock<bool> = LazyLock::new(|| {
        let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
        nix::unistd::geteuid().is_root() && has_tenants(&map)
    });
    CAN_GIVE.then(|| FIRST_TENANT_UID.saturating_add(tenant))
}

/// Whether the tenants' user ids exist by this map (`user_namespaces(7)`): root of a container that
/// an ordinary user started has some ids only.
fn has_tenants(map: &str) -> bool {
    map.lines().any(|line| {
        let numbers: Vec<u32> = line
            .split_whitespace()
            .filter_map(|number| number.parse().ok())
            .collect();
        matches!(numbers[..], [first, _, count] if first <= FIRST_TENANT_UID
            && first.saturating_add(count) >= FIRST_TENANT_UID + TENANT_UIDS)
    })
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

#[cfg(test)]
mod tests {
    use super::has_tenants;

    #[test]
    fn root_of_a_container_of_an_ordinary_user_has_no_ids_for_tenants() {
        assert!(has_tenants("         0          0 4294967295\n"));
        assert!(!has_tenants("0 1000 1\n"));
        assert!(!has_tenants("0 1000 1\n1 100000 65536\n"));
        assert!(!has_tenants(""));
    }
}
