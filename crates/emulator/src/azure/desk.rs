//! Where accounts' books are kept: one in memory for each account, and on the disk before a change
//! is answered.

use std::{
    collections::HashMap,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::Context as _;
use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::{
    Ask, Book, Fault,
    book::{Answer, Stamp},
    files::Files,
    identity::{Identity, claims},
};
use crate::{accounts::Account, tls::Tls};

/// How many requests of an account are read and answered at once; others wait their turn, so that
/// nobody fills the memory, or has the threads of all that writes to the disk.
const AT_ONCE: usize = 4;

/// Every account's Azure.
pub(crate) struct Azure {
    folder: PathBuf,
    desks: Mutex<HashMap<String, Arc<Desk>>>,
    /// Where all accounts reach it, for example `http://127.0.0.1:4321`.
    pub endpoint: String,
    /// Where all accounts reach it through TLS, for example `https://127.0.0.1:4322`.
    pub tls_endpoint: String,
    /// Certificates for those who take nothing less.
    pub tls: Tls,
}

/// One account's Azure.
pub(crate) struct Desk {
    /// Who it is for.
    pub identity: Identity,
    /// One is held while a request is read and answered.
    pub turns: Arc<Semaphore>,
    files: Files,
    /// None once the account is removed.
    book: Mutex<Option<Book>>,
}

impl Azure {
    /// Begins in the emulated cloud's folder, with the addresses where everybody is heard: as it is,
    /// and through TLS.
    pub fn new(data: &Path, [plain, through_tls]: [SocketAddr; 2]) -> anyhow::Result<Self> {
        let folder = data.join("azure");
        fs::create_dir_all(&folder).context("make the folder of Azure's books")?;
        Ok(Self {
            folder,
            desks: Mutex::default(),
            endpoint: format!("http://{plain}"),
            tls_endpoint: format!("https://{through_tls}"),
            tls: Tls::open(&data.join("tls"))?,
        })
    }

    fn desks(&self) -> MutexGuard<'_, HashMap<String, Arc<Desk>>> {
        held(&self.desks)
    }

    /// Reads an account's book, or begins one.
    pub fn open(&self, account: &Account) -> anyhow::Result<()> {
        let identity = Identity::of(account);
        let files = Files::of(&self.folder, &account.number);
        let begun = || Book::new(&identity.subscription, now_ms());
        let book = files.read()?.unwrap_or_else(begun);
        let desk = Desk {
            identity,
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            files,
            book: Mutex::new(Some(book)),
        };
        self.desks().insert(account.number.clone(), Arc::new(desk));
        Ok(())
    }

    /// Removes an account's book.
    pub fn remove(&self, account: &Account) -> anyhow::Result<()> {
        let desk = self.desks().remove(&account.number);
        if let Some(desk) = desk {
            // a request that is on its way finds no book any more, so that it keeps none
            let mut book = held(&desk.book);
            *book = None;
            desk.files.remove().context("remove Azure's book")?;
        }
        Ok(())
    }

    /// Who has a directory, by its id and that of a program, if the secret is right.
    pub fn sign_in(
        &self,
        tenant: &str,
        client: &str,
        secret: &str,
        only: Option<&str>,
    ) -> Option<Arc<Desk>> {
        let is_meant = |desk: &&Arc<Desk>| {
            let identity = &desk.identity;
            identity.tenant.eq_ignore_ascii_case(tenant)
                && identity.client.eq_ignore_ascii_case(client)
                && only.is_none_or(|only| only == identity.number)
        };
        let desk = self.desks().values().find(is_meant).cloned();
        desk.filter(|desk| desk.identity.has_secret(secret))
    }

    /// The desk of whoever shows a token; of one account only, if it is said.
    pub fn let_in(&self, token: &str, only: Option<&str>) -> Result<Arc<Desk>, Fault> {
        let said = claims(token).ok_or(Fault::Unauthenticated)?;
        if only.is_some_and(|only| only != said.sub) {
            return Err(Fault::Unauthenticated);
        }
        let desk = self.desks().get(&said.sub).cloned();
        let desk = desk.ok_or(Fault::Unauthenticated)?;
        if desk.identity.is_shown(token, now_ms() / 1000) {
            Ok(desk)
        } else {
            Err(Fault::Unauthenticated)
        }
    }
}

