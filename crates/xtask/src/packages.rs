//! What comes from the system's package manager.

use anyhow::bail;

use crate::process;

/// A package, what shows that it is there, and why it is needed.
struct Package {
    name: &'static str,
    shown_by: &'static str,
    why: &'static str,
}

/// What serving needs.
const NEEDED: &[Package] = &[
    Package {
        name: "bubblewrap",
        shown_by: "bwrap --version",
        why: "keeps terminals and instances apart",
    },
    Package {
        name: "python3-venv",
        shown_by: "/usr/bin/python3 -c 'import ensurepip'",
        why: "holds the aws command line and the emulated cloud",
    },
];

/// Installs what is missing: as root by apt-get, with sudo where it asks nothing, and otherwise
/// fails with the one line to type.
pub fn install() -> anyhow::Result<()> {
    let missing: Vec<&Package> = NEEDED
        .iter()
        .filter(|package| !succeeds(package.shown_by))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    for package in &missing {
        eprintln!("{} is missing: it {}", package.name, package.why);
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    let Some(prefix) = prefix() else {
        bail!(
            "type this, then try again: sudo apt-get install {}",
            names.join(" ")
        );
    };
    let apt = format!("{prefix}apt-get");
    let script = format!(
        "{apt} update -qq && DEBIAN_FRONTEND=noninteractive {apt} install -y -qq {}",
        names.join(" ")
    );
    process::run(&mut process::command("sh", &["-c", &script]))
}

/// Whether a line of shell ends well; what it prints is not shown.
fn succeeds(script: &str) -> bool {
    process::command("sh", &["-c", script])
        .output()
        .is_ok_and(|output| output.status.success())
}

/// What apt-get must be called through; none when it would ask for a password.
fn prefix() -> Option<&'static str> {
    if succeeds("test $(id -u) = 0") {
        Some("")
    } else {
        succeeds("sudo -n true").then_some("sudo -n ")
    }
}
