//! Files of which there is never half.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use anyhow::Context as _;

/// Writes a file beside its place, with these permissions (`chmod(2)`), and moves it there.
pub(crate) fn keep(file: &Path, bytes: &[u8], mode: u32) -> anyhow::Result<()> {
    let new = file.with_extension("new");
    let mut out = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(&new)
        .with_context(|| format!("write {}", new.display()))?;
    out.write_all(bytes)?;
    out.sync_all()?;
    fs::rename(&new, file).with_context(|| format!("keep {}", file.display()))
}
