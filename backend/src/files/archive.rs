//! A folder as a tar archive, written while it is read.
//!
//! Links are stored as links and never followed; pipes, sockets and devices are left out. A file has
//! the size in the archive that it had when it was opened: what it grew by is left out, what it lost is
//! zeros. The work is a thread's, for as long as whoever downloads takes what it has written.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::{self, Read, Write},
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::ffi::{OsStrExt as _, OsStringExt as _},
    },
    path::{Path, PathBuf},
};

use rustix::{
    fs::{AtFlags, Dir, FileType, OFlags, Stat, readlinkat, statat},
    io::Errno,
};
use tar::{Builder, EntryType, Header};

use super::tree::{NO_LINKS, kind, look_below, opened};

/// Folders that wait to be read; more are a trap, or too many to be of use in one archive.
const MOST_WAITING: usize = 100_000;

/// Writes all that is in a folder, below a folder of this name.
///
/// # Errors
/// The reader is gone, or the folder is too large to be told in one archive, which then ends in the middle.
pub fn write(top: OwnedFd, name: &str, owner: Option<u32>, to: impl Write) -> io::Result<()> {
    let mut archive = Archive {
        top,
        owner,
        builder: Builder::new(to),
    };
    let mut waiting = vec![OsString::new()];
    while let Some(folder) = waiting.pop() {
        archive.folder(Path::new(name), &folder, &mut waiting)?;
        if waiting.len() > MOST_WAITING {
            return Err(io::Error::other("too many folders for one archive"));
        }
    }
    archive.builder.into_inner()?.flush()
}

struct Archive<W: Write> {
    top: OwnedFd,
    owner: Option<u32>,
    builder: Builder<W>,
}

impl<W: Write> Archive<W> {
    fn folder(
        &mut self,
        name: &Path,
        below: &OsStr,
        waiting: &mut Vec<OsString>,
    ) -> io::Result<()> {
        let Some((folder, stat)) = self.look(below)? else {
            return Ok(());
        };
        let path = inside(name, below);
        let mut header = header(&stat, EntryType::Directory);
        self.builder.append_data(&mut header, path, io::empty())?;
        let folder = opened(&folder, OFlags::DIRECTORY)?;
        let mut dir = Dir::read_from(&folder)?;
        while let Some(entry) = dir.read() {
            let entry = entry?;
            let entry = entry.file_name().to_bytes();
            if matches!(entry, b"." | b"..") {
                continue;
            }
            let entry = OsStr::from_bytes(entry);
            // it may be gone by now
            let Ok(stat) = statat(&folder, entry, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            let below = Path::new(below).join(entry).into_os_string();
            match kind(&stat) {
                FileType::Directory => waiting.push(below),
                FileType::RegularFile => self.file(&inside(name, &below), &folder, entry)?,
                FileType::Symlink => {
                    let target = readlinkat(&folder, entry, Vec::new());
                    let Ok(target) = target else { continue };
                    let target = OsString::from_vec(target.into_bytes());
                    let mut header = self::header(&stat, EntryType::Symlink);
                    let path = inside(name, &below);
                    self.builder.append_link(&mut header, path, target)?;
                }
                FileType::Fifo
                | FileType::Socket
                | FileType::CharacterDevice
                | FileType::BlockDevice
                | FileType::Unknown => {}
            }
        }
        Ok(())
    }

    /// What is at a path below the top, unless it is gone or no folder any more.
    fn look(&self, below: &OsStr) -> io::Result<Option<(OwnedFd, Stat)>> {
        let path = if below.is_empty() {
            OsStr::new(".")
        } else {
            below
        };
        match look_below(self.top.as_fd(), path, NO_LINKS) {
            Ok((found, stat)) if kind(&stat) == FileType::Directory => Ok(Some((found, stat))),
            Ok(_) => Ok(None),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn file(&mut self, path: &Path, folder: &OwnedFd, name: &OsStr) -> io::Result<()> {
        let (found, stat) = match look_below(folder.as_fd(), name, NO_LINKS) {
            Ok(found) => found,
            Err(error) if is_gone(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        let is_ours = self.owner.is_none_or(|uid| stat.st_uid == uid);
        if kind(&stat) != FileType::RegularFile || !is_ours {
            return Ok(());
        }
        let file = match opened(&found, OFlags::empty()) {
            Ok(file) => File::from(file),
            // unreadable for the server too, where that has no other rights
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut header = header(&stat, EntryType::Regular);
        let size = u64::try_from(stat.st_size).unwrap_or(0);
        header.set_size(size);
        // tar says what it writes by the size, so the reader has to bring as much
        let pinned = file.chain(io::repeat(0)).take(size);
        self.builder.append_data(&mut header, path, pinned)
    }
}

fn is_gone(error: &io::Error) -> bool {
    let is = |errno: Errno| error.raw_os_error() == Some(errno.raw_os_error());
    is(Errno::NOENT) || is(Errno::NOTDIR) || is(Errno::LOOP)
}

fn inside(name: &Path, below: &OsStr) -> PathBuf {
    if below.is_empty() {
        name.to_owned()
    } else {
        name.join(below)
    }
}

/// Says nothing of whose it is: that is whoever unpacks it.
fn header(stat: &Stat, kind: EntryType) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(stat.st_mode & 0o777);
    header.set_mtime(u64::try_from(stat.st_mtime).unwrap_or(0));
    header.set_size(0);
    header
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Read as _, os::unix::fs::symlink, path::Path};

    use rustix::fs::{Mode, OFlags, open};
    use tar::{Archive, EntryType};

    fn packed(folder: &Path) -> Vec<(String, EntryType, String, String)> {
        let flags = OFlags::PATH | OFlags::DIRECTORY;
        let top = open(folder, flags, Mode::empty()).unwrap();
        let mut bytes = Vec::new();
        super::write(top, "top", None, &mut bytes).unwrap();
        let mut archive = Archive::new(bytes.as_slice());
        let entries = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().display().to_string();
            let link = entry.link_name().unwrap();
            let link = link.map_or(String::new(), |link| link.display().to_string());
            let kind = entry.header().entry_type();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            (path, kind, link, text)
        });
        let mut entries: Vec<_> = entries.collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        entries
    }

    #[test]
    fn an_archive_has_what_is_in_the_folder_and_nothing_that_links_lead_to() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let long = "l".repeat(200);
        fs::create_dir_all(at("sub/empty")).unwrap();
        fs::write(at("sub/file"), "text").unwrap();
        fs::write(at(&long), "long").unwrap();
        symlink("/etc", at("out")).unwrap();
        symlink("../../../etc/passwd", at("sub/up")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), Mode::RWXU).unwrap();
        let entry = |path: &str, kind, link: &str, text: &str| {
            (path.to_owned(), kind, link.to_owned(), text.to_owned())
        };
        let entries = packed(folder.path());
        assert_eq!(
            entries,
            [
                entry("top", EntryType::Directory, "", ""),
                entry(&format!("top/{long}"), EntryType::Regular, "", "long"),
                entry("top/out", EntryType::Symlink, "/etc", ""),
                entry("top/sub", EntryType::Directory, "", ""),
                entry("top/sub/empty", EntryType::Directory, "", ""),
                entry("top/sub/file", EntryType::Regular, "", "text"),
                entry("top/sub/up", EntryType::Symlink, "../../../etc/passwd", ""),
            ]
        );
    }
}
