//! Starts sandboxes, if this machine isolates well enough.

use std::{
    fs::{self, File},
    os::{
        fd::OwnedFd,
        unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    },
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    Error, Level, Machine, Prepared, Probe, Result, Running, Spec, Workplace,
    cgroups::Groups,
    error::Doing as _,
    landlocked, leftovers, probe,
    wire::{Role, Way},
};

/// Why nothing boots at level C.
const NO_MACHINES: &str = "a machine needs namespaces, which this one cannot make (level C)";

/// Starts sandboxes; made once per process.
#[derive(Debug, Clone)]
pub struct Launcher {
    site: Site,
    probe: Probe,
    confinement: Confinement,
}

/// What sandboxes are started with.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    helper: PathBuf,
    run_dir: PathBuf,
    /// Their control groups; else why there are none.
    groups: Result<Arc<Groups>, String>,
}

impl Site {
    fn open(helper: PathBuf, run_dir: PathBuf) -> Result<Self> {
        // those above it too, as other sockets of the server's lie there
        let mut made = fs::DirBuilder::new();
        made.recursive(true).mode(0o700);
        made.create(&run_dir)
            .doing("make the folder for control sockets")?;
        fs::set_permissions(&run_dir, fs::Permissions::from_mode(0o700))
            .doing("close the folder for control sockets")?;
        leftovers::remove(&run_dir);
        Ok(Self {
            groups: Groups::open(&run_dir).map(Arc::new),
            helper,
            run_dir,
        })
    }

    /// Lets tenants walk through the folder, which they may not list; its sockets stay closed.
    pub(crate) fn open_to_tenants(&self) -> Result<()> {
        fs::set_permissions(&self.run_dir, fs::Permissions::from_mode(0o711))
            .doing("open the folder of control sockets")
    }

    /// Takes that back.
    pub(crate) fn close(&self) {
        fs::set_permissions(&self.run_dir, fs::Permissions::from_mode(0o700)).ok(); // it is gone
    }

    pub(crate) fn run_dir(&self) -> &Path {
        &self.run_dir
    }

    pub(crate) fn groups(&self) -> Result<&Groups, &str> {
        self.groups.as_deref().map_err(String::as_str)
    }

    pub(crate) fn prepare(&self, spec: Spec, role: Role, way: Way) -> Result<Prepared> {
        Prepared::new(
            &self.helper,
            &self.run_dir,
            self.groups().ok(),
            spec,
            role,
            way,
        )
    }
}

/// Whether what is started is kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Confinement {
    Sandboxed,
    Unconfined,
}

impl Launcher {
    /// Tries how well this machine isolates, and makes a launcher that knows.
    ///
    /// `helper` is the program with the two subcommands; `run_dir` is for control sockets and
    /// is made, for this user alone, if it isn't there. Its path must be short. Launchers whose
    /// folders are in the same one are a server's: a tenant's sandboxes share limits across them.
    /// At level C the folder, and each above homes, has to let others through (0711).
    pub async fn new(helper: impl Into<PathBuf>, run_dir: impl Into<PathBuf>) -> Result<Self> {
        let site = Site::open(helper.into(), run_dir.into())?;
        let probe = probe::run(&site).await;
        Ok(Self {
            site,
            probe,
            confinement: Confinement::Sandboxed,
        })
    }

    /// Makes a launcher that keeps nothing apart: what it starts may do whatever its own user
    /// may. For a single person on a machine of their own, who said so.
    pub fn unconfined() -> Self {
        Self {
            site: Site {
                helper: PathBuf::new(),
                run_dir: PathBuf::new(),
                groups: Err("sandboxes were switched off".to_owned()),
            },
            probe: Probe {
                level: Level::D,
                missing: vec!["sandboxes were switched off".to_owned()],
            },
            confinement: Confinement::Unconfined,
        }
    }

    /// What was found when this was made.
    pub fn level(&self) -> &Probe {
        &self.probe
    }

    /// Whether anything is started at all.
    ///
    /// # Errors
    /// This machine isolates too badly: [`Error::Disabled`].
    pub fn ready(&self) -> Result<()> {
        let is_off = self.confinement == Confinement::Sandboxed && self.probe.level == Level::D;
        match is_off {
            true => Err(self.disabled()),
            false => Ok(()),
        }
    }

    fn disabled(&self) -> Error {
        Error::Disabled(self.probe.missing.join("; "))
    }

    /// Makes a sandbox that the caller starts, for example in a terminal.
    pub fn prepare(&self, spec: Spec) -> Result<Prepared> {
        self.prepare_as(spec, Role::Replace)
    }

    /// Runs a command to its end, its output in pipes.
    pub async fn spawn(&self, spec: Spec) -> Result<Running> {
        if self.confinement == Confinement::Unconfined {
            return Running::start_unconfined(&spec).await;
        }
        Running::start(self.prepare(spec)?).await
    }

    /// Runs a command whose output, of both streams, goes into a file; only in a sandbox.
    pub async fn spawn_into(&self, spec: Spec, output: File) -> Result<Running> {
        Running::start_into(self.prepare(spec)?, output).await
    }

    /// Runs a program on the user's side of a pseudo terminal, in a session of its own.
    pub async fn spawn_on(&self, spec: Spec, terminal: OwnedFd) -> Result<Running> {
        if self.confinement == Confinement::Unconfined {
            return Running::start_unconfined_on(&spec, terminal).await;
        }
        Running::start_on(self.prepare(spec)?, terminal).await
    }

    /// Starts a machine whose first program is the spec's, and returns once its agent answers.
    pub async fn boot(&self, spec: Spec, console: File) -> Result<Machine> {
        if self.way() == Way::Landlock {
            return Err(Error::Disabled(NO_MACHINES.to_owned()));
        }
        self.boot_agent(spec, console).await
    }

    /// Starts an agent beside the spec's program; it has a network of its own or it has not.
    pub(crate) async fn boot_agent(&self, spec: Spec, console: File) -> Result<Machine> {
        Machine::boot(self.prepare_as(spec, Role::Agent)?, console).await
    }

    /// Opens a sandbox in which commands are run; each brings its own program and folder.
    pub async fn workplace(&self, spec: Spec) -> Result<Workplace> {
        Workplace::open(self, spec).await
    }

    /// Ends every sandbox that was started from here, and returns once nothing of any is left, or
    /// after some seconds. Sandboxes without control groups end with this process.
    pub async fn clear(&self) {
        if let Ok(groups) = self.site.groups() {
            groups.clear().await;
        }
    }

    pub(crate) fn confinement(&self) -> Confinement {
        self.confinement
    }

    fn prepare_as(&self, spec: Spec, role: Role) -> Result<Prepared> {
        if self.probe.level == Level::D {
            return Err(self.disabled());
        }
        let way = self.way();
        if way == Way::Landlock {
            landlocked::reach(&spec)?;
        }
        self.site.prepare(spec, role, way)
    }

    /// How what is started is kept apart.
    pub(crate) fn way(&self) -> Way {
        match self.probe.level {
            Level::A | Level::B | Level::D => Way::Namespaces,
            Level::C => Way::Landlock,
        }
    }
}
