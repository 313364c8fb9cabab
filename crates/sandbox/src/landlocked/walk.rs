//! Whether a tenant may walk to its home, where nothing is mounted for it.

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// The outermost folder above `path` that a user may not walk through, if there is one.
pub(crate) fn closed(path: &Path, user: u32) -> io::Result<Option<PathBuf>> {
    let path = fs::canonicalize(path)?;
    let mut found = None;
    for folder in path.ancestors().skip(1) {
        let facts = fs::metadata(folder)?;
        if !may_walk(facts.mode(), facts.uid(), user) {
            found = Some(folder.to_owned());
        }
    }
    Ok(found)
}

/// What to do about it, for the operator.
pub(crate) fn advice(closed: &Path) -> String {
    format!(
        "the folder {} is closed to the tenants whose homes are below it: open it with chmod o+x",
        closed.display()
    )
}

/// A tenant is in no group but its own.
fn may_walk(mode: u32, owner: u32, user: u32) -> bool {
    let bit = if owner == user { 0o100 } else { 0o001 };
    mode & bit != 0
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::{closed, may_walk};

    #[test]
    fn a_folder_is_walked_through_by_its_owner_or_by_everybody() {
        assert!(may_walk(0o711, 0, 7) && may_walk(0o700, 7, 7));
        assert!(!may_walk(0o770, 0, 7) && !may_walk(0o011, 7, 7));
    }

    #[test]
    fn the_outermost_closed_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let nobody = u32::MAX;
        let home = folder.path().join("homes/1");
        fs::create_dir_all(&home).unwrap();
        let set = |path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));
        set(folder.path(), 0o700).unwrap();
        set(home.parent().unwrap(), 0o700).unwrap();
        assert_eq!(closed(&home, nobody).unwrap().unwrap(), folder.path());
        set(folder.path(), 0o711).unwrap();
        assert_eq!(
            closed(&home, nobody).unwrap().unwrap(),
            folder.path().join("homes")
        );
        set(home.parent().unwrap(), 0o711).unwrap();
        set(&home, 0o700).unwrap();
        assert_eq!(closed(&home, nobody).unwrap(), None);
    }
}
