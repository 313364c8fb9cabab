//! Credentials at rest: sealed with a key that is in the data folder and in no database.

use std::{fs, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use anyhow::Context as _;
use chacha20poly1305::{
    AeadCore, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, OsRng, Payload},
};
use shared::{AccountId, SaveCredential};

use crate::Result;

/// The length of a nonce of XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha); random ones don't collide.
const NONCE_BYTES: usize = 24;

/// Seals and opens credentials.
#[derive(Clone)]
pub struct Seal(XChaCha20Poly1305);

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}

impl Seal {
    /// Reads the key that a file keeps; makes both when they are not there.
    pub fn open_key(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let bytes = match fs::read(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(path)?,
            read => read.with_context(|| format!("read {shown}"))?,
        };
        let cipher = XChaCha20Poly1305::new_from_slice(&bytes);
        let cipher = cipher.map_err(|_| anyhow::anyhow!("{shown} is not a key of 32 bytes"))?;
        Ok(Self(cipher))
    }

    /// Seals an account's credentials; what is sealed opens for this account alone.
    pub(super) fn close(&self, account: AccountId, save: &SaveCredential) -> Result<Vec<u8>> {
        let plain = serde_json::to_vec(save).map_err(anyhow::Error::from)?;
        self.close_bytes(account, &plain)
    }

    /// Seals a secret of an account's.
    pub fn close_bytes(&self, account: AccountId, plain: &[u8]) -> Result<Vec<u8>> {
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let owner = account.to_string();
        let sealed = self.0.encrypt(&nonce, payload(plain, &owner));
        let sealed = sealed.map_err(|_| anyhow::anyhow!("credentials could not be sealed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what was sealed for the account.
    pub(super) fn open(&self, account: AccountId, sealed: &[u8]) -> Result<SaveCredential> {
        let plain = self.open_bytes(account, sealed)?;
        Ok(serde_json::from_slice(&plain).map_err(anyhow::Error::from)?)
    }

    /// Opens a secret that was sealed for the account.
    pub fn open_bytes(&self, account: AccountId, sealed: &[u8]) -> Result<Vec<u8>> {
        let broken = || anyhow::anyhow!("sealed credentials do not open: is secret.key the same?");
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES).ok_or_else(broken)?;
        let owner = account.to_string();
        let plain = self
            .0
            .decrypt(XNonce::from_slice(nonce), payload(sealed, &owner))
            .map_err(|_| broken())?;
        Ok(plain)
    }
}

fn payload<'p>(msg: &'p [u8], owner: &'p str) -> Payload<'p, 'p> {
    Payload {
        msg,
        aad: owner.as_bytes(),
    }
}

fn make(path: &Path) -> anyhow::Result<Vec<u8>> {
    let key = XChaCha20Poly1305::generate_key(&mut OsRng).to_vec();
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("make {}", path.display()))?;
    file.write_all(&key).context("write a key")?;
    file.sync_all().context("keep a key")?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use shared::{AccountId, SaveCredential};

    use super::Seal;

    #[test]
    fn what_is_sealed_opens_for_its_account_and_key_alone() {
        let folder = tempfile::tempdir().unwrap();
        let seal = Seal::open_key(&folder.path().join("key")).unwrap();
        let save = SaveCredential {
            client: "AKIAEXAMPLE".into(),
            key: "a secret".into(),
        };
        let account = AccountId::new();
        let sealed = seal.close(account, &save).unwrap();
        let text = String::from_utf8_lossy(&sealed).into_owned();
        assert!(!text.contains("secret") && !text.contains("AKIA"), "{text}");
        assert_eq!(seal.open(account, &sealed).unwrap(), save);
        assert!(seal.open(AccountId::new(), &sealed).is_err());
        let other = Seal::open_key(&folder.path().join("other")).unwrap();
        assert!(other.open(account, &sealed).is_err());
        assert!(seal.open(account, &sealed[..10]).is_err());
    }
}
