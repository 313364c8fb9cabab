//! How much a home takes on the disk.

use std::{
    collections::HashSet,
    ffi::{OsStr, OsString},
    io,
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::ffi::OsStrExt as _,
    },
    path::Path,
    thread,
    time::Duration,
};

use rustix::{
    fs::{AtFlags, Dir, FileType, Mode, OFlags, open, statat},
    io::Errno,
};

use crate::files::tree::{NO_LINKS, kind, look_below, opened};

/// More files and folders are not counted.
pub const MOST_ENTRIES: u64 = 1_000_000;
/// In what `stat` counts (`stat(2)`).
const BLOCK_BYTES: u64 = 512;
/// A walk in the background lets others have the disk after so many files.
const BATCH: u64 = 1_000;
/// For so long.
const PAUSE: Duration = Duration::from_millis(10);

/// What a walk through a home has found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measure {
    /// The blocks of all, each file once however many names it has.
    pub bytes: u64,
    /// How many names there are.
    pub entries: u64,
    /// How much of it was seen.
    pub seen: Seen,
}

/// How much of a home was seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    /// All of it.
    #[default]
    All,
    /// Not what the server may not read.
    Part,
    /// There are more files than are counted, or folders nested deeper than a path is long.
    Endless,
}

/// How fast to walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Somebody waits.
    Fast,
    /// In the background.
    Gentle,
}

/// Walks through a home, through no link and on one file system.
pub fn measure(home: &Path, pace: Pace) -> io::Result<Measure> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let top = open(home, flags, Mode::empty())?;
    let mut walk = Walk {
        top,
        pace,
        measure: Measure::default(),
        linked: HashSet::new(),
        waiting: vec![OsString::from(".")],
    };
    while let Some(folder) = walk.waiting.pop() {
        if walk.measure.entries >= MOST_ENTRIES {
            walk.measure.seen = Seen::Endless;
            break;
        }
        walk.folder(&folder)?;
    }
    Ok(walk.measure)
}

struct Walk {
    top: OwnedFd,
    pace: Pace,
    measure: Measure,
    /// Files with several names.
    linked: HashSet<u64>,
    waiting: Vec<OsString>,
}

impl Walk {
    fn folder(&mut self, path: &OsStr) -> io::Result<()> {
        let folder = match look_below(self.top.as_fd(), path, NO_LINKS) {
            Ok((folder, stat)) if kind(&stat) == FileType::Directory => folder,
            Ok(_) => return Ok(()),
            Err(error) => return self.passed_over(error),
        };
        let folder = match opened(&folder, OFlags::DIRECTORY) {
            Ok(folder) => folder,
            Err(error) => return self.passed_over(error),
        };
        let mut dir = Dir::read_from(&folder)?;
        while let Some(entry) = dir.read() {
            let entry = entry?;
            let name = entry.file_name();
            let is_up = name.to_bytes() == b"..";
            let is_self = name.to_bytes() == b".";
            // the home itself is counted by its own name, all others by the one that they have above
            if is_up || (is_self && path != ".") {
                continue;
            }
            let Ok(stat) = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            let is_folder = kind(&stat) == FileType::Directory;
            if is_folder || stat.st_nlink == 1 || self.linked.insert(stat.st_ino) {
                let blocks = u64::try_from(stat.st_blocks).unwrap_or(0);
                self.measure.bytes += blocks * BLOCK_BYTES;
            }
            self.count();
            if self.measure.entries >= MOST_ENTRIES {
                self.measure.seen = Seen::Endless;
                return Ok(());
            }
            if is_folder && !is_self {
                let name = OsStr::from_bytes(name.to_bytes());
                self.waiting.push(Path::new(path).join(name).into());
            }
        }
        Ok(())
    }

    fn count(&mut self) {
        self.measure.entries += 1;
        if self.pace == Pace::Gentle && self.measure.entries.is_multiple_of(BATCH) {
            thread::sleep(PAUSE);
        }
    }

    /// A folder that can't be opened: it is gone, or what is in it can't be counted.
    fn passed_over(&mut self, error: io::Error) -> io::Result<()> {
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(()),
            // the kernel takes no longer path
            Some(Errno::NAMETOOLONG) => {
                self.measure.seen = Seen::Endless;
                Ok(())
            }
            Some(Errno::ACCESS) => {
                self.measure.seen = self.measure.seen.max(Seen::Part);
                Ok(())
            }
            _ => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::MetadataExt as _, os::unix::fs::symlink};

    use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};

    use super::{Pace, Seen, measure};

    #[test]
    fn what_is_on_the_disk_counts_once_and_what_links_lead_to_does_not() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        fs::write(at("sub/file"), vec![1; 100_000]).unwrap();
        fs::hard_link(at("sub/file"), at("again")).unwrap();
        symlink("/usr", at("usr")).unwrap();
        // of a gigabyte that was never written, nothing is on the disk
        fs::File::create(at("sparse"))
            .unwrap()
            .set_len(1 << 30)
            .unwrap();
        let blocks = |name: &str| fs::symlink_metadata(at(name)).unwrap().blocks() * 512;
        let all = ["", "sub", "sub/file", "usr", "sparse"].map(blocks);
        let measured = measure(home.path(), Pace::Fast).unwrap();
        assert_eq!(measured.bytes, all.iter().sum::<u64>());
        assert_eq!((measured.entries, measured.seen), (6, Seen::All));
        assert!(measured.bytes >= 100_000 && measured.bytes < 1 << 20);
    }

    #[test]
    fn folders_deeper_than_a_path_is_long_are_not_overlooked() {
        let home = tempfile::tempdir().unwrap();
        let name = "d".repeat(250);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        let mut folder = openat(CWD, home.path(), flags, Mode::empty()).unwrap();
        for _ in 0..18 {
            mkdirat(&folder, name.as_str(), Mode::RWXU).unwrap();
            folder = openat(&folder, name.as_str(), flags, Mode::empty()).unwrap();
        }
        let measured = measure(home.path(), Pace::Fast).unwrap();
        assert_eq!(measured.seen, Seen::Endless);
    }
}
