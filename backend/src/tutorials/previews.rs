//! Folders that their authors look at as tutorials while they write them.
//!
//! They are kept in memory, for the account alone that has sent them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use lesson::{Images, Severity};
use sha2::{Digest as _, Sha256};
use shared::{
    AccountId, Event,
    paths::segment,
    tutorial::{Previewed, PushPreview, preview_name},
};

use super::{shelf::Held, store};
use crate::{Error, Result, app::App};

/// A preview is gone when nothing was sent for so long.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// Nobody writes at more of them at once.
const MOST_PER_ACCOUNT: usize = 4;
/// What one may hold, in bytes.
const LARGEST_BYTES: usize = 4 << 20; // 4 MiB
/// What all of them may hold, in bytes.
const ALL_BYTES: usize = 64 << 20; // 64 MiB
/// A folder's name is no longer.
const LONGEST_NAME: usize = 64;

/// The previews of all accounts.
#[derive(Debug, Default)]
pub(super) struct Previews(Mutex<BTreeMap<(AccountId, String), Preview>>);

#[derive(Debug)]
struct Preview {
    held: Arc<Held>,
    /// Of what was sent.
    digest: [u8; 32],
    bytes: usize,
    revision: u64,
    until: Instant,
}

/// What became of a folder that was sent.
#[derive(Debug, PartialEq, Eq)]
enum Put {
    /// It is as it was.
    Same,
    /// It is shown from now on, or otherwise than before: the number of the change.
    Changed(u64),
}

impl Previews {
    /// The preview of an account that is called so.
    pub(super) fn by_name(
        &self,
        account: AccountId,
        name: &str,
        now: Instant,
    ) -> Option<Arc<Held>> {
        let key = (account, name.to_owned());
        self.all(now, |all| all.get(&key).map(|preview| preview.held.clone()))
    }

    fn put(&self, account: AccountId, name: &str, sent: Sent, now: Instant) -> Result<Put> {
        let key = (account, name.to_owned());
        self.all(now, |all| {
            let until = now + KEPT;
            let known = all.get_mut(&key);
            if let Some(known) = known.filter(|known| known.digest == sent.digest) {
                known.until = until;
                return Ok(Put::Same);
            }
            let others = || all.iter().filter(|(known, _)| **known != key);
            if others().filter(|((whose, _), _)| *whose == account).count() >= MOST_PER_ACCOUNT {
                let problem = format!("an account has up to {MOST_PER_ACCOUNT} previews");
                return Err(Error::LimitReached(problem));
            }
            let held: usize = others().map(|(_, preview)| preview.bytes).sum();
            if held + sent.bytes > ALL_BYTES {
                let problem = "there is no room for another preview now".to_owned();
                return Err(Error::LimitReached(problem));
            }
            let revision = all.get(&key).map_or(1, |known| known.revision + 1);
            let preview = Preview {
                held: Arc::new(sent.held),
                digest: sent.digest,
                bytes: sent.bytes,
                revision,
                until,
            };
            all.insert(key, preview);
            Ok(Put::Changed(revision))
        })
    }

    fn remove(&self, account: AccountId, name: &str) -> bool {
        let key = (account, name.to_owned());
        self.all(Instant::now(), |all| all.remove(&key).is_some())
    }

    fn all<T>(
        &self,
        now: Instant,
        act: impl FnOnce(&mut BTreeMap<(AccountId, String), Preview>) -> T,
    ) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, preview| preview.until > now);
        act(&mut all)
    }
}

/// A folder that was sent, read.
struct Sent {
    held: Held,
    digest: [u8; 32],
    bytes: usize,
}

/// Reads a folder that was sent.
fn read(name: &str, pushed: PushPreview) -> Result<Sent> {
    let files = [&pushed.texts, &pushed.images];
    let sizes = files.iter().flat_map(|files| files.iter());
    let bytes = sizes
        .map(|(path, content)| path.len() + content.len())
        .sum();
    if bytes > LARGEST_BYTES {
        let mib = LARGEST_BYTES >> 20;
        return Err(Error::TooLarge(format!(
            "a preview may hold up to {mib} MiB"
        )));
    }
    let digest = digest(&pushed);
    let mut images = Images::new();
    for (path, content) in pushed.images {
        let Ok(content) = BASE64_STANDARD.decode(content) else {
            return Err(Error::Invalid(format!("{path} is not base64"), None));
        };
        images.insert(path, content);
    }
    let reading = lesson::read(name, &pushed.texts);
    let Some(lesson) = reading.lesson else {
        let mut errors = reading.complaints.iter();
        let first = errors.find(|complaint| complaint.severity == Severity::Error);
        let problem = "this is no tutorial yet".to_owned();
        return Err(Error::Invalid(problem, first.map(ToString::to_string)));
    };
    images.retain(|path, _| lesson.images.iter().any(|shown| shown.path == *path));
    let laid = lesson.laid(&pushed.texts);
    let held = Held {
        lesson,
        laid,
        images,
    };
    Ok(Sent {
        held,
        digest,
        bytes,
    })
}