impl Desk {
    /// Answers a request; a change is on the disk by then. It blocks.
    pub fn carry_out(&self, ask: Ask, id: &str) -> Result<Answer, Fault> {
        let mut held = held(&self.book);
        let book = held.as_ref().ok_or(Fault::Unauthenticated)?;
        let stamp = Stamp {
            now_ms: now_ms(),
            id,
        };
        let (next, answer) = book.answer(ask, stamp)?;
        if let Some(next) = next {
            self.files.keep(&next)?;
            *held = Some(next);
        }
        Ok(answer)
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    let now = Timestamp::now().as_millisecond();
    u64::try_from(now).unwrap_or_default() // a clock before 1970 counts as 1970
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Azure, now_ms};
    use crate::{
        accounts::Account,
        azure::{
            Ask, Fault,
            ask::{Deed, Look, NewService},
            book::Answer,
            identity::Identity,
        },
    };

    fn account(number: &str) -> Account {
        Account {
            id: number.into(),
            tenant: 1,
            number: number.into(),
            access_key_id: String::new(),
            secret_access_key: String::new(),
            root: format!("secret {number}"),
        }
    }

    fn service(name: &str, description: &str) -> Ask {
        Ask::Do(Box::new(Deed::CreateService(NewService {
            name: name.into(),
            label: String::new(),
            description: description.into(),
            location: "East US".into(),
        })))
    }

    fn opened() -> (tempfile::TempDir, Azure, String) {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = ([127, 0, 0, 1], 0).into();
        let azure = Azure::new(folder.path(), [nowhere; 2]).unwrap();
        azure.open(&account("1")).unwrap();
        azure.open(&account("2")).unwrap();
        let token = Identity::of(&account("1")).token(now_ms() / 1000);
        (folder, azure, token)
    }

    #[test]
    fn a_request_that_is_on_its_way_keeps_nothing_of_an_account_that_was_removed() {
        let (folder, azure, token) = opened();
        let desk = azure.let_in(&token, None).unwrap();
        let made = desk.carry_out(service("mine", ""), "id");
        assert_eq!(made, Ok(Answer::Created));
        azure.remove(&account("1")).unwrap();
        let late = desk.carry_out(service("other", ""), "id");
        assert_eq!(late, Err(Fault::Unauthenticated));
        assert!(azure.let_in(&token, None).is_err());
        assert_eq!(
            fs::read_dir(folder.path().join("azure")).unwrap().count(),
            0
        );
    }

    #[test]
    fn a_token_is_let_in_where_its_account_is_meant_until_it_is_over() {
        let (_folder, azure, token) = opened();
        assert!(azure.let_in(&token, Some("1")).is_ok());
        assert!(azure.let_in(&token, Some("2")).is_err());
        let old = Identity::of(&account("1")).token(1000);
        assert_eq!(azure.let_in(&old, None).err(), Some(Fault::Unauthenticated));
    }

    #[test]
    fn what_would_be_too_large_is_refused_and_what_was_there_stays() {
        let (_folder, azure, token) = opened();
        let desk = azure.let_in(&token, None).unwrap();
        desk.carry_out(service("mine", ""), "id").unwrap();
        let large = desk.carry_out(service("large", &"x".repeat(2 << 20)), "id");
        assert!(matches!(large, Err(Fault::Conflict(_))), "{large:?}");
        let Ok(Answer::Shown(shown)) = desk.carry_out(Ask::Look(Look::Services), "id") else {
            panic!("the services are not shown")
        };
        let shown = shown.document();
        assert!(
            shown.contains("mine") && !shown.contains("large"),
            "{shown}"
        );
    }
}
