//! Where groups are made: a hierarchy for each controller, or one for all.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::{
    caps::{self, Caps, Controller, Necessity, Version, Write},
    delegation,
};

/// What must be there for limits over a sandbox.
pub(super) const CONTROLLERS: [&str; 3] = ["memory", "pids", "cpu"];

/// Where groups are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hierarchy {
    pub(super) version: Version,
    pub(super) memory: PathBuf,
    pub(super) pids: PathBuf,
    pub(super) cpu: PathBuf,
}

impl Hierarchy {
    /// What this machine has; else why it has nothing, in a sentence for the operator.
    pub(super) fn find() -> Result<Self, String> {
        let read = |path| fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
        let mounts = read("/proc/self/mountinfo")?;
        if let Some(apart) = apart(&mounts) {
            return Ok(apart);
        }
        let one = mounted(&mounts, "cgroup2").next();
        let (root, at, _) = one.ok_or_else(|| nothing("control groups are not mounted"))?;
        let cgroup = read("/proc/self/cgroup")?;
        let own = delegation::own(&cgroup, root)
            .ok_or_else(|| nothing("the server's own control group is not in sight"))?;
        let base = delegation::take(&Path::new(at).join(own))
            .map_err(|error| nothing(&format!("{ADVICE_V2} ({error})")))?;
        Ok(Self::one(base))
    }

    fn one(base: PathBuf) -> Self {
        Self {
            version: Version::V2,
            memory: base.clone(),
            pids: base.clone(),
            cpu: base,
        }
    }

    pub(super) fn advice(&self) -> &'static str {
        match self.version {
            Version::V1 => "start the server as root, with control groups that it may write",
            Version::V2 => ADVICE_V2,
        }
    }

    fn of(&self, controller: Controller) -> &Path {
        match controller {
            Controller::Memory => &self.memory,
            Controller::Pids => &self.pids,
            Controller::Cpu => &self.cpu,
        }
    }

    /// A group in each hierarchy, once.
    pub(super) fn folders(&self, place: &Path) -> Vec<PathBuf> {
        let mut roots = vec![&self.memory, &self.pids, &self.cpu];
        roots.dedup();
        roots.iter().map(|root| root.join(place)).collect()
    }

    /// Makes a group; fine if it is there.
    pub(super) fn make(&self, place: &Path) -> io::Result<()> {
        for folder in self.folders(place) {
            match fs::create_dir(&folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// Lets groups inside have limits of their own.
    pub(super) fn hand_down(&self, place: &Path) -> io::Result<()> {
        match self.version {
            // kernels before 5.11 have to be told
            Version::V1 => {
                let file = self.memory.join(place).join("memory.use_hierarchy");
                write(&file, "1", Necessity::IfThere)
            }
            Version::V2 => delegation::hand_down(&self.memory.join(place)),
        }
    }

    pub(super) fn weight(&self, of_1024: u64) -> Write {
        caps::weight(self.version, of_1024)
    }

    pub(super) fn limit(&self, place: &Path, caps: &Caps) -> io::Result<()> {
        self.write(place, &caps.writes(self.version))
    }

    pub(super) fn write(&self, place: &Path, writes: &[Write]) -> io::Result<()> {
        for (controller, file, value, necessity) in writes {
            let file = self.of(*controller).join(place).join(file);
            write(&file, value, *necessity)?;
        }
        Ok(())
    }
}

const ADVICE_V2: &str = "start it as a unit of systemd's with Delegate=yes";

fn nothing(why: &str) -> String {
    format!("no limit on the memory, processes and processor time of a sandbox as a whole: {why}")
}

/// Writes a file of the kernel's, which is there or not and never made.
pub(super) fn write(file: &Path, value: &str, necessity: Necessity) -> io::Result<()> {
    let opened = match fs::OpenOptions::new().write(true).open(file) {
        Err(error)
            if necessity == Necessity::IfThere && error.kind() == io::ErrorKind::NotFound =>
        {
            return Ok(());
        }
        opened => opened,
    };
    let written = opened.and_then(|mut opened| opened.write_all(value.as_bytes()));
    match necessity {
        Necessity::AtBest => Ok(()),
        Necessity::Must | Necessity::IfThere => written,
    }
}

/// The mounts of a file system in a mountinfo (proc(5)): root, mount point, options.
fn mounted<'a>(
    mountinfo: &'a str,
    kind: &'a str,
) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> {
    mountinfo.lines().filter_map(move |line| {
        let (before, after) = line.split_once(" - ")?;
        let mut after = after.split(' ');
        let (found, options) = (after.next()?, after.nth(1)?);
        let mut before = before.split(' ').skip(3);
        let (root, at) = (before.next()?, before.next()?);
        (found == kind).then_some((root, at, options))
    })
}

/// A hierarchy for each controller, if there is one for all of them.
fn apart(mountinfo: &str) -> Option<Hierarchy> {
    let of = |controller: &str| {
        let mut mounts = mounted(mountinfo, "cgroup");
        let found = mounts.find(|(_, _, options)| options.split(',').any(|o| o == controller));
        found.map(|(_, at, _)| PathBuf::from(at))
    };
    let [memory, pids, cpu] = CONTROLLERS.map(of);
    Some(Hierarchy {
        version: Version::V1,
        memory: memory?,
        pids: pids?,
        cpu: cpu?,
    })
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Hierarchy, apart, mounted};

    const APART: &str = "\
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
";

    #[test]
    fn each_controller_is_found_where_it_is_mounted() {
        let found = apart(APART).unwrap();
        assert_eq!(found.cpu, Path::new("/sys/fs/cgroup/cpu,cpuacct"));
        assert_eq!(found.memory, Path::new("/sys/fs/cgroup/memory"));
        assert_eq!(
            found.folders(Path::new("a")),
            ["memory/a", "pids/a", "cpu,cpuacct/a"].map(|f| Path::new("/sys/fs/cgroup").join(f))
        );
        let without_pids = APART.replace("rw,pids", "rw,freezer");
        assert_eq!(apart(&without_pids), None);
    }

    #[test]
    fn one_hierarchy_for_all_is_one_folder() {
        let found = mounted(APART, "cgroup2").next();
        assert_eq!(found, Some(("/", "/sys/fs/cgroup/unified", "rw")));
        let one = Hierarchy::one("/sys/fs/cgroup/unit".into());
        let folder = PathBuf::from("/sys/fs/cgroup/unit/a");
        assert_eq!(one.folders(Path::new("a")), [folder]);
    }
}