fn digest(pushed: &PushPreview) -> [u8; 32] {
    let mut digest = Sha256::new();
    for files in [&pushed.texts, &pushed.images] {
        for part in files.iter().flat_map(|(path, content)| [path, content]) {
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
        digest.update([0]);
    }
    digest.finalize().into()
}

/// Whether a folder's name can be one of a preview: it is a part of addresses.
fn is_name(folder: &str) -> bool {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    (1..=LONGEST_NAME).contains(&folder.len())
        && folder.chars().all(is_plain)
        && !folder.starts_with('.')
}

/// Shows a folder as a tutorial to its author, and tells the pages that show it already.
pub(super) async fn push(
    app: &App,
    account: AccountId,
    folder: &str,
    pushed: PushPreview,
) -> Result<Previewed> {
    if !is_name(folder) {
        let problem = "this is no name of a preview".to_owned();
        let help = "it is of letters, digits, - and _".to_owned();
        return Err(Error::Invalid(problem, Some(help)));
    }
    let name = preview_name(folder);
    let previews = &app.tutorials.previews;
    let sent = read(&name, pushed)?;
    let tutorial = sent.held.lesson.original.tutorial.clone();
    if previews.by_name(account, &name, Instant::now()).is_none() {
        // an earlier one of this name was another
        store::forget(&app.pool, account, &name).await?;
    }
    let url = format!(
        "{}tutorials/{}",
        app.config.reached_by_people(),
        segment(&name)
    );
    if let Put::Changed(revision) = previews.put(account, &name, sent, Instant::now())? {
        let event = Event::TutorialPreview { name, revision };
        app.events.tell(account, event);
    }
    Ok(Previewed { url, tutorial })
}

/// Ends a preview, and forgets how far its author was.
pub(super) async fn end(app: &App, account: AccountId, folder: &str) -> Result<()> {
    let name = preview_name(folder);
    if !app.tutorials.previews.remove(account, &name) {
        return Err(Error::NotFound("preview"));
    }
    store::forget(&app.pool, account, &name).await?;
    let event = Event::TutorialPreviewGone { name };
    app.events.tell(account, event);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Instant};

    use shared::{AccountId, tutorial::PushPreview};

    use super::{ALL_BYTES, Error, KEPT, LARGEST_BYTES, MOST_PER_ACCOUNT, Previews, Put, read};

    fn pushed(text: &str) -> PushPreview {
        let text = format!("---\ntitle: T\n---\n## S\n{text}");
        PushPreview {
            texts: BTreeMap::from([("lesson.md".to_owned(), text)]),
            images: BTreeMap::new(),
        }
    }

    #[test]
    fn a_preview_stays_for_an_hour_after_the_last_time_that_it_was_sent() {
        let (previews, account, begun) = (Previews::default(), AccountId::new(), Instant::now());
        let put = |text: &str, at| {
            let sent = read("~a", pushed(text)).unwrap();
            previews.put(account, "~a", sent, at).unwrap()
        };
        assert_eq!(put("x", begun), Put::Changed(1));
        assert_eq!(put("x", begun + KEPT / 2), Put::Same);
        assert_eq!(put("y", begun + KEPT), Put::Changed(2));
        let is_there = |account, at| previews.by_name(account, "~a", at).is_some();
        assert!(!is_there(AccountId::new(), begun + KEPT));
        assert!(is_there(account, begun + KEPT));
        assert!(!is_there(account, begun + KEPT * 2));
    }

    #[test]
    fn previews_are_few_and_small() {
        let (previews, account, now) = (Previews::default(), AccountId::new(), Instant::now());
        let put = |name: &str, text: &str| {
            let sent = read(name, pushed(text)).unwrap();
            previews.put(account, name, sent, now)
        };
        for number in 0..MOST_PER_ACCOUNT {
            put(&format!("~{number}"), "x").unwrap();
        }
        assert!(matches!(put("~more", "x"), Err(Error::LimitReached(_))));
        put("~0", "changed").unwrap();
        let large = read("~a", pushed(&"x".repeat(LARGEST_BYTES)));
        assert!(matches!(large, Err(Error::TooLarge(_))));
        let mut full = pushed("x");
        let rest = LARGEST_BYTES - 100;
        full.texts.insert("notes.txt".to_owned(), "x".repeat(rest));
        let previews = Previews::default();
        let mut refused = 0;
        for _ in 0..=ALL_BYTES / LARGEST_BYTES {
            let sent = read("~full", full.clone()).unwrap();
            let put = previews.put(AccountId::new(), "~full", sent, now);
            refused += usize::from(put.is_err());
        }
        assert_eq!(refused, 1);
    }
}
