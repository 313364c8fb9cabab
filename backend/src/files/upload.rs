//! A file that arrives: it has no name until it is whole.

use std::{fs::File, io, os::fd::AsRawFd as _, os::fd::OwnedFd};

use rustix::{
    fs::{
        AtFlags, CWD, FileType, Mode, OFlags, fchmod, fchown, fsync, linkat, openat, renameat,
        statat, unlinkat,
    },
    io::Errno,
    process::{Gid, Uid},
};

use super::{
    path::HomePath,
    tree::{Tree, kind},
};

/// What everybody may read and its owner alone change.
const MODE: Mode = Mode::from_raw_mode(0o644);

/// What becomes of a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    /// The new one takes its place.
    Yes,
    /// It stays, and the upload is refused.
    No,
}

/// A file that arrives, in the folder where it will be.
///
/// Nothing has its name, so that one that is not whole is gone with this, or with the server; on file
/// systems without such files it has a name that begins with a dot until it is dropped.
#[derive(Debug)]
pub struct Upload {
    folder: OwnedFd,
    name: String,
    replace: Replace,
    file: File,
    temporary: Option<String>,
}

impl Upload {
    /// Begins one, if a file may be put there.
    ///
    /// # Errors
    /// `EXIST`, when there is one that is to stay; `ISDIR`, when a folder is there.
    pub fn begin(tree: &Tree, path: &HomePath, replace: Replace) -> io::Result<Self> {
        let (folder, name) = path.split().ok_or(Errno::ISDIR)?;
        let folder = tree.folder(&folder)?;
        match statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if kind(&stat) == FileType::Directory => return Err(Errno::ISDIR.into()),
            Ok(_) if replace == Replace::No => return Err(Errno::EXIST.into()),
            Ok(_) | Err(Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
        let (file, temporary) = nameless(&folder)?;
        let upload = Self {
            folder,
            name: name.to_owned(),
            replace,
            file,
            temporary,
        };
        // by the descriptor: whatever is put in a name's place meanwhile is not touched
        fchmod(&upload.file, MODE)?;
        if let Some(uid) = tree.owner() {
            let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(uid));
            fchown(&upload.file, Some(uid), Some(gid))?;
        }
        Ok(upload)
    }

    /// What to write into.
    pub fn file(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Gives it its name in one step, once all of it is on the disk.
    pub fn finish(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        match self.replace {
            Replace::No => self.link(&self.name)?,
            Replace::Yes => {
                if self.temporary.is_none() {
                    let temporary = temporary();
                    self.link(&temporary)?;
                    self.temporary = Some(temporary);
                }
                let temporary = self.temporary.as_deref().unwrap_or_default();
                renameat(&self.folder, temporary, &self.folder, &self.name)?;
                self.temporary = None;
            }
        }
        Ok(fsync(&self.folder)?)
    }

    /// Gives the very file that was written a name that nothing has.
    fn link(&self, name: &str) -> io::Result<()> {
        let itself = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        let flags = AtFlags::SYMLINK_FOLLOW;
        Ok(linkat(CWD, itself, &self.folder, name, flags)?)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // whoever has removed it before has done what is wanted
            unlinkat(&self.folder, temporary.as_str(), AtFlags::empty()).ok();
        }
    }
}

fn temporary() -> String {
    format!(".upload-{}", uuid::Uuid::new_v4())
}

/// A new file without a name, else with one that nobody can guess.
fn nameless(folder: &OwnedFd) -> io::Result<(File, Option<String>)> {
    let flags = OFlags::WRONLY | OFlags::CLOEXEC;
    let own = Mode::RUSR | Mode::WUSR;
    match openat(folder, ".", flags | OFlags::TMPFILE, own) {
        Ok(file) => Ok((file.into(), None)),
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => {
            let name = temporary();
            let flags = flags | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
            let file = openat(folder, name.as_str(), flags, own)?;
            Ok((file.into(), Some(name)))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write as _, path::Path};

    use super::{Replace, Upload};
    use crate::files::{path::HomePath, tree::Tree};

    fn begin(home: &Path, path: &str, replace: Replace) -> std::io::Result<Upload> {
        let tree = Tree::open(home, None).unwrap();
        Upload::begin(&tree, &HomePath::parse(path).unwrap(), replace)
    }

    fn names(home: &Path) -> Vec<String> {
        let entries = fs::read_dir(home).unwrap();
        let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        entries.map(|entry| name(entry.unwrap())).collect()
    }

    #[test]
    fn a_file_has_no_name_until_it_is_whole() {
        let home = tempfile::tempdir().unwrap();
        let upload = begin(home.path(), "a", Replace::No).unwrap();
        upload.file().unwrap().write_all(b"half").unwrap();
        assert!(names(home.path()).is_empty());
        drop(upload);
        assert!(names(home.path()).is_empty());
        let upload = begin(home.path(), "a", Replace::No).unwrap();
        upload.file().unwrap().write_all(b"whole").unwrap();
        upload.finish().unwrap();
        assert_eq!(fs::read(home.path().join("a")).unwrap(), b"whole");
    }

    #[test]
    fn a_file_that_came_meanwhile_stays() {
        let home = tempfile::tempdir().unwrap();
        let upload = begin(home.path(), "a", Replace::No).unwrap();
        fs::write(home.path().join("a"), "other").unwrap();
        assert_eq!(
            upload.finish().unwrap_err().kind(),
            std::io::ErrorKind::AlreadyExists
        );
        assert_eq!(fs::read(home.path().join("a")).unwrap(), b"other");
        assert_eq!(names(home.path()), ["a"]);
    }

    #[test]
    fn a_link_is_replaced_and_not_followed() {
        let (home, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let target = outside.path().join("target");
        fs::write(&target, "theirs").unwrap();
        std::os::unix::fs::symlink(&target, home.path().join("a")).unwrap();
        let upload = begin(home.path(), "a", Replace::Yes).unwrap();
        upload.file().unwrap().write_all(b"ours").unwrap();
        upload.finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"theirs");
        assert!(!home.path().join("a").is_symlink());
        assert_eq!(names(home.path()), ["a"]);
    }

    #[test]
    fn a_folder_is_not_replaced() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("a")).unwrap();
        assert!(begin(home.path(), "a", Replace::Yes).is_err());
        let upload = begin(home.path(), "b", Replace::Yes).unwrap();
        fs::create_dir(home.path().join("b")).unwrap();
        assert!(upload.finish().is_err());
        assert_eq!(names(home.path()).len(), 2);
    }
}
