//! What an instance's agent shows: signed for one instance and one phase of its life, and used
//! up when that phase ends.

use std::{fs, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, Mac as _};
use rand::RngCore as _;
use sha2::Sha256;
use shared::{InstanceId, Instant};

/// The key that tokens are signed with.
#[derive(Clone)]
pub struct Signer([u8; 32]);

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    /// Reads the key that a file keeps; makes both when they are not there.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        match fs::read(path) {
            Ok(bytes) => {
                let key = <[u8; 32]>::try_from(bytes);
                let key = key.map_err(|_| anyhow::anyhow!("{shown} is not a key of 32 bytes"))?;
                Ok(Self(key))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::make(path),
            Err(error) => Err(error).with_context(|| format!("read {shown}")),
        }
    }

    fn make(path: &Path) -> anyhow::Result<Self> {
        let mut key = [0; 32];
        rand::rng().fill_bytes(&mut key);
        let mut options = fs::OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .with_context(|| format!("make {}", path.display()))?;
        file.write_all(&key).context("write a key")?;
        file.sync_all().context("keep a key")?;
        Ok(Self(key))
    }

    /// A token for one phase of an instance's life, until an instant.
    pub(super) fn sign(&self, id: InstanceId, phase: i64, until: Instant) -> String {
        let until = until.unix_ms();
        let said = format!("{id}.{phase}.{until}");
        let signature = BASE64.encode(self.mac(&said).finalize().into_bytes());
        format!("{said}.{signature}")
    }

    /// The instance and the phase that a token is for, if it is ours and not too old.
    pub(super) fn verify(&self, token: &str, now: Instant) -> Option<(InstanceId, i64)> {
        let (said, signature) = token.rsplit_once('.')?;
        let signature = BASE64.decode(signature).ok()?;
        self.mac(said).verify_slice(&signature).ok()?; // takes as long for any wrong one
        let mut words = said.split('.');
        let (id, phase, until) = (words.next()?, words.next()?, words.next()?);
        let is_young = until.parse::<i64>().ok()? > now.unix_ms();
        is_young.then_some((id.parse().ok()?, phase.parse().ok()?))
    }

    /// A signature of words that are unlike what an instance's token says: they begin with what they
    /// are for, and a slash.
    pub fn sign_words(&self, words: &str) -> String {
        BASE64.encode(self.mac(words).finalize().into_bytes())
    }

    /// Whether a signature is ours of those words.
    pub fn is_signed(&self, words: &str, signature: &str) -> bool {
        let signature = BASE64.decode(signature);
        signature.is_ok_and(|signature| self.mac(words).verify_slice(&signature).is_ok())
    }

    fn mac(&self, said: &str) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(said.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use shared::{InstanceId, Instant};

    use super::Signer;

    #[test]
    fn a_token_is_for_its_instance_phase_and_time_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let signer = Signer::open(&path).unwrap();
        let (id, now) = (InstanceId::new(), Instant::from_unix_ms(1_000));
        let token = signer.sign(id, 3, Instant::from_unix_ms(2_000));
        assert_eq!(signer.verify(&token, now), Some((id, 3)));
        assert_eq!(signer.verify(&token, Instant::from_unix_ms(2_000)), None);
        let forged = token.replacen(".3.", ".4.", 1);
        assert_eq!(signer.verify(&forged, now), None);
        assert_eq!(signer.verify("", now), None);
        // the key is kept, and another server's is another one
        let again = Signer::open(&path).unwrap();
        assert_eq!(again.verify(&token, now), Some((id, 3)));
        let other = Signer::open(&folder.path().join("other")).unwrap();
        assert_eq!(other.verify(&token, now), None);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
