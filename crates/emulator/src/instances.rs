//! Instances that run: each a sandbox with a disk and a console of its own.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    net::Ipv4Addr,
    os::{
        fd::OwnedFd,
        unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    },
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use sandbox::{Inlet, InletTarget, Machine, Mount, Outbound, Spec};
use tokio::{io::AsyncReadExt as _, net::unix::pipe};
use tracing::{info, warn};

use crate::{emulator::SERVER_PORT, realm::Ground};

/// Where the script lies inside.
const USER_DATA: &str = "/opt/instance/user-data";
/// The first program: runs the script, says how it ended, and stays as a machine does.
const FIRST: &str = "\
    if [ -x /opt/instance/user-data ]; then \
        /opt/instance/user-data; echo \"user-data ended with $?\"; \
    fi; exec sleep infinity";
/// How much of a console is kept, and how much of that is dropped when it is full.
const CONSOLE_BYTES: u64 = 1 << 20;
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

    fn console(&self) -> PathBuf {
        self.0.join("console.log")
    }

    fn user_data(&self) -> PathBuf {
        self.0.join("user-data")
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

    /// Removes everything, for an instance that never comes back; its console stays.
    pub fn clear(&self) {
        for left in [self.disk(), self.user_data()] {
            let removed = match fs::symlink_metadata(&left) {
                Ok(found) if found.is_dir() => fs::remove_dir_all(&left),
                Ok(_) => fs::remove_file(&left),
                Err(_) => Ok(()),
            };
            if let Err(error) = removed {
                warn!("{} is left over: {error}", left.display());
            }
        }
    }

    /// Whether the instance has run before.
    pub fn is_made(&self) -> bool {
        self.disk().exists()
    }

    /// Keeps the script that the instance begins with, and makes its disk, which says that all
    /// of it is made.
    pub fn make(&self, user_data: Option<&str>, tenant: u32) -> anyhow::Result<()> {
        fs::create_dir_all(&self.0).context("make the place of an instance")?;
        self.keep_script(&user_data.map(decoded).unwrap_or_default())
            .context("keep the user-data")?;
        fs::create_dir_all(self.disk()).context("make the disk")?;
        fs::set_permissions(self.disk(), fs::Permissions::from_mode(0o700))?;
        sandbox::give(&self.disk(), tenant).context("give the disk away")
    }

    fn keep_script(&self, script: &[u8]) -> io::Result<()> {
        if script.is_empty() {
            return Ok(());
        }
        if !script.starts_with(b"#!") {
            let said = "user-data is not a script, so it is not run\n";
            return fs::write(self.console(), said);
        }
        fs::write(self.user_data(), script)?;
        fs::set_permissions(self.user_data(), fs::Permissions::from_mode(0o755))
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

/// User data is base64; some clients send it as it is.
fn decoded(text: &str) -> Vec<u8> {
    let plain = || text.as_bytes().to_vec();
    let packed: String = text.split_whitespace().collect();
    BASE64.decode(packed).unwrap_or_else(|_| plain())
}

/// Boots an instance: its script runs as soon as this returns.
pub(crate) async fn boot(
    ground: &Ground,
    place: &Place,
    tenant: u32,
    outbound: Outbound,
) -> anyhow::Result<Arc<Machine>> {
    let mut spec = Spec::new(["/bin/sh", "-c", FIRST], place.disk(), tenant);
    spec.hostname = format!("ip-{}", outbound.address.to_string().replace('.', "-"));
    spec.outbound = Some(outbound);
    if place.user_data().exists() {
        spec.mounts.push(Mount {
            source: place.user_data(),
            target: USER_DATA.into(),
        });
    }
    spec.inlets
        .extend(ground.server.clone().map(|server| Inlet {
            listen: (Ipv4Addr::LOCALHOST, SERVER_PORT).into(),
            target: InletTarget::Unix(server),
        }));
    let console = console(place.console())?;
    let machine = ground.launcher.boot(spec, console).await?;
    info!("booted {}", place.0.display());
    Ok(Arc::new(machine))
}

/// A console that keeps its last part however much is written on it.
pub(crate) fn console(path: PathBuf) -> anyhow::Result<File> {
    let (read, write): (OwnedFd, OwnedFd) =
        rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    let mut reader = pipe::Receiver::from_owned_fd(read)?;
    let mut file = OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .mode(0o600)
        .open(&path)?;
    tokio::spawn(async move {
        let mut chunk = vec![0; 16 << 10];
        while let Ok(size @ 1..) = reader.read(&mut chunk).await {
            if let Err(error) = keep(&mut file, &chunk[..size]) {
                warn!("{}: {error}", path.display());
            }
        }
    });
    Ok(File::from(write))
}

/// Adds to the file; a full one loses its older half.
fn keep(file: &mut File, written: &[u8]) -> io::Result<()> {
    file.write_all(written)?;
    let size = file.metadata()?.len();
    if size <= CONSOLE_BYTES {
        return Ok(());
    }
    let mut rest = Vec::new();
    file.seek(SeekFrom::Start(size - CONSOLE_BYTES / 2))?;
    file.read_to_end(&mut rest)?;
    file.set_len(0)?;
    file.write_all(&rest)
}

#[cfg(test)]
mod tests {
    use std::{fs::OpenOptions, path::Path};

    use super::{CONSOLE_BYTES, Place, decoded, keep};

    #[test]
    fn user_data_is_read_from_base64_or_as_it_is() {
        assert_eq!(decoded("IyEvYmluL3No"), b"#!/bin/sh");
        assert_eq!(decoded("#!/bin/sh"), b"#!/bin/sh");
    }

    #[test]
    fn a_console_keeps_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::of(folder.path(), "1", "i-1");
        std::fs::create_dir_all(place.disk()).unwrap();
        let mut options = OpenOptions::new();
        let mut open = |path: &Path| {
            options
                .create(true)
                .read(true)
                .append(true)
                .open(path)
                .unwrap()
        };
        let mut file = open(&place.console());
        for _ in 0..=CONSOLE_BYTES / 1024 {
            keep(&mut file, &[b'x'; 1024]).unwrap();
        }
        keep(&mut file, b"the end").unwrap();
        assert!(file.metadata().unwrap().len() <= CONSOLE_BYTES);
        assert!(place.shown_console().unwrap().ends_with(b"the end"));
    }
}
