//! Makes the folder with the tools that terminals come with, once per set of pins.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::{packages, shell};

/// Debian's own interpreter: one from a home folder is not visible in a sandbox.
const PYTHON: &str = "/usr/bin/python3";

/// The files that decide what is installed.
const PINS: [&str; 5] = [
    "aws.txt",
    "moto.txt",
    "azure/package.json",
    "azure/package-lock.json",
    "azure/quick-poll.cjs",
];

/// Changes whenever the recipe below changes.
const RECIPE: &str = "1";

/// Where the toolbox is, by environment or by who is asking.
pub fn folder() -> Result<PathBuf> {
    if let Some(folder) = env::var_os("MANAGEACLOUD_TOOLBOX") {
        return std::path::absolute(folder).context("make MANAGEACLOUD_TOOLBOX absolute");
    }
    if packages::is_root() {
        return Ok("/opt/manageacloud/toolbox".into());
    }
    let home = env::var_os("HOME").context("HOME is not set")?;
    Ok(Path::new(&home).join(".local/share/manageacloud/toolbox"))
}

/// Makes the toolbox unless its stamp says that it is already this one.
pub fn ensure(root: &Path) -> Result<PathBuf> {
    let pins = root.join("toolbox");
    let folder = folder()?;
    let stamp = stamp(&pins, &folder)?;
    if fs::read_to_string(folder.join("stamp")).is_ok_and(|found| found == stamp) {
        return Ok(folder);
    }
    packages::ensure(packages::RUN)?;
    for part in ["stamp", "aws", "moto", "azure", "bin"] {
        remove(&folder.join(part))?;
    }
    fs::create_dir_all(folder.join("bin")).with_context(|| format!("make {}", folder.display()))?;
    shell::say("toolbox: installing awscli, the aws command of terminals");
    venv(&folder.join("aws"), &pins.join("aws.txt"))?;
    shell::say("toolbox: installing moto, behind the emulated cloud");
    venv(&folder.join("moto"), &pins.join("moto.txt"))?;
    shell::say("toolbox: installing azure-cli, the azure command of terminals");
    azure(&folder.join("azure"), &pins.join("azure"))?;
    wrappers(&folder)?;
    shell::run(Command::new("chmod").args(["-R", "a+rX"]).arg(&folder))?;
    fs::write(folder.join("stamp"), stamp).context("write the toolbox stamp")?;
    Ok(folder)
}

fn stamp(pins: &Path, folder: &Path) -> Result<String> {
    let mut hash = Sha256::new_with_prefix(RECIPE);
    hash.update(folder.as_os_str().as_encoded_bytes());
    for name in PINS {
        let file = pins.join(name);
        hash.update(fs::read(&file).with_context(|| format!("read {}", file.display()))?);
    }
    Ok(hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

fn remove(path: &Path) -> Result<()> {
    let result = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

fn venv(folder: &Path, pins: &Path) -> Result<()> {
    shell::run(Command::new(PYTHON).args(["-m", "venv"]).arg(folder))?;
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--disable-pip-version-check",
        "-r",
    ];
    shell::run(Command::new(folder.join("bin/python")).args(pip).arg(pins))
}

fn azure(folder: &Path, pins: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    for name in ["package.json", "package-lock.json", "quick-poll.cjs"] {
        fs::copy(pins.join(name), folder.join(name)).with_context(|| format!("copy {name}"))?;
    }
    let npm = [
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ];
    shell::run(Command::new("npm").args(npm).current_dir(folder))
}

/// The programs that go on `PATH`, with absolute paths so that they work from anywhere.
fn wrappers(folder: &Path) -> Result<()> {
    let at = folder.display();
    let aws = format!("#!/bin/sh\nexec '{at}/aws/bin/aws' \"$@\"\n");
    // The first switch is the CLI's own for current versions of Node.js.
    let azure = format!(
        "#!/bin/sh\nexport PRECOMPILE_STREAMLINE_FILES=1 NODE_NO_WARNINGS=1 AZURE_NON_INTERACTIVE_MODE=1\n\
         exec node --require '{at}/azure/quick-poll.cjs' '{at}/azure/node_modules/azure-cli/bin/azure' \"$@\"\n"
    );
    for (name, text) in [("aws", aws), ("azure", azure)] {
        let file = folder.join("bin").join(name);
        fs::write(&file, text)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}
