//! The processes that hold terminals: this build's, earlier builds', and other machines'.
//!
//! A shell can't move from one process to another, so an upgrade leaves the one that there is with what it
//! holds, has it end when that has ended, and starts its own beside it. Each is looked after by a task of
//! its own: one that is silent keeps nothing from the others.

mod link;
mod machine;
mod watch;

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use pty::Way;
use sha2::{Digest as _, Sha256};

pub use link::{Kind, Link, refused};
pub use machine::{Machine, Named};
pub use watch::watch;

use crate::processes::Process;

/// All hosts that this server knows.
#[derive(Debug)]
pub struct Hosts {
    own: Arc<Link>,
    machines: Vec<Arc<Link>>,
    folder: PathBuf,
    earlier: Mutex<BTreeMap<String, Arc<Link>>>,
}

/// What the sockets of this machine's hosts are called, before and behind the build.
const SOCKET: (&str, &str) = ("pty", ".sock");

/// The socket of a build's host in the folder of sockets.
pub fn socket(folder: &Path, build: &str) -> PathBuf {
    folder.join(format!("{}{build}{}", SOCKET.0, SOCKET.1))
}

/// What a program's build is called: where its file lies and which one that is now. Empty for the time
/// before builds had names, and never again.
pub fn build(program: &Path) -> String {
    let told = fs::metadata(program).map(|file| {
        let (seconds, nanoseconds) = (file.mtime(), file.mtime_nsec());
        let (device, number, size) = (file.dev(), file.ino(), file.size());
        format!("{device} {number} {size} {seconds} {nanoseconds}")
    });
    let mut digest = Sha256::new_with_prefix(program.as_os_str().as_encoded_bytes());
    digest.update(told.unwrap_or_default());
    let digest = digest.finalize();
    let letters = digest.iter().take(5).map(|byte| format!("{byte:02x}"));
    format!("-{}", letters.collect::<String>())
}

impl Hosts {
    /// This build's host, which `process` starts at its socket, and other machines'.
    ///
    /// # Errors
    /// The token of other machines can't be read.
    pub fn new(
        folder: PathBuf,
        build: String,
        process: Process,
        machines: &[Machine],
    ) -> anyhow::Result<Self> {
        let way = Way::Socket(socket(&folder, &build));
        let machines = machines.iter().map(|machine| machine.link().map(Arc::new));
        Ok(Self {
            own: Arc::new(Link::new(build, Kind::Own(process), way)),
            machines: machines.collect::<anyhow::Result<_>>()?,
            folder,
            earlier: Mutex::default(),
        })
    }

    /// The one of a name.
    pub fn by_name(&self, name: &str) -> Option<Arc<Link>> {
        self.all().into_iter().find(|link| link.name() == name)
    }

    /// All of them, this build's first.
    pub fn all(&self) -> Vec<Arc<Link>> {
        let earlier = self.earlier.lock().unwrap_or_else(PoisonError::into_inner);
        let here = [self.own.clone()].into_iter();
        here.chain(self.machines.iter().cloned())
            .chain(earlier.values().cloned())
            .collect()
    }

    /// This build's.
    pub fn own(&self) -> &Arc<Link> {
        &self.own
    }

    /// Where the next terminal is opened: where the fewest run, of those that answer.
    pub fn place(&self) -> &Arc<Link> {
        let mine = self.own.running().unwrap_or_default();
        let machines = self.machines.iter();
        let free = machines.filter_map(|link| link.running().map(|running| (running, link)));
        match free.min_by_key(|(running, _)| *running) {
            Some((running, link)) if running < mine => link,
            Some(_) | None => &self.own,
        }
    }

    /// Looks for hosts of other builds, which listen in the folder of sockets.
    fn look_for_earlier(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return; // it is made with the first socket
        };
        let mut earlier = self.earlier.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries.flatten() {
            let name = entry.file_name();
            let build = name.to_str().and_then(|name| name.strip_prefix(SOCKET.0));
            let Some(build) = build.and_then(|build| build.strip_suffix(SOCKET.1)) else {
                continue;
            };
            if build != self.own.name() && !earlier.contains_key(build) {
                let way = Way::Socket(entry.path());
                let link = Link::new(build.to_owned(), Kind::Earlier, way);
                earlier.insert(build.to_owned(), Arc::new(link));
            }
        }
    }

    /// One of another build has ended.
    fn forget(&self, name: &str) {
        let mut earlier = self.earlier.lock().unwrap_or_else(PoisonError::into_inner);
        earlier.remove(name);
    }

    /// Ends those of this machine with all their terminals.
    pub async fn stop(&self) {
        self.look_for_earlier();
        for link in self.all() {
            link.stop().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::{Hosts, build};
    use crate::processes::Process;

    fn hosts(folder: &std::path::Path, build: &str) -> Hosts {
        let process = Process::new(
            "/bin/true".as_ref(),
            ["pty-host".into()],
            folder.join("x"),
            PathBuf::new(),
        );
        Hosts::new(folder.to_owned(), build.to_owned(), process, &[]).unwrap()
    }

    #[test]
    fn another_file_is_another_build_and_the_same_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&first, "1").unwrap();
        fs::write(&second, "1").unwrap();
        assert_eq!(build(&first), build(&first));
        assert_ne!(build(&first), build(&second));
    }

    #[test]
    fn hosts_of_other_builds_are_found_by_their_sockets() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "pty.sock",
            "pty-aa.sock",
            "pty-bb.sock",
            "emulator.sock",
            "pty",
        ] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let hosts = hosts(folder.path(), "-bb");
        hosts.look_for_earlier();
        let names: Vec<_> = hosts
            .all()
            .iter()
            .map(|link| link.name().to_owned())
            .collect();
        assert_eq!(names, ["-bb", "", "-aa"]);
    }
}
