//! The keys by which instances are known, one for each for as long as it is there.

use std::{fs, io, path::Path};

use anyhow::Context as _;
use russh::keys::{
    HashAlg, PrivateKey,
    ssh_key::{
        LineEnding,
        private::{Ed25519Keypair, KeypairData},
    },
};

use crate::whole;

/// Reads the key that a file keeps; makes both when they are not there.
pub(crate) fn make(path: &Path) -> anyhow::Result<PrivateKey> {
    match fs::read(path) {
        Ok(text) => PrivateKey::from_openssh(text).context("read a host key"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            write(path).context("make a host key")
        }
        Err(error) => Err(error).context("read a host key"),
    }
}

fn write(path: &Path) -> anyhow::Result<PrivateKey> {
    let pair = Ed25519Keypair::from_seed(&rand::random());
    let key = PrivateKey::new(KeypairData::from(pair), "")?;
    whole::keep(path, key.to_openssh(LineEnding::LF)?.as_bytes(), 0o600)?;
    Ok(key)
}

/// Its public half, as the file `ssh_host_ed25519_key.pub` has it.
pub(crate) fn public_line(key: &PrivateKey) -> anyhow::Result<String> {
    Ok(format!("{}\n", key.public_key().to_openssh()?))
}

/// What people compare, as `ssh` shows it: `SHA256:…`.
pub(crate) fn fingerprint(key: &PrivateKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

#[cfg(test)]
mod tests {
    use super::{fingerprint, make, public_line};

    #[test]
    fn a_key_is_made_once_and_a_broken_one_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host-key");
        let made = make(&path).unwrap();
        let read = make(&path).unwrap();
        assert_eq!(fingerprint(&made), fingerprint(&read));
        assert!(public_line(&made).unwrap().starts_with("ssh-ed25519 AAAA"));
        std::fs::write(&path, "half a k").unwrap();
        assert!(make(&path).is_err());
    }
}
