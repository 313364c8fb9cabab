//! Sets limits from inside, where they count for one sandbox and not for a whole user.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::Limits;

/// Limits this process and all that it starts.
pub(crate) fn apply(limits: Limits) -> nix::Result<()> {
    for (resource, wanted) in [
        (Resource::RLIMIT_NPROC, limits.processes),
        (Resource::RLIMIT_DATA, limits.data_bytes),
        (Resource::RLIMIT_FSIZE, limits.file_bytes),
        (Resource::RLIMIT_NOFILE, limits.open_files),
        (Resource::RLIMIT_CORE, 0),
    ] {
        let (_, most) = getrlimit(resource)?;
        let limit = wanted.min(most);
        setrlimit(resource, limit, limit)?;
    }
    Ok(())
}
