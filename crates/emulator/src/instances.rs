//! Instances that run: each a sandbox with a disk and a console of its own.

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom},
    net::Ipv4Addr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use russh::keys::PrivateKey;
use sandbox::{Inlet, InletTarget, Machine, Mount, Outbound, Spec};
use tracing::{info, warn};

use crate::{
    console::Console,
    emulator::SERVER_PORT,
    realm::Ground,
    ssh,
    user_data::{self, Boot, Occasion},
};

/// The first program: stays as a machine does. What user data asks for is run beside it.
const FIRST: [&str; 2] = ["/usr/bin/sleep", "infinity"];
/// What an instance may write of its system.
pub(crate) const WRITABLE: [&str; 4] = ["etc", "opt", "srv", "var"];
/// How long a console is kept of an instance that never comes back, as with AWS.
const CONSOLE_STAYS: Duration = Duration::from_secs(3600);
/// How much of a console is shown, as with AWS.
const SHOWN_BYTES: u64 = 64 << 10;

/// Where an instance keeps what it has.
#[derive(Debug, Clone)]
pub(crate) struct Place(PathBuf);

impl Place {
    /// The place of one instance of an account.
    pub fn of(data: &Path, account: &str, id: &str) -> Self {
        Self(data.join("instances").join(account).join(id))
    }

    fn disk(&self) -> PathBuf {
        self.0.join("disk")
    }

    /// What it may write of its system, which outlives its stops as its home does.
    fn system(&self) -> PathBuf {
        self.0.join("system")
    }

    fn console(&self) -> PathBuf {
        self.0.join("console.log")
    }

    fn user_data(&self) -> PathBuf {
        self.0.join("user-data")
    }

    /// What a boot does, as the instance sees it.
    fn boot(&self) -> PathBuf {
        self.0.join("boot")
    }

    /// What it is known by to who enters it, which it does not see itself.
    pub fn host_key(&self) -> anyhow::Result<PrivateKey> {
        ssh::make_host_key(&self.0.join("host-key"))
    }

    fn boots(&self) -> PathBuf {
        self.0.join("boots")
    }

    /// The end of what the instance wrote on its console, of any of its lives.
    pub fn shown_console(&self) -> io::Result<Vec<u8>> {
        let mut file = match File::open(self.console()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            opened => opened?,
        };
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(size.saturating_sub(SHOWN_BYTES)))?;
        let mut shown = Vec::new();
        file.read_to_end(&mut shown)?;
        Ok(shown)
    }

    /// Removes everything, for an instance that never comes back; its console a while later.
    pub fn clear(&self, now: SystemTime) {
        let is_first = self.is_made();
        let own = [self.disk(), self.system(), self.user_data()];
        for left in own.into_iter().chain([self.boot(), self.boots()]) {
            remove(&left);
        }
        let console = self.console();
        if is_first && let Ok(file) = File::options().append(true).open(&console) {
            // the hour begins now, however long ago it last wrote
            file.set_modified(now).ok(); // or when it did
        }
        let written = fs::metadata(&console).and_then(|facts| facts.modified());
        if written.is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age > CONSOLE_STAYS)) {
            remove(&self.0);
        }
    }

    /// Whether the instance has a disk.
    fn is_made(&self) -> bool {
        self.disk().exists()
    }

    /// Makes an empty disk, unless there is one, which says that the instance has begun to live.
    pub fn make(&self, tenant: u32) -> anyhow::Result<()> {
        if self.is_made() {
            return Ok(());
        }
        for name in WRITABLE {
            Self::make_folder(&self.system().join(name), 0o755, tenant)?;
        }
        // nothing of the instance's has run yet that could have laid links
        let known_by = self.system().join("etc/ssh");
        fs::create_dir_all(&known_by).context("make the disk")?;
        let line = ssh::public_line(&self.host_key()?)?;
        fs::write(known_by.join("ssh_host_ed25519_key.pub"), line).context("make the disk")?;
        Self::make_folder(&known_by, 0o755, tenant)?;
        // last, as it says that all of it is there
        Self::make_folder(&self.disk(), 0o700, tenant)
    }

    fn make_folder(folder: &Path, mode: u32, tenant: u32) -> anyhow::Result<()> {
        fs::create_dir_all(folder).context("make the disk")?;
        fs::set_permissions(folder, fs::Permissions::from_mode(mode))?;
        sandbox::give(folder, tenant).context("give the disk away")
    }

    /// The folders of the system that an instance may write, as it sees them; those of instances
    /// that were made before there were any are not there.
    fn folders(&self) -> Vec<Mount> {
        let all = WRITABLE.iter().map(|name| Mount {
            source: self.system().join(name),
            target: Path::new("/").join(name),
        });
        all.filter(|folder| folder.source.exists()).collect()
    }

    /// Keeps what the instance is told, in base64, in place of what it was told before.
    pub fn tell(&self, told: Option<&str>) -> anyhow::Result<()> {
        fs::create_dir_all(&self.0).context("make the place of an instance")?;
        remove(&self.user_data());
        let told = told.map(user_data::told).unwrap_or_default();
        if told.is_empty() {
            return Ok(());
        }
        fs::write(self.user_data(), told).context("keep the user-data")
    }

    /// What the instance is told.
    pub fn told(&self) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.user_data()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    /// How often it has booted.
    pub fn boots_so_far(&self) -> u64 {
        let count = fs::read_to_string(self.boots()).ok();
        count
            .and_then(|count| count.trim().parse().ok())
            .unwrap_or(0)
    }

    /// Counts a boot.
    pub fn count_boot(&self) -> io::Result<()> {
        fs::write(self.boots(), (self.boots_so_far() + 1).to_string())
    }

    /// Lays out what a boot does, in place of the last one; says whether that is anything.
    pub fn lay_out(&self, boot: &Boot, occasion: Occasion) -> io::Result<bool> {
        remove(&self.boot());
        let files = user_data::laid_out(boot, occasion);
        if files.is_empty() {
            return Ok(false);
        }
        fs::create_dir(self.boot())?;
        fs::set_permissions(self.boot(), fs::Permissions::from_mode(0o755))?;
        for file in files {
            let path = self.boot().join(&file.name);
            fs::write(&path, &file.text)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(file.mode))?;
        }
        Ok(true)
    }

    /// The console, which is made if it is not there.
    pub fn open_console(&self) -> anyhow::Result<Console> {
        Console::open(self.console())
    }
}

