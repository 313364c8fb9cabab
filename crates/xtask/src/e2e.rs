//! The tests in a browser: Playwright, and the system's Chromium.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::{npm, packages, page, process};

/// Names that browsers of this family go by, the first of them Debian's.
const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// Sets up, builds the page and the server, and runs every spec.
pub fn run(toolbox: &Path) -> anyhow::Result<()> {
    let folder = process::root().join("e2e");
    let browser = browser()?;
    packages::install(packages::EDITOR)?;
    npm::install(&folder)?;
    let assets = page::build()?;
    let program = process::build()?.join("manageacloud");
    let playwright = "node_modules/@playwright/test/cli.js";
    let mut test = process::command("node", &[playwright, "test"]);
    test.current_dir(folder)
        .env("MANAGEACLOUD_BIN", program)
        .env("MANAGEACLOUD_ASSETS", assets)
        .env("MANAGEACLOUD_TOOLBOX", toolbox)
        .env("MANAGEACLOUD_BROWSER", browser);
    process::run(&mut test)
}

/// The browser that `MANAGEACLOUD_BROWSER` names, or one that is there, or Debian's, installed.
pub fn browser() -> anyhow::Result<PathBuf> {
    if let Some(named) = std::env::var_os("MANAGEACLOUD_BROWSER") {
        return Ok(named.into());
    }
    if let Some(there) = BROWSERS.iter().find_map(|name| process::find(name)) {
        return Ok(there);
    }
    packages::install(packages::BROWSER).context(
        "no Chromium (Ubuntu has it as a snap alone): MANAGEACLOUD_BROWSER may name the program \
         of one, or of Chrome",
    )?;
    process::find("chromium").context("chromium was installed and is not on the path")
}
