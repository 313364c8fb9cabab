//! The accounts of the emulated cloud: numbers, keys, and the file that keeps them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::Context as _;
use rand::Rng as _;
use serde::{Deserialize, Serialize};

use crate::whole;

/// The region that new accounts work in.
pub(crate) const REGION: &str = "ap-southeast-2";

/// The number that moto takes for whoever it knows nothing of.
const MOTOS_OWN: &str = "123456789012";

/// One account.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    /// The caller's opaque id.
    pub id: String,
    /// The number that sandboxes turn into an owner.
    pub tenant: u32,
    /// Twelve digits, as AWS numbers accounts.
    pub number: String,
    /// The public half of its key.
    pub access_key_id: String,
    /// The secret half.
    pub secret_access_key: String,
    /// What other secrets of the account's are derived from, which outlive its key.
    #[serde(default)]
    pub root: String,
}

impl Account {
    /// One that was kept before accounts had a root: its key's secret was it.
    fn rooted(mut self) -> Self {
        if self.root.is_empty() {
            self.root = self.secret_access_key.clone();
        }
        self
    }
}

/// Every account, kept in a file.
pub(crate) struct Accounts {
    file: PathBuf,
    known: Mutex<BTreeMap<String, Arc<Account>>>,
}

impl Accounts {
    /// Reads the file, if it is there.
    pub fn open(file: PathBuf) -> anyhow::Result<Self> {
        let known: Vec<Account> = match fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text).context("read the accounts")?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error).context("read the accounts"),
        };
        let known = known
            .into_iter()
            .map(|account| (account.id.clone(), Arc::new(account.rooted())));
        Ok(Self {
            file,
            known: Mutex::new(known.collect()),
        })
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Account>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All of them.
    pub fn all(&self) -> Vec<Arc<Account>> {
        self.known().values().cloned().collect()
    }

    /// The account that a key belongs to.
    pub fn by_key(&self, access_key_id: &str) -> Option<Arc<Account>> {
        let known = self.known();
        let mut all = known.values();
        all.find(|account| account.access_key_id == access_key_id)
            .cloned()
    }

    /// Makes the account, or finds it.
    pub fn ensure(&self, id: &str, tenant: u32) -> anyhow::Result<Arc<Account>> {
        let mut known = self.known();
        if let Some(account) = known.get(id) {
            return Ok(account.clone());
        }
        let mut account = new(id, tenant);
        let is_taken = |number: &str| {
            number == MOTOS_OWN || known.values().any(|other| other.number == number)
        };
        while is_taken(&account.number) {
            account = new(id, tenant);
        }
        let account = Arc::new(account);
        known.insert(id.to_owned(), account.clone());
        save(&self.file, &known)?;
        Ok(account)
    }

    /// Gives the account a new key; nobody has the old one any more.
    pub fn renew(&self, id: &str) -> anyhow::Result<Option<Arc<Account>>> {
        let mut known = self.known();
        let Some(before) = known.get(id) else {
            return Ok(None);
        };
        let fresh = new(id, before.tenant);
        let account = Arc::new(Account {
            access_key_id: fresh.access_key_id,
            secret_access_key: fresh.secret_access_key,
            ..Account::clone(before)
        });
        let mut renewed = known.clone();
        renewed.insert(id.to_owned(), account.clone());
        save(&self.file, &renewed)?;
        *known = renewed;
        Ok(Some(account))
    }

    /// Forgets the account, and returns it.
    pub fn remove(&self, id: &str) -> anyhow::Result<Option<Arc<Account>>> {
        let mut known = self.known();
        let removed = known.remove(id);
        save(&self.file, &known)?;
        Ok(removed)
    }
}

fn new(id: &str, tenant: u32) -> Account {
    Account {
        id: id.to_owned(),
        tenant,
        number: rand::rng()
            .random_range(100_000_000_000_u64..1_000_000_000_000)
            .to_string(),
        access_key_id: format!("AKIA{}", letters(16, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
        secret_access_key: letters(40, ANY),
        root: letters(40, ANY),
    }
}

/// What secrets are written in.
const ANY: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn letters(count: usize, of: &[u8]) -> String {
    let mut random = rand::rng();
    let letter = |_| char::from(of[random.random_range(0..of.len())]);
    (0..count).map(letter).collect()
}

/// Writes a new file and moves it there, so that no crash leaves half of one.
fn save(file: &Path, known: &BTreeMap<String, Arc<Account>>) -> anyhow::Result<()> {
    let all: Vec<&Account> = known.values().map(AsRef::as_ref).collect();
    whole::keep(file, &serde_json::to_vec_pretty(&all)?, 0o600)
}

#[cfg(test)]
mod tests {
    use super::Accounts;

    #[test]
    fn an_account_keeps_its_key_when_everything_starts_anew() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("accounts.json");
        let made = Accounts::open(file.clone())
            .unwrap()
            .ensure("a", 7)
            .unwrap();
        assert_eq!((made.number.len(), made.access_key_id.len()), (12, 20));
        let again = Accounts::open(file).unwrap();
        let found = again.ensure("a", 7).unwrap();
        assert_eq!(found.secret_access_key, made.secret_access_key);
        assert_eq!(again.by_key(&made.access_key_id).unwrap().tenant, 7);
        let renewed = again.renew("a").unwrap().unwrap();
        assert_eq!((&renewed.number, &renewed.root), (&made.number, &made.root));
        assert!(again.by_key(&made.access_key_id).is_none());
        let made = renewed;
        again.remove("a").unwrap();
        assert!(again.by_key(&made.access_key_id).is_none());
    }
}
