//! SSH to instances: each account has a key, which the boot script of its instances lets in.
//!
//! The key is a file that the account's sandboxes see, so that a plain `ssh` there has it too.

use std::{
    fs, io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use russh::keys::{
    PrivateKey,
    ssh_key::{
        LineEnding,
        private::{Ed25519Keypair, KeypairData},
    },
};
use sandbox::Mount;
use shared::AccountId;

use crate::{Result, accounts::Tenant, app::App};

/// Where an account's sandboxes see its key.
const KEY: &str = "/opt/manageacloud/instances.key";
/// Where instances are administered.
pub const PORT: u16 = 22;
/// Whom the boot script lets in.
const USER: &str = "root";
/// A name for the key where it is let in.
const COMMENT: &str = "manageacloud";

/// What a new home's `ssh` is told of instances.
pub const CONFIG: &str = "\
# Instances that were launched here let this account's key in.
Host *.amazonaws.com *.compute.internal *.ec2.internal
    User root
    IdentityFile /opt/manageacloud/instances.key
    StrictHostKeyChecking accept-new
";

/// An account's key.
#[derive(Debug)]
pub struct Key {
    /// Where it lies on this machine.
    pub file: PathBuf,
    /// Its public half, as `authorized_keys` has it.
    pub public: String,
}

impl Key {
    /// The account's key, which is made when it is not there.
    pub async fn of(app: &App, tenant: &Tenant) -> Result<Self> {
        let file = app.config.folders().instance_key(tenant.account.id);
        let number = tenant.number;
        let made = tokio::task::spawn_blocking(move || {
            let key = ensure(&file, number);
            let key = key.with_context(|| format!("the key {}", file.display()))?;
            let public = key.public_key().to_openssh();
            anyhow::Ok(Self {
                file,
                public: public.context("show a key")?,
            })
        });
        Ok(made.await.map_err(anyhow::Error::from)??)
    }

    /// The file as the account's sandboxes see it; made when it is not there, and not read.
    pub async fn mount(app: &App, tenant: &Tenant) -> Result<Mount> {
        let file = app.config.folders().instance_key(tenant.account.id);
        if !file.exists() {
            Self::of(app, tenant).await?;
        }
        Ok(Mount {
            source: file,
            target: KEY.into(),
        })
    }

    /// Where `ssh` finds an account's key in a sandbox of the account's.
    pub fn seen(app: &App, account: AccountId) -> PathBuf {
        match app.config.no_sandbox {
            true => app.config.folders().instance_key(account),
            false => KEY.into(),
        }
    }
}

fn ensure(file: &Path, tenant: u32) -> anyhow::Result<PrivateKey> {
    match fs::read(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(file, tenant),
        read => PrivateKey::from_openssh(read?).context("read it"),
    }
}

/// Makes it beside its place, so that nobody sees half of one; who is faster has made it.
fn make(file: &Path, tenant: u32) -> anyhow::Result<PrivateKey> {
    let pair = Ed25519Keypair::from_seed(&rand::random());
    let key = PrivateKey::new(KeypairData::from(pair), COMMENT)?;
    let folder = file.parent().context("it is in no folder")?;
    fs::create_dir_all(folder)?;
    let new = folder.join(format!(".new-{}", uuid::Uuid::now_v7()));
    let mut written = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    io::Write::write_all(&mut written, key.to_openssh(LineEnding::LF)?.as_bytes())?;
    written.sync_all()?;
    sandbox::give(&new, tenant)?;
    let linked = fs::hard_link(&new, file);
    fs::remove_file(&new)?;
    match linked {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            PrivateKey::from_openssh(fs::read(file)?).context("read it")
        }
        Err(error) => Err(error.into()),
    }
}

/// Which instance, and the way to it.
#[derive(Debug)]
pub struct To<'a> {
    /// What the cloud calls it: addresses are given to others later, such names are not.
    pub provider_id: &'a str,
    /// The address to connect to.
    pub host: String,
    /// The port there.
    pub port: u16,
    /// The key that it is known by, in base64, if it has told of that.
    pub host_key: Option<&'a str>,
    /// The account's key.
    pub key: &'a Path,
}

impl To<'_> {
    /// The command line that runs a line of shell there, or else opens a shell.
    ///
    /// Options: `ssh_config(5)`. An instance that has told the key it is known by must have that; with
    /// another the one it shows first is remembered.
    pub fn argv(&self, line: Option<&str>) -> Vec<String> {
        let mut argv: Vec<String> = ["ssh", "-F", "none", "-i"].map(str::to_owned).to_vec();
        argv.push(self.key.display().to_string());
        let mut options: Vec<String> = [
            "IdentitiesOnly=yes",
            "BatchMode=yes",
            "LogLevel=ERROR",
            "UpdateHostKeys=no",
            "ConnectTimeout=10",
            "ServerAliveInterval=15",
        ]
        .map(str::to_owned)
        .to_vec();
        options.push(format!("HostKeyAlias={}", self.provider_id));
        match self.host_key.filter(|key| is_base64(key)) {
            Some(key) => {
                let id = self.provider_id;
                options.push("StrictHostKeyChecking=yes".to_owned());
                options.push("HostKeyAlgorithms=ssh-ed25519".to_owned());
                options.push(format!(
                    "KnownHostsCommand=/bin/echo {id} ssh-ed25519 {key}"
                ));
            }
            None => options.push("StrictHostKeyChecking=accept-new".to_owned()),
        }
        for option in options {
            argv.extend(["-o".to_owned(), option]);
        }
        argv.extend(["-p".to_owned(), self.port.to_string()]);
        argv.extend(["--".to_owned(), format!("{USER}@{}", self.host)]);
        argv.extend(line.map(str::to_owned));
        argv
    }
}

fn is_base64(key: &str) -> bool {
    let may_be = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    !key.is_empty() && key.bytes().all(may_be)
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::PermissionsExt as _, path::Path};

    use super::{To, ensure};

    fn argv(host_key: Option<&str>, line: Option<&str>) -> String {
        let to = To {
            provider_id: "i-1",
            host: "127.0.0.1".into(),
            port: 2222,
            host_key,
            key: Path::new("/k"),
        };
        to.argv(line).join(" ")
    }

    #[test]
    fn an_instance_is_held_to_the_key_that_it_told_of() {
        let told = argv(Some("AAAA+/="), Some("echo hi"));
        assert!(told.contains("StrictHostKeyChecking=yes"), "{told}");
        let known = "KnownHostsCommand=/bin/echo i-1 ssh-ed25519 AAAA+/= ";
        assert!(told.contains(known), "{told}");
        assert!(
            told.ends_with("-p 2222 -- root@127.0.0.1 echo hi"),
            "{told}"
        );
        // what it tells is nobody's word: nothing of it is run
        for odd in [None, Some(""), Some("AAAA; true"), Some("%h")] {
            let told = argv(odd, None);
            assert!(told.contains("StrictHostKeyChecking=accept-new"), "{told}");
            assert!(!told.contains("KnownHostsCommand"), "{told}");
        }
    }

    #[test]
    fn a_key_is_made_once_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys/one");
        let made = ensure(&file, 0).unwrap();
        let read = ensure(&file, 0).unwrap();
        assert_eq!(made.public_key(), read.public_key());
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            std::fs::read_dir(folder.path().join("keys"))
                .unwrap()
                .count(),
            1
        );
    }
}
