//! Control groups: limits over a sandbox as a whole, and over all sandboxes of a tenant.
//!
//! `manageacloud/SERVER/TENANT/SANDBOX` below each hierarchy. SERVER is the folder that the
//! launchers of one server share; SANDBOX names the process that made it, so that what a killed one
//! left is told from what is in use. Nobody but its maker touches a group whose maker lives.

mod caps;
mod delegation;
mod hierarchy;
mod names;
mod removal;
mod undertaker;

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use rustix::io::Errno;

pub(crate) use self::caps::{Caps, Quota};
use self::{
    caps::{Machine, Necessity, OUR_WEIGHT},
    hierarchy::Hierarchy,
    names::{Maker, TOP},
    undertaker::Undertaker,
};
use crate::{Limits, Result, error::Doing as _};

/// How often a group is tried to be made whose parents others remove meanwhile.
const TRIES: usize = 100;

/// The groups of one launcher.
#[derive(Debug)]
pub(crate) struct Groups {
    hierarchy: Hierarchy,
    machine: Machine,
    /// Of this server.
    folder: PathBuf,
    maker: Maker,
    made: AtomicU64,
    shared: Arc<Shared>,
    undertaker: Undertaker,
}

/// What the launcher, its groups and the undertaker know together.
#[derive(Debug, Default)]
struct Shared {
    /// Groups that are in use.
    used: Mutex<BTreeSet<PathBuf>>,
}

impl Shared {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeSet<PathBuf>) -> T) -> T {
        act(&mut self.used.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Groups {
    /// Groups for what is started from `run_dir`, if this process may make any; else why not, in a
    /// sentence for the operator. Removes what launchers left that were killed.
    pub(crate) fn open(run_dir: &Path) -> Result<Self, String> {
        let hierarchy = Hierarchy::find()?;
        let server = names::server(run_dir).map_err(|error| format!("no groups: {error}"))?;
        let maker = Maker::this(run_dir).map_err(|error| format!("no groups: {error}"))?;
        let folder = Path::new(TOP).join(server);
        let shared = Arc::<Shared>::default();
        let undertaker = Undertaker::start(hierarchy.clone(), shared.clone())
            .map_err(|error| format!("no groups: {error}"))?;
        for left in removal::sweep(&hierarchy, &folder, &maker) {
            undertaker.bury(left);
        }
        let groups = Self {
            undertaker,
            hierarchy,
            machine: Machine::this(),
            folder,
            maker,
            made: AtomicU64::new(0),
            shared,
        };
        let trial = groups.make(0, &Limits::default());
        trial.map(drop).map_err(|error| groups.advice(&error))?;
        Ok(groups)
    }

    fn advice(&self, error: &io::Error) -> String {
        format!(
            "no limit on the memory, processes and processor time of a sandbox as a whole: {} ({error})",
            self.hierarchy.advice()
        )
    }

    /// Makes a sandbox's group, in its tenant's, both with their limits.
    pub(crate) fn make(&self, tenant: u32, limits: &Limits) -> io::Result<Group> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let place = self.folder.join(tenant.to_string());
        let place = place.join(self.maker.group(number));
        // from now on, so that whoever removes all of them removes this one too
        self.shared.with(|used| used.insert(place.clone()));
        let group = Group {
            hierarchy: self.hierarchy.clone(),
            shared: self.shared.clone(),
            undertaker: self.undertaker.clone(),
            place,
        };
        let mut tries = 0..TRIES;
        loop {
            match group.establish(&self.machine.tenant(limits), &Caps::of(limits)) {
                // a parent was removed, as it was empty
                Err(error) if is_gone(&error) && tries.next().is_some() => {}
                made => return made.map(|()| group),
            }
        }
    }

    /// Ends all that is in this launcher's groups, and returns once none is left, or after a while.
    pub(crate) async fn clear(&self) {
        self.undertaker.clear().await;
    }
}

/// Whether a group was removed, before its folder or a file in it was opened, or after.
fn is_gone(error: &io::Error) -> bool {
    let is_no_device = error.raw_os_error() == Some(Errno::NODEV.raw_os_error());
    error.kind() == io::ErrorKind::NotFound || is_no_device
}

/// A sandbox's group; what is in it ends, and it goes, when this is dropped.
#[derive(Debug)]
pub(crate) struct Group {
    hierarchy: Hierarchy,
    shared: Arc<Shared>,
    undertaker: Undertaker,
    /// Below each hierarchy.
    place: PathBuf,
}

impl Group {
    /// Makes the folders and writes the limits, of all that there is above it too.
    fn establish(&self, tenant: &Caps, own: &Caps) -> io::Result<()> {
        let above: Vec<&Path> = self.place.ancestors().skip(1).collect();
        // from `manageacloud` down; the last ancestor is nothing
        for folder in above.iter().rev().skip(1) {
            self.hierarchy.make(folder)?;
            self.hierarchy.hand_down(folder)?;
        }
        let weight = self.hierarchy.weight(OUR_WEIGHT);
        self.hierarchy.write(Path::new(TOP), &[weight])?;
        if let Some(folder) = above.first() {
            self.hierarchy.limit(folder, tenant)?;
        }
        self.hierarchy.make(&self.place)?;
        self.hierarchy.limit(&self.place, own)
    }

    /// Gives it other limits.
    pub(crate) fn limit(&self, caps: &Caps) -> Result<()> {
        self.hierarchy
            .limit(&self.place, caps)
            .doing("limit a sandbox")
    }

    /// Where a process joins it.
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        self.hierarchy.folders(&self.place)
    }

    /// How often it was made to wait for having used its processor time.
    pub(crate) fn waits(&self) -> u64 {
        let file = self.hierarchy.cpu.join(&self.place).join("cpu.stat");
        caps::waits(&fs::read_to_string(file).unwrap_or_default())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.shared.with(|used| used.remove(&self.place));
        self.undertaker.bury(self.place.clone());
    }
}

/// Joins a group, with all that this process will start.
pub(crate) fn join(folders: &[PathBuf]) -> io::Result<()> {
    for folder in folders {
        // 0 is whoever writes it
        hierarchy::write(&folder.join("cgroup.procs"), "0", Necessity::Must)?;
    }
    Ok(())
}
