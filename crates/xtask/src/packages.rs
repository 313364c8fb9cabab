//! What comes from the system's package manager.

use anyhow::{Context, bail, ensure};

use crate::process;

/// A package, what shows that it is there, and why it is needed.
pub struct Package {
    name: &'static str,
    shown_by: &'static str,
    why: &'static str,
}

/// What serving needs.
pub const SERVING: &[Package] = &[
    Package {
        name: "bubblewrap",
        shown_by: "bwrap --version",
        why: "keeps terminals and instances apart",
    },
    Package {
        name: "nftables",
        shown_by: "PATH=$PATH:/usr/sbin nft --version",
        why: "leads what sandboxes send to the emulated cloud",
    },
    Package {
        name: "iproute2",
        shown_by: "PATH=$PATH:/usr/sbin ip -V",
        why: "gives sandboxes addresses of their own",
    },
    Package {
        name: "python3-venv",
        shown_by: "/usr/bin/python3 -c 'import ensurepip'",
        why: "holds the aws command line and the emulated cloud",
    },
    Package {
        name: "curl",
        shown_by: "curl --version",
        why: "asks load balancers for pages, in terminals",
    },
    Package {
        name: "openssh-client",
        shown_by: "ssh -V",
        why: "enters instances",
    },
    Package {
        name: "openssh-sftp-server",
        shown_by: "test -x /usr/lib/openssh/sftp-server",
        why: "lets files be copied to emulated instances",
    },
];

/// What the tests of the database's queries need.
pub const POSTGRES: &[Package] = &[Package {
    name: "postgresql",
    shown_by: "ls /usr/lib/postgresql/*/bin/initdb",
    why: "is the second database that the server must work on",
}];

/// What the tests in a browser need.
pub const BROWSER: &[Package] = &[Package {
    name: "chromium",
    shown_by: "command -v chromium",
    why: "is the browser of the tests from end to end",
}];

/// What the tests in a browser run in terminals.
pub const EDITOR: &[Package] = &[Package {
    name: "vim",
    shown_by: "vim --version | grep -q +eval",
    why: "draws on whole screens, as programs in terminals do",
}];

/// What the emulated cloud's figures are measured with and beside, and what the server is tested behind.
///
/// Debian starts the services of both when it installs them, nginx's on port 80.
pub const PROXIES: &[Package] = &[
    Package {
        name: "nginx",
        shown_by: "PATH=$PATH:/usr/sbin nginx -v",
        why: "is what the server is tested behind, and what measured instances run",
    },
    Package {
        name: "haproxy",
        shown_by: "PATH=$PATH:/usr/sbin haproxy -v",
        why: "is what the server is tested behind, and load balancers are measured beside",
    },
];

/// The oldest Node.js that everything here runs on; Playwright asks for the most.
const OLDEST_NODE: u32 = 18;

/// Fails with what to do when Node.js or npm is missing or too old; they are not installed from
/// here, as many keep several of them by a tool of their own.
pub fn check_node() -> anyhow::Result<()> {
    for program in ["node", "npm"] {
        ensure!(
            process::is_there(program),
            "{program} is missing: the page's parts and the azure command line need it; install \
             Node.js {OLDEST_NODE} or newer, for example with: sudo apt-get install nodejs npm"
        );
    }
    let output = process::command("node", &["--version"]).output()?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major = major(&version).with_context(|| format!("node says {version:?}"))?;
    ensure!(
        major >= OLDEST_NODE,
        "node is {version}, and this needs Node.js {OLDEST_NODE} or newer"
    );
    Ok(())
}

/// `18` of `v18.20.4`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Installs what is missing: as root by apt-get, with sudo where it asks nothing, and otherwise
/// fails with the one line to type.
pub fn install(packages: &[Package]) -> anyhow::Result<()> {
    let missing: Vec<&Package> = packages
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

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_read() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("20.20.2"), None);
    }
}
