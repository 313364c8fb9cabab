//! What groups are called: whose they are, and which process made them.

use std::{fs, io, os::unix::fs::MetadataExt as _, path::Path};

/// What holds the groups of all servers.
pub(super) const TOP: &str = "manageacloud";

/// A server, by the folder that its launchers' folders are in: no two have the same at a time.
pub(super) fn server(run_dir: &Path) -> io::Result<String> {
    let folder = run_dir.parent().unwrap_or(run_dir);
    let facts = fs::metadata(folder)?;
    Ok(format!("{}-{}", facts.dev(), facts.ino()))
}

/// A process that makes groups. A number that was given again is told by when the process began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Maker {
    /// What it is of the server's: the name of its folder.
    role: String,
    /// In which its number counts.
    namespace: String,
    pid: u32,
    began: u64,
}

/// Whether a group's maker is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is, or that is not known.
    MayLive,
    /// It has ended.
    Ended,
    /// It has ended, and was what this process is now.
    Predecessor,
}

impl Maker {
    /// This process, working from a folder.
    pub(super) fn this(run_dir: &Path) -> io::Result<Self> {
        let pid = std::process::id();
        let role = run_dir.file_name().unwrap_or_default().to_string_lossy();
        let namespace = fs::read_link("/proc/self/ns/pid")?;
        let digits = |c: &char| char::is_ascii_digit(c);
        Ok(Self {
            role: role.replace('.', "-"),
            namespace: namespace.to_string_lossy().chars().filter(digits).collect(),
            pid,
            began: began(pid)
                .ok_or_else(|| io::Error::other("/proc does not know this process"))?,
        })
    }

    /// What it calls its group of this number.
    pub(super) fn group(&self, number: u64) -> String {
        let Self {
            role,
            namespace,
            pid,
            began,
        } = self;
        format!("{role}.{namespace}.{pid}.{began}.{number}")
    }

    /// Who made a group.
    fn of(group: &str) -> Option<Self> {
        let parts: Vec<&str> = group.split('.').collect();
        let [role, namespace, pid, began, _] = parts[..] else {
            return None;
        };
        Some(Self {
            role: role.to_owned(),
            namespace: namespace.to_owned(),
            pid: pid.parse().ok()?,
            began: began.parse().ok()?,
        })
    }

    /// Whether the maker of a group is there, as far as this process can see.
    pub(super) fn standing(&self, group: &str) -> Standing {
        match Self::of(group) {
            Some(maker) if maker.namespace == self.namespace => match began(maker.pid) {
                Some(began) if began == maker.began => Standing::MayLive,
                _ if maker.role == self.role => Standing::Predecessor,
                _ => Standing::Ended,
            },
            Some(_) | None => Standing::MayLive,
        }
    }
}

/// When a process began, in ticks since the machine did: the 22nd field of its stat (proc(5)); none of one
/// that has ended, also while nobody has asked how.
fn began(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // after its name, which is in brackets and may hold anything
    let mut after = stat.rsplit(')').next()?.split_whitespace();
    match after.next()? {
        "Z" | "X" => None,
        _ => after.nth(18)?.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use std::process::Command;

    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    use super::{Maker, Standing, began, server};

    /// Who was killed together with who started it is waited for by nobody for a moment, in which the next
    /// one begins.
    #[test]
    fn a_process_that_nobody_has_waited_for_has_ended_all_the_same() {
        let mut child = Command::new("/bin/sleep").arg("600").spawn().unwrap();
        assert!(began(child.id()).is_some());
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        let ended = pidfd_open(pid, PidfdFlags::empty()).unwrap();
        child.kill().unwrap();
        let mut ready = [rustix::event::PollFd::new(
            &ended,
            rustix::event::PollFlags::IN,
        )];
        rustix::event::poll(&mut ready, None).unwrap();
        assert_eq!(began(child.id()), None);
        child.wait().unwrap();
        assert_eq!(began(child.id()), None);
    }

    #[test]
    fn a_group_says_who_made_it_and_whether_that_lives() {
        let this = Maker::this(Path::new("/data/run/pty")).unwrap();
        assert_eq!(Maker::of(&this.group(7)), Some(this.clone()));
        assert_eq!(this.standing(&this.group(7)), Standing::MayLive);
        let before = Maker {
            began: this.began - 1,
            ..this.clone()
        };
        assert_eq!(this.standing(&before.group(0)), Standing::Predecessor);
        let neighbour = Maker {
            role: "box".into(),
            ..before.clone()
        };
        assert_eq!(this.standing(&neighbour.group(0)), Standing::Ended);
        let elsewhere = Maker {
            namespace: "1".into(),
            ..before
        };
        assert_eq!(this.standing(&elsewhere.group(0)), Standing::MayLive);
        assert_eq!(this.standing("strange"), Standing::MayLive);
    }

    #[test]
    fn launchers_of_one_server_share_its_name_and_others_do_not() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let name = |folder: &tempfile::TempDir, role| server(&folder.path().join(role)).unwrap();
        assert_eq!(name(&one, "pty"), name(&one, "box"));
        assert_ne!(name(&one, "pty"), name(&other, "pty"));
    }
}
