//! Removing what is at a path, through no link.

use std::{
    io,
    os::fd::{AsFd as _, OwnedFd},
};

use rustix::{
    fs::{AtFlags, Dir, FileType, OFlags, statat, unlinkat},
    io::Errno,
};

use super::{
    path::HomePath,
    tree::{NO_LINKS, Tree, kind, look_below, opened},
};

/// Folders within folders, each of which is held open meanwhile; deeper ones a shell removes.
const MOST_DEEP: usize = 64;

/// Removes a file or a link, or a folder with all in it.
///
/// # Errors
/// `ISDIR` for the home itself; `NAMETOOLONG` when its folders are nested too deep.
pub fn remove(tree: &Tree, path: &HomePath) -> io::Result<()> {
    let (folder, name) = path.split().ok_or(Errno::ISDIR)?;
    let folder = tree.folder(&folder)?;
    one(&folder, name.as_bytes(), MOST_DEEP)
}

fn one(folder: &OwnedFd, name: &[u8], deeper: usize) -> io::Result<()> {
    let stat = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    if kind(&stat) != FileType::Directory {
        return Ok(unlinkat(folder, name, AtFlags::empty())?);
    }
    let deeper = deeper.checked_sub(1).ok_or(Errno::NAMETOOLONG)?;
    let (found, _) = look_below(folder.as_fd(), name, NO_LINKS)?;
    let inner = opened(&found, OFlags::DIRECTORY)?;
    let mut dir = Dir::read_from(&inner)?;
    while let Some(entry) = dir.read() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if !matches!(name, b"." | b"..") {
            gone(one(&inner, name, deeper))?;
        }
    }
    Ok(unlinkat(folder, name, AtFlags::REMOVEDIR)?)
}

/// What somebody else has removed meanwhile need not be removed.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