/// Removes what is there, never what a link leads to.
fn remove(left: &Path) {
    let removed = match fs::symlink_metadata(left) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(left),
        Ok(_) => fs::remove_file(left),
        Err(_) => Ok(()),
    };
    if let Err(error) = removed {
        warn!("{} is left over: {error}", left.display());
    }
}

/// Removes what an account's instances had, once moto knows none of them.
pub(crate) fn clear_all(data: &Path, account: &str) {
    let folder = data.join("instances").join(account);
    if let Err(error) = fs::remove_dir_all(&folder)
        && error.kind() != io::ErrorKind::NotFound
    {
        warn!("{} is left over: {error}", folder.display());
    }
}

/// Starts an instance's sandbox; what user data asks for is begun when this has returned.
pub(crate) async fn boot(
    ground: &Ground,
    place: &Place,
    tenant: u32,
    hostname: String,
    outbound: Outbound,
    console: &Console,
) -> anyhow::Result<Arc<Machine>> {
    let mut spec = Spec::new(FIRST, place.disk(), tenant);
    spec.hostname = hostname;
    spec.outbound = Some(outbound);
    spec.folders = place.folders();
    if place.boot().exists() {
        spec.mounts.push(Mount {
            source: place.boot(),
            target: user_data::FOLDER.into(),
        });
    }
    spec.inlets
        .extend(ground.server.clone().map(|server| Inlet {
            listen: (Ipv4Addr::LOCALHOST, SERVER_PORT).into(),
            target: InletTarget::Unix(server),
        }));
    let machine = ground.launcher.boot(spec, console.pipe()?).await?;
    info!("booted {}", place.0.display());
    Ok(Arc::new(machine))
}

/// A console for a program that is no instance.
pub(crate) fn console(path: PathBuf) -> anyhow::Result<File> {
    Console::open(path)?.pipe()
}

/// What an instance is called that is not told otherwise.
pub(crate) fn hostname(private_address: &str) -> String {
    format!("ip-{}", private_address.replace('.', "-"))
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Duration};

    use super::{CONSOLE_STAYS, Place, SystemTime};

    #[test]
    fn a_console_outlives_its_instance_by_an_hour() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::of(folder.path(), "1", "i-1");
        place.tell(Some("IyEvYmluL3No")).unwrap();
        place.make(1).unwrap();
        assert_eq!(place.told().unwrap().unwrap(), b"#!/bin/sh");
        place.count_boot().unwrap();
        place.count_boot().unwrap();
        assert_eq!(place.boots_so_far(), 2);
        fs::write(place.console(), "last words").unwrap();
        let end = SystemTime::now() + Duration::from_secs(86_400);
        place.clear(end);
        assert!(!place.is_made());
        assert_eq!(place.told().unwrap(), None);
        place.clear(end + CONSOLE_STAYS);
        assert_eq!(place.shown_console().unwrap(), b"last words");
        place.clear(end + CONSOLE_STAYS + Duration::from_secs(1));
        assert!(!place.0.exists());
    }
}
