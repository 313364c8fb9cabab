//! The one hierarchy for all controllers (version 2): the server's own group is shared out.
//!
//! A group either holds processes or shares out (cgroups(7), "no internal processes"). So the server
//! moves into a leaf of the group that it was given, as by `Delegate=yes` of systemd's, and what it
//! starts begins there too.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    caps::Necessity,
    hierarchy::{CONTROLLERS, write},
};

/// Where the server itself is.
const LEAF: &str = "manageacloud-server";

/// This process's group below where its hierarchy is mounted, by `/proc/self/cgroup`; `root` is what
/// of the hierarchy is mounted.
pub(super) fn own<'a>(cgroup: &'a str, root: &str) -> Option<&'a Path> {
    let path = cgroup.lines().find_map(|line| line.strip_prefix("0::"))?;
    Path::new(path).strip_prefix(root).ok()
}

/// The group that is shared out, of one in which the server or a process that it started is.
fn given(own: &Path) -> &Path {
    match own.parent() {
        Some(parent) if own.ends_with(LEAF) => parent,
        _ => own,
    }
}

/// What is to be written to share out all that is needed, if there is all.
fn shared_out(controllers: &str) -> Result<String, &'static str> {
    let all: Vec<&str> = controllers.split_whitespace().collect();
    let lacks = CONTROLLERS.iter().find(|needed| !all.contains(needed));
    match lacks {
        Some(_) => Err("not all controllers were given"),
        None => Ok(CONTROLLERS.map(|name| format!("+{name}")).join(" ")),
    }
}

/// Makes a group one that shares out, and says which it is.
pub(super) fn take(own: &Path) -> io::Result<PathBuf> {
    let base = given(own);
    let leaf = base.join(LEAF);
    if let Err(error) = fs::create_dir(&leaf)
        && error.kind() != io::ErrorKind::AlreadyExists
    {
        return Err(error);
    }
    write(&leaf.join("cgroup.procs"), "0", Necessity::Must)?;
    hand_down(base)?;
    Ok(base.to_owned())
}

/// Lets groups inside have limits of their own.
pub(super) fn hand_down(group: &Path) -> io::Result<()> {
    let controllers = fs::read_to_string(group.join("cgroup.controllers"))?;
    let words = shared_out(&controllers).map_err(io::Error::other)?;
    write(
        &group.join("cgroup.subtree_control"),
        &words,
        Necessity::Must,
    )
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::{LEAF, given, own, shared_out, take};

    #[test]
    fn its_own_group_is_found_below_the_mount() {
        let cgroup = "4:memory:/x\n0::/system.slice/manageacloud.service\n";
        let found = Path::new("system.slice/manageacloud.service");
        assert_eq!(own(cgroup, "/"), Some(found));
        let below = own(cgroup, "/system.slice");
        assert_eq!(below, Some(Path::new("manageacloud.service")));
        assert_eq!(own(cgroup, "/user.slice"), None);
        assert_eq!(own("4:memory:/x\n", "/"), None);
    }

    #[test]
    fn whoever_starts_in_the_leaf_shares_out_the_same_group() {
        let unit = Path::new("/cgroup/unit");
        assert_eq!(given(unit), unit);
        assert_eq!(given(&unit.join(LEAF)), unit);
    }

    #[test]
    fn all_controllers_are_shared_out_or_none() {
        let all = shared_out("cpuset cpu io memory pids\n");
        assert_eq!(all.unwrap(), "+memory +pids +cpu");
        assert!(shared_out("cpu memory\n").is_err());
    }

    #[test]
    fn a_server_moves_into_a_leaf_before_it_shares_out() {
        // folders and files as the kernel would make them
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        fs::create_dir(file(LEAF)).unwrap();
        fs::write(file("cgroup.controllers"), "cpu memory pids").unwrap();
        fs::write(file("cgroup.subtree_control"), "").unwrap();
        fs::write(file(LEAF).join("cgroup.procs"), "").unwrap();
        assert_eq!(take(folder.path()).unwrap(), folder.path());
        let read = |path| fs::read_to_string(path).unwrap();
        assert_eq!(read(file(LEAF).join("cgroup.procs")), "0");
        assert_eq!(read(file("cgroup.subtree_control")), "+memory +pids +cpu");
    }
}
