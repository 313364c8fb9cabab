//! What npm brings, by lock files of ours.

use std::{fs, path::Path};

use anyhow::Context;

use crate::process;

/// Installs what the folder's lock file names, unless it is there already.
pub fn install(folder: &Path) -> anyhow::Result<()> {
    let lock = fs::read(folder.join("package-lock.json"))
        .with_context(|| format!("read the lock file in {}", folder.display()))?;
    let stamp = folder.join("node_modules/.manageacloud-stamp");
    if fs::read(&stamp).ok().as_ref() == Some(&lock) {
        return Ok(());
    }
    let quiet = [
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ];
    process::run(process::command("npm", &quiet).current_dir(folder))?;
    fs::write(stamp, lock).context("write npm's stamp")
}
