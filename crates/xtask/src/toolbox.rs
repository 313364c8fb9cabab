//! What terminals come with, and what the emulated cloud runs on: pinned, and installed once.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Args;
use sha2::{Digest, Sha256};

use crate::{packages, process};

/// The files that say what is installed; a change of one installs anew.
const PINS: &[&str] = &[
    "toolbox/aws.txt",
    "toolbox/moto.txt",
    "toolbox/original.txt",
    "toolbox/schemathesis.txt",
    "toolbox/azure/package-lock.json",
    "toolbox/azure/polls.cjs",
    "toolbox/azure/npm",
];

/// The files that say what `az` is, which is installed only when it is asked for: it is as large as
/// all the rest.
const AZ_PINS: &[&str] = &["toolbox/az.txt", "toolbox/az/az"];

/// Goes up with each change of what this file does with the pins.
const RECIPE: &str = "4";

/// What azure-cli 0.10.20 needs on a Node.js of today.
///
/// Its `lib/cli.js` registers a compiler that stumbles over every `.cjs` file, unless it is told
/// that its files are compiled already, which those of the npm package are. The others spare
/// the reader warnings, and a question that blocks the first command for half a minute. It takes a
/// proxy for what is on loopback too, whatever `no_proxy` says, and fails by that.
const AZURE_SETTINGS: &str = "/usr/bin/env -u http_proxy -u https_proxy -u HTTPS_PROXY \
     PRECOMPILE_STREAMLINE_FILES=1 NODE_NO_WARNINGS=1 AZURE_NON_INTERACTIVE_MODE=1";

/// Installs what terminals come with.
#[derive(Debug, Args)]
pub struct Toolbox {
    /// Installs `az`, Azure's command line of today, too: about 730 MB more.
    #[arg(long)]
    az: bool,
}

impl Toolbox {
    /// Does it.
    pub fn install(&self) -> anyhow::Result<()> {
        install()?;
        if self.az { install_az() } else { Ok(()) }
    }
}

/// Where the toolbox lies: `MANAGEACLOUD_TOOLBOX`, or a folder that fits the user.
pub fn folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("MANAGEACLOUD_TOOLBOX") {
        return folder.into();
    }
    let home = std::env::var_os("HOME")
        .map(PathBuf::from)
        .unwrap_or_default();
    // a sandbox of another user id must be able to read it, which root's home forbids
    if home == Path::new("/root") {
        return "/opt/manageacloud/toolbox".into();
    }
    home.join(".local/share/manageacloud/toolbox")
}

/// Installs what the pins name, unless it is there already, and says where.
pub fn install() -> anyhow::Result<PathBuf> {
    packages::install(packages::SERVING)?;
    packages::check_node()?;
    let folder = folder();
    let wanted = pins(PINS)?;
    let stamp = folder.join("stamp");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(folder);
    }
    eprintln!(
        "installing the toolbox in {} (about 700 MB, some minutes)",
        folder.display()
    );
    fs::create_dir_all(folder.join("bin")).context("make the toolbox's folder")?;
    venv(&folder, "aws")?;
    venv(&folder, "moto")?;
    // the original client and schemathesis, which tests try our server with; on nobody's PATH
    venv(&folder, "original")?;
    venv(&folder, "schemathesis")?;
    azure(&folder)?;
    wrappers(&folder)?;
    try_out(&folder, &["aws", "azure"])?;
    fs::write(stamp, wanted).context("write the toolbox's stamp")?;
    Ok(folder)
}

/// Installs `az` beside the rest, unless it is there already.
pub fn install_az() -> anyhow::Result<()> {
    let folder = folder();
    let wanted = pins(AZ_PINS)?;
    let stamp = folder.join("az/stamp");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    eprintln!(
        "installing az in {} (about 730 MB, some minutes)",
        folder.display()
    );
    venv(&folder, "az")?;
    let wrapper = fs::read_to_string(process::root().join("toolbox/az/az"))?;
    program(&folder, "az", &wrapper)?;
    try_out(&folder, &["az"])?;
    fs::write(stamp, wanted).context("write the stamp of az")
}

/// What was installed must answer before it counts as installed.
fn try_out(folder: &Path, names: &[&str]) -> anyhow::Result<()> {
    for name in names {
        let program = folder.join("bin").join(name).display().to_string();
        process::run(&mut process::command(&program, &["--version"]))?;
    }
    Ok(())
}

fn pins(pins: &[&str]) -> anyhow::Result<String> {
    let mut hash = Sha256::new();
    hash.update(RECIPE);
    for pin in pins {
        hash.update(fs::read(process::root().join(pin)).with_context(|| format!("read {pin}"))?);
    }
    Ok(hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// Debian's own interpreter: one in a home would not be there inside a sandbox.
fn venv(folder: &Path, name: &str) -> anyhow::Result<()> {
    let venv = folder.join(name).display().to_string();
    let requirements = format!("toolbox/{name}.txt");
    process::run(&mut process::command(
        "/usr/bin/python3",
        &["-m", "venv", "--clear", &venv],
    ))?;
    process::run(&mut process::command(
        &format!("{venv}/bin/pip"),
        &[
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
            &requirements,
        ],
    ))
}

fn azure(folder: &Path) -> anyhow::Result<()> {
    let azure = folder.join("azure");
    fs::create_dir_all(&azure)?;
    for file in ["package.json", "package-lock.json", "polls.cjs"] {
        fs::copy(
            process::root().join("toolbox/azure").join(file),
            azure.join(file),
        )?;
    }
    let mut npm = process::command(
        "npm",
        &[
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ],
    );
    process::run(npm.current_dir(azure))
}

/// Commands that work wherever the toolbox is mounted at its own path.
fn wrappers(folder: &Path) -> anyhow::Result<()> {
    let shown = folder.display();
    for (name, target) in [
        ("aws", format!("{shown}/aws/bin/aws")),
        (
            "azure",
            format!(
                "{AZURE_SETTINGS} node --require {shown}/azure/polls.cjs \
                 {shown}/azure/node_modules/azure-cli/bin/azure"
            ),
        ),
    ] {
        let text = format!("#!/bin/sh\nexec {target} \"$@\"\n");
        program(folder, name, &text)?;
    }
    let npm = fs::read_to_string(process::root().join("toolbox/azure/npm"))?;
    program(folder, "npm", &npm)
}

fn program(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let file = folder.join("bin").join(name);
    fs::write(&file, text)?;
    process::run(&mut process::command(
        "chmod",
        &["755", &file.display().to_string()],
    ))
}
