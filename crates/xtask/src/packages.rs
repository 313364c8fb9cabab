//! The Debian packages that the product needs, installed when they are missing.

use std::process::Command;

use anyhow::{Result, bail};

use crate::shell;

/// A Debian package, what it is for, and how its presence is seen.
pub struct Package {
    name: &'static str,
    purpose: &'static str,
    present: fn() -> bool,
}

/// What running the product needs.
pub const RUN: &[Package] = &[
    Package {
        name: "bubblewrap",
        purpose: "sandboxes of terminals and instances",
        present: || shell::find("bwrap").is_some(),
    },
    Package {
        name: "python3-venv",
        purpose: "the aws command and the emulated cloud",
        present: has_venv,
    },
    Package {
        name: "util-linux",
        purpose: "ending helpers with their parent",
        present: || shell::find("setpriv").is_some(),
    },
    Package {
        name: "nodejs",
        purpose: "the azure command",
        present: || shell::find("node").is_some(),
    },
    Package {
        name: "npm",
        purpose: "installing the azure command",
        present: || shell::find("npm").is_some(),
    },
];

fn has_venv() -> bool {
    shell::succeeds(Command::new("/usr/bin/python3").args(["-c", "import venv, ensurepip"]))
}

/// Installs the packages that are missing, or says the one line that does.
pub fn ensure(packages: &[Package]) -> Result<()> {
    let missing: Vec<&Package> = packages
        .iter()
        .filter(|package| !(package.present)())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    for package in &missing {
        shell::say(&format!("installing {}: {}", package.name, package.purpose));
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    let line = format!(
        "apt-get update && apt-get install -y --no-install-recommends {}",
        names.join(" ")
    );
    if shell::find("apt-get").is_none() {
        bail!(
            "missing: {}; install them with this system's package manager",
            names.join(", ")
        );
    }
    if is_root() {
        return shell::run(
            Command::new("sh")
                .args(["-c", &line])
                .env("DEBIAN_FRONTEND", "noninteractive"),
        );
    }
    if shell::succeeds(Command::new("sudo").args(["-n", "true"])) {
        return shell::run(Command::new("sudo").args(["-n", "sh", "-c", &line]));
    }
    bail!("missing: {}; type: sudo sh -c '{line}'", names.join(", "));
}

/// Whether this process runs as root.
pub fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
