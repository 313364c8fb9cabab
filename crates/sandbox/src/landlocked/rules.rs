//! What landlock lets a sandbox open and connect to; all else it refuses.

use std::{io::IsTerminal as _, path::Path};

use anyhow::{Context as _, ensure};
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, NetPort,
    PathBeneath, PathFd, Ruleset, RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _,
    RulesetError, RulesetStatus, Scope,
};

use crate::{Inlet, InletTarget, Spec, bubblewrap::ETC};

/// The oldest that keeps signals and abstract sockets in: of Linux 6.12.
const NEEDED: ABI = ABI::V6;
/// The machine's programs.
const PROGRAMS: &[&str] = &["/usr", "/bin", "/sbin", "/lib", "/lib64"];
/// What the other way writes itself; here it is the machine's.
const NAMES: &[&str] = &[
    "/etc/passwd",
    "/etc/group",
    "/etc/nsswitch.conf",
    "/etc/hosts",
    "/etc/resolv.conf",
];
/// This process alone, which the program becomes.
const OWN_PROCESS: &str = "/proc/self";
const DEVICES: &[&str] = &[
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
];
/// Where metadata services of clouds answer. A port is granted for every address, so never this one.
const METADATA_PORT: u16 = 80;

/// Restricts this process and all that it starts, or fails.
pub(crate) fn restrict(spec: &Spec) -> anyhow::Result<()> {
    let rules = nothing().context("landlock of Linux 6.12 or newer (ABI 6) is needed")?;
    let rules = allow_machine(rules, spec)?;
    let rules = allow_own(rules, spec)?;
    let rules = allow_terminal(rules)?;
    let status = allow_ports(rules, spec)?.restrict_self()?;
    let is_whole = status.ruleset == RulesetStatus::FullyEnforced && status.no_new_privs;
    ensure!(is_whole, "landlock enforces only a part: {status:?}");
    Ok(())
}

/// Rules that allow nothing yet, of all that there is to allow.
fn nothing() -> Result<RulesetCreated, RulesetError> {
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(NEEDED))?
        .handle_access(AccessNet::from_all(NEEDED))?
        .scope(Scope::from_all(NEEDED))?
        .create()
}

/// What is read and executed, as far as it is there and the tenant may walk to it.
fn allow_machine(mut rules: RulesetCreated, spec: &Spec) -> anyhow::Result<RulesetCreated> {
    let fixed = PROGRAMS
        .iter()
        .chain(ETC)
        .chain(NAMES)
        .chain([&OWN_PROCESS]);
    let mounts = spec.mounts.iter().map(|mount| mount.source.as_path());
    for path in fixed.map(Path::new).chain(mounts) {
        rules = allow(rules, path, AccessFs::from_read(NEEDED))?;
    }
    for path in DEVICES.iter().map(Path::new) {
        rules = allow(rules, path, device())?;
    }
    Ok(rules)
}

fn allow_own(mut rules: RulesetCreated, spec: &Spec) -> anyhow::Result<RulesetCreated> {
    let devices = AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev;
    let access = AccessFs::from_all(NEEDED) & !devices;
    let folders = spec.folders.iter().map(|folder| folder.source.as_path());
    for folder in folders.chain([spec.home.as_path()]) {
        let opened = PathFd::new(folder).context("open a folder of its own")?;
        rules = rules.add_rule(PathBeneath::new(opened, access))?;
    }
    Ok(rules)
}

fn allow(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> anyhow::Result<RulesetCreated> {
    let Ok(opened) = PathFd::new(path) else {
        return Ok(rules);
    };
    // the kernel takes no rights of folders for a file
    let access = match path.is_dir() {
        true => access,
        false => access & AccessFs::from_file(NEEDED),
    };
    Ok(rules.add_rule(PathBeneath::new(opened, access))?)
}

fn device() -> BitFlags<AccessFs> {
    AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev
}

/// The terminal that it is on, by whatever name.
fn allow_terminal(rules: RulesetCreated) -> anyhow::Result<RulesetCreated> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Ok(rules);
    }
    Ok(rules.add_rule(PathBeneath::new(&input, device()))?)
}

fn allow_ports(mut rules: RulesetCreated, spec: &Spec) -> anyhow::Result<RulesetCreated> {
    for port in spec.inlets.iter().filter_map(granted) {
        rules = rules.add_rule(NetPort::new(port, AccessNet::ConnectTcp))?;
    }
    Ok(rules)
}

/// The port of an inlet that leads where the same connection without an inlet does.
fn granted(inlet: &Inlet) -> Option<u16> {
    let InletTarget::Tcp(target) = &inlet.target else {
        return None;
    };
    let is_here = inlet.listen.ip().is_loopback() && target.ip().is_loopback();
    let is_same = inlet.listen.port() == target.port() && target.port() != METADATA_PORT;
    (is_here && is_same).then_some(target.port())
}

#[cfg(test)]
mod tests {
    use super::granted;
    use crate::{Inlet, InletTarget};

    #[test]
    fn only_the_same_port_of_loopback_needs_no_inlet() {
        let tcp = |listen: &str, target: &str| {
            granted(&Inlet {
                listen: listen.parse().unwrap(),
                target: InletTarget::Tcp(target.parse().unwrap()),
            })
        };
        assert_eq!(tcp("127.0.0.1:8080", "127.0.0.1:8080"), Some(8080));
        assert_eq!(tcp("127.0.0.1:8080", "[::1]:8080"), Some(8080));
        assert_eq!(tcp("127.0.0.1:8080", "127.0.0.1:8081"), None);
        assert_eq!(tcp("127.0.0.1:8080", "192.0.2.1:8080"), None);
        let unix = InletTarget::Unix("/run/x".into());
        let listen = "127.0.0.1:8080".parse().unwrap();
        assert_eq!(
            granted(&Inlet {
                listen,
                target: unix
            }),
            None
        );
    }

    #[test]
    fn the_port_of_metadata_services_is_never_granted() {
        let here = "127.0.0.1:80".parse().unwrap();
        let target = InletTarget::Tcp(here);
        assert_eq!(
            granted(&Inlet {
                listen: here,
                target
            }),
            None
        );
    }
}
