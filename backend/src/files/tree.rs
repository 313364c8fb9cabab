//! A home as its folder's descriptor: whatever is opened in it is opened below that, by the kernel
//! (`openat2(2)`), so that no name and no link leads out, however fast somebody changes them.

use std::{
    fs::File,
    io,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    path::Path,
};

use rustix::{
    fs::{
        AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, Stat, chownat, fstat, mkdirat, open,
        openat, openat2,
    },
    io::Errno,
    path::Arg,
    process::{Gid, Uid},
};

use super::path::HomePath;

/// Nothing above the folder, no other file system, and none of the links that `/proc` has; links
/// that stay below are followed.
const BELOW: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_MAGICLINKS)
    .union(ResolveFlags::NO_XDEV);
/// The same, and no link at all: what a walk through a whole tree keeps to.
pub const NO_LINKS: ResolveFlags = BELOW.union(ResolveFlags::NO_SYMLINKS);
/// How often the kernel is asked again that could not be sure, as a folder was moved meanwhile.
const MOST_TRIES: usize = 32;

/// An opened home.
#[derive(Debug)]
pub struct Tree {
    root: OwnedFd,
    /// Whose its files are, where each account has a user id of its own.
    owner: Option<u32>,
}

impl Tree {
    /// Opens a home; its own path is the server's, and trusted.
    pub fn open(home: &Path, owner: Option<u32>) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(Self {
            root: open(home, flags, Mode::empty())?,
            owner,
        })
    }

    /// Whose its files are, where each account has a user id of its own.
    pub fn owner(&self) -> Option<u32> {
        self.owner
    }

    /// What is at a path, without opening it for anything: a pipe blocks nobody, a device does nothing.
    pub fn look(&self, path: &HomePath) -> io::Result<(OwnedFd, Stat)> {
        look_below(self.root.as_fd(), path.as_opened(), BELOW)
    }

    /// Opens a folder, to read what is in it.
    pub fn folder(&self, path: &HomePath) -> io::Result<OwnedFd> {
        let (found, stat) = self.look(path)?;
        match kind(&stat) {
            FileType::Directory => opened(&found, OFlags::DIRECTORY),
            _ => Err(Errno::NOTDIR.into()),
        }
    }

    /// Opens a file that was looked at, if it is a regular one of the account's own.
    pub fn read(&self, found: &OwnedFd, stat: &Stat) -> io::Result<File> {
        if kind(stat) != FileType::RegularFile {
            return Err(Errno::OPNOTSUPP.into());
        }
        // a hard link may have been laid to what is not the account's
        if self.owner.is_some_and(|uid| stat.st_uid != uid) {
            return Err(Errno::ACCESS.into());
        }
        Ok(opened(found, OFlags::empty())?.into())
    }

    /// Makes a folder, and those above it that are not there.
    pub fn make_folder(&self, path: &HomePath) -> io::Result<()> {
        let mut here = HomePath::parse("").map_err(|_| Errno::INVAL)?;
        for name in path.names() {
            let folder = self.folder(&here)?;
            match mkdirat(&folder, name, Mode::from_raw_mode(0o755)) {
                Ok(()) => self.give(folder.as_fd(), name)?,
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
            here = here.join(name);
        }
        // what was there may be no folder
        self.folder(&here).map(drop)
    }

    fn give(&self, folder: BorrowedFd<'_>, name: &str) -> io::Result<()> {
        let Some(uid) = self.owner else { return Ok(()) };
        let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(uid));
        Ok(chownat(
            folder,
            name,
            Some(uid),
            Some(gid),
            AtFlags::SYMLINK_NOFOLLOW,
        )?)
    }
}

/// What is at a path below a folder, which `rules` hold to it.
pub fn look_below(
    folder: BorrowedFd<'_>,
    path: impl Arg + Copy,
    rules: ResolveFlags,
) -> io::Result<(OwnedFd, Stat)> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    for _ in 0..MOST_TRIES {
        match openat2(folder, path, flags, Mode::empty(), rules) {
            Ok(found) => {
                let stat = fstat(&found)?;
                return Ok((found, stat));
            }
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Errno::AGAIN.into())
}

/// Opens what was only looked at: the same thing, whatever its name leads to by now.
pub fn opened(found: &OwnedFd, flags: OFlags) -> io::Result<OwnedFd> {
    let itself = format!("/proc/self/fd/{}", found.as_raw_fd());
    let flags = flags | OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(openat(CWD, itself, flags, Mode::empty())?)
}

/// Whether it is a file, a folder or another thing.
pub fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}
