//! Makes what a sandbox mounts reachable for its tenant, when the server is root.
//!
//! A tenant's user id cannot walk through a folder that only root may enter. So what is
//! mounted is bound to a folder of a private mount namespace first.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use nix::{
    mount::{MsFlags, mount},
    sched::{CloneFlags, unshare},
    unistd::{Gid, Uid, setgroups, setresgid, setresuid},
};

use crate::{Mount, Spec};

/// An empty folder that every system has.
const STAGE: &str = "/mnt";

/// Where the things to mount can be reached by the tenant.
pub(crate) struct Sources {
    pub(crate) home: PathBuf,
    pub(crate) control: PathBuf,
    pub(crate) helper: PathBuf,
    pub(crate) mounts: Vec<Mount>,
    pub(crate) folders: Vec<Mount>,
}

impl Sources {
    /// Where things are.
    pub(crate) fn of(spec: &Spec, control: &Path, helper: PathBuf) -> Self {
        Self {
            home: spec.home.clone(),
            control: control.to_owned(),
            helper,
            mounts: spec.mounts.clone(),
            folders: spec.folders.clone(),
        }
    }

    /// Binds everything below the stage, in a mount namespace of this process's own.
    pub(crate) fn stage(self) -> anyhow::Result<Self> {
        unshare(CloneFlags::CLONE_NEWNS).context("make a mount namespace")?;
        let none = None::<&str>;
        mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)?;
        mount(
            Some("stage"),
            STAGE,
            Some("tmpfs"),
            MsFlags::MS_NOSUID,
            Some("size=1m,mode=0755"),
        )?;
        let mounts = bind_all(self.mounts, "mount")?;
        let folders = bind_all(self.folders, "folder")?;
        let (home, control) = (bind(&self.home, "home")?, bind(&self.control, "control")?);
        Ok(Self {
            home,
            control,
            helper: bind(&self.helper, "helper")?,
            mounts,
            folders,
        })
    }
}

fn bind_all(mounts: Vec<Mount>, name: &str) -> anyhow::Result<Vec<Mount>> {
    let mounts = mounts.into_iter().enumerate();
    let bound = mounts.map(|(index, Mount { source, target })| {
        let source = bind(&source, &format!("{name}-{index}"))?;
        Ok(Mount { source, target })
    });
    bound.collect()
}

fn bind(source: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let stage = Path::new(STAGE).join(name);
    let facts = fs::metadata(source).with_context(|| format!("find {}", source.display()))?;
    if facts.is_dir() {
        fs::create_dir(&stage)?;
    } else {
        fs::write(&stage, [])?;
        fs::set_permissions(&stage, fs::Permissions::from_mode(facts.mode() & 0o777))?;
    }
    let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
    mount(Some(source), &stage, None::<&str>, flags, None::<&str>)
        .with_context(|| format!("bind {}", source.display()))?;
    Ok(stage)
}

/// Becomes the tenant, for good.
pub(crate) fn become_tenant(id: u32) -> anyhow::Result<()> {
    let (uid, gid) = (Uid::from_raw(id), Gid::from_raw(id));
    setgroups(&[]).context("leave all groups")?;
    setresgid(gid, gid, gid).context("change the group")?;
    setresuid(uid, uid, uid).context("change the user")
}
