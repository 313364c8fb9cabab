//! What is in a folder.

use std::io;

use rustix::fs::{AtFlags, Dir, FileType, Stat, statat};
use shared::{FileEntry, FileKind, Instant};

use super::{
    path::{HomePath, is_plain},
    tree::{Tree, kind},
};

/// So many entries are listed; who has more looks in a terminal.
pub const MOST_LISTED: usize = 5_000;

/// What is in a folder, folders first, then by name; and whether there is more.
pub fn list(tree: &Tree, path: &HomePath) -> io::Result<(Vec<FileEntry>, bool)> {
    let folder = tree.folder(path)?;
    let mut dir = Dir::read_from(&folder)?;
    let (mut entries, mut is_cut) = (Vec::new(), false);
    while let Some(found) = dir.read() {
        let found = found?;
        let name = found.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        if entries.len() == MOST_LISTED {
            is_cut = true;
            break;
        }
        // it may be gone by now
        let Ok(stat) = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) else {
            continue;
        };
        let lossy = name.to_string_lossy().into_owned();
        let has_plain_name = is_plain(name.to_bytes());
        let is_link = kind(&stat) == FileType::Symlink;
        let target = (is_link && has_plain_name)
            .then(|| tree.look(&path.join(&lossy)).ok())
            .flatten();
        let stat = target.map_or(stat, |(_, target)| target);
        entries.push(FileEntry {
            // a name is shown to people, whom its control characters must not move about
            name: lossy.replace(char::is_control, "\u{fffd}"),
            kind: shown(&stat),
            is_link,
            has_plain_name,
            size_bytes: u64::try_from(stat.st_size).unwrap_or(0),
            modified_at: modified(&stat),
        });
    }
    entries.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    Ok((entries, is_cut))
}

fn shown(stat: &Stat) -> FileKind {
    match kind(stat) {
        FileType::Directory => FileKind::Folder,
        FileType::RegularFile => FileKind::File,
        // a link that is still one leads nowhere, or out of the home
        FileType::Symlink
        | FileType::Fifo
        | FileType::Socket
        | FileType::CharacterDevice
        | FileType::BlockDevice
        | FileType::Unknown => FileKind::Other,
    }
}

fn modified(stat: &Stat) -> Instant {
    let (seconds, nanos) = (stat.st_mtime, i64::try_from(stat.st_mtime_nsec));
    let ms = seconds.saturating_mul(1000);
    Instant::from_unix_ms(ms.saturating_add(nanos.unwrap_or(0) / 1_000_000))
}
