//! Level C: landlock, seccomp and a user id, for machines where no namespaces can be made.
//!
//! A sandbox sees the machine's own paths, so whoever runs the server opens (0711) the folders above
//! homes, as nothing is mounted for a tenant to walk around them. What needs a network of its own
//! is not there: names, an outside, and inlets other than to the same port of the machine's loopback.
//! Nor is there `/dev/shm`, a name for its user, or `/proc/self` for any but its first program.
//! A supervisor stays outside for as long as a sandbox lives, as there is no process namespace to
//! end with it.

mod attempts;
mod paths;
mod privileges;
mod rules;
mod supervisor;
mod tree;
mod trial;
mod walk;

use std::{
    fs,
    os::unix::fs::{DirBuilderExt as _, symlink},
    path::Path,
};

use anyhow::Context as _;

pub(crate) use self::{
    attempts::worked,
    paths::Paths,
    supervisor::supervise,
    trial::{Surroundings, fall_back},
};
use crate::{Error, Mount, Result, Spec, error::Doing as _, ownership, seccomp};

/// Why there is no level C, where that is so.
pub(crate) const NEEDS_ROOT: &str =
    "level C, which does without namespaces, needs a server that is root of this machine";

/// Keeps this process, and all that it starts, in; returns what to run with the machine's own paths.
pub(crate) fn enter(spec: &Spec) -> anyhow::Result<Spec> {
    let tenant = ownership::owner(spec.tenant).context(NEEDS_ROOT)?;
    let paths = Paths::of(spec);
    supervisor::release_signals().context("hear signals")?;
    privileges::give_up(tenant)?;
    furnish(&paths);
    rules::restrict(spec)?;
    seccomp::restrict()?;
    Ok(paths.translate(spec))
}

/// Whether a tenant may walk to what is its own; else the error says which folder is closed.
pub(crate) fn reach(spec: &Spec) -> Result<()> {
    let tenant = ownership::owner(spec.tenant);
    let tenant = tenant.ok_or_else(|| Error::Disabled(NEEDS_ROOT.to_owned()))?;
    let own = spec.folders.iter().map(|folder| &folder.source);
    for folder in own.chain([&spec.home]) {
        if let Some(closed) = walk::closed(folder, tenant).doing("find a home")? {
            return Err(Error::Start(walk::advice(&closed)));
        }
    }
    Ok(())
}

/// Makes what a home has at this level besides; as the tenant, who may have laid links there.
///
/// A home that is full or has something else in these places is without, and no reason to refuse.
fn furnish(paths: &Paths) {
    for folder in [paths.temporary(), paths.programs()] {
        fs::DirBuilder::new().mode(0o700).create(folder).ok();
    }
    for Mount { source, target } in paths.links() {
        link(source, target).ok();
    }
}

fn link(source: &Path, target: &Path) -> std::io::Result<()> {
    if fs::read_link(target).is_ok_and(|found| found == source) {
        return Ok(());
    }
    fs::remove_file(target).ok(); // nothing may be there
    symlink(source, target)
}
