//! What is known of homes, and what is on its way into them.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use shared::{AccountId, HomeState};

use super::{Known, measure::Measure, no_room, room, state};
use crate::{Error, Result};

/// So many uploads of an account come at a time.
const MOST_COMING: usize = 8;

/// What is known of homes, and what is on its way into them; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Book(Arc<Mutex<Known>>);

/// What is known of one.
#[derive(Debug, Default)]
pub(super) struct Home {
    measured: Option<(Measure, Instant)>,
    full_since: Option<shared::Instant>,
    coming: usize,
    coming_bytes: u64,
}

/// An upload that is on its way.
#[derive(Debug)]
pub struct Coming {
    book: Book,
    account: AccountId,
    quota_bytes: Option<u64>,
    /// What is taken for it: what it announced, or has brought.
    taken_bytes: u64,
    brought_bytes: u64,
}

impl Book {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The measure of a home, unless it is older than that.
    pub(super) fn measured(&self, account: AccountId, age: Duration) -> Option<Measure> {
        let known = self.known();
        let (measure, at) = known.get(&account)?.measured?;
        (at.elapsed() < age).then_some(measure)
    }

    /// How a home stood when it was measured last.
    pub(super) fn state(&self, account: AccountId, quota_bytes: Option<u64>) -> HomeState {
        let known = self.known();
        let measured = known.get(&account).and_then(|home| home.measured);
        measured.map_or(HomeState::Fits, |(measure, _)| state(measure, quota_bytes))
    }

    /// Since when a home is full without a break.
    pub(super) fn full_since(&self, account: AccountId) -> Option<shared::Instant> {
        self.known().get(&account)?.full_since
    }

    /// Notes a measure.
    pub(super) fn note(&self, account: AccountId, measure: Measure, quota_bytes: Option<u64>) {
        let mut known = self.known();
        let home = known.entry(account).or_default();
        home.measured = Some((measure, Instant::now()));
        home.full_since = match state(measure, quota_bytes) {
            HomeState::Fits => None,
            HomeState::Full | HomeState::Over => {
                Some(home.full_since.unwrap_or_else(shared::Instant::now))
            }
        };
    }

    /// Something was removed: who asks next measures anew.
    pub fn forget(&self, account: AccountId) {
        if let Some(home) = self.known().get_mut(&account)
            && let Some((measure, at)) = home.measured
        {
            // how it stands is still known, and no longer fresh
            let long_ago = at.checked_sub(super::ROUND).unwrap_or(at);
            home.measured = Some((measure, long_ago));
        }
    }

    /// Takes room for an upload.
    pub(super) fn expect(
        &self,
        account: AccountId,
        announced_bytes: u64,
        quota_bytes: Option<u64>,
    ) -> Result<Coming> {
        let mut known = self.known();
        let home = known.entry(account).or_default();
        if home.coming >= MOST_COMING {
            let limit = format!("{MOST_COMING} uploads are under way already: wait for one");
            return Err(Error::LimitReached(limit));
        }
        home.take(announced_bytes, quota_bytes)?;
        home.coming += 1;
        Ok(Coming {
            book: self.clone(),
            account,
            quota_bytes,
            taken_bytes: announced_bytes,
            brought_bytes: 0,
        })
    }
}

impl Home {
    fn take(&mut self, bytes: u64, quota_bytes: Option<u64>) -> Result<()> {
        let (measure, _) = self
            .measured
            .unwrap_or((Measure::default(), Instant::now()));
        let is_full = state(measure, quota_bytes) != HomeState::Fits;
        match room(measure, self.coming_bytes, quota_bytes) {
            Some(room) if bytes > room || is_full => Err(no_room(room)),
            Some(_) | None => {
                self.coming_bytes += bytes;
                Ok(())
            }
        }
    }
}

impl Coming {
    /// It has brought so much more.
    ///
    /// # Errors
    /// There is no room for that.
    pub fn brought(&mut self, bytes: u64) -> Result<()> {
        self.brought_bytes += bytes;
        let more = self.brought_bytes.saturating_sub(self.taken_bytes);
        if more > 0 {
            let mut known = self.book.known();
            let home = known.entry(self.account).or_default();
            home.take(more, self.quota_bytes)?;
            self.taken_bytes += more;
        }
        Ok(())
    }

    /// It is there, and takes so much on the disk.
    pub fn arrived(self, disk_bytes: u64) {
        let mut known = self.book.known();
        if let Some((measure, _)) = &mut known.entry(self.account).or_default().measured {
            measure.bytes += disk_bytes;
            measure.entries += 1;
        }
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        if let Some(home) = self.book.known().get_mut(&self.account) {
            home.coming = home.coming.saturating_sub(1);
            home.coming_bytes = home.coming_bytes.saturating_sub(self.taken_bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::AccountId;

    use super::{Book, MOST_COMING};
    use crate::quota::measure::Measure;

    fn book(account: AccountId, bytes: u64) -> Book {
        let book = Book::default();
        let measure = Measure {
            bytes,
            ..Measure::default()
        };
        book.note(account, measure, Some(1000));
        book
    }

    #[test]
    fn uploads_share_what_room_there_is() {
        let account = AccountId::new();
        let book = book(account, 400);
        let first = book.expect(account, 500, Some(1000)).unwrap();
        let refused = book.expect(account, 101, Some(1000)).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the home has room for 100 bytes more, and this is larger"
        );
        drop(first);
        assert!(book.expect(account, 600, Some(1000)).is_ok());
        assert!(book.expect(account, 601, Some(1000)).is_err());
    }

    #[test]
    fn what_brings_more_than_it_announced_is_held_to_the_room() {
        let account = AccountId::new();
        let book = book(account, 400);
        let mut coming = book.expect(account, 10, Some(1000)).unwrap();
        coming.brought(600).unwrap();
        assert!(coming.brought(1).is_err());
    }

    #[test]
    fn what_has_arrived_counts_until_the_next_measure() {
        let account = AccountId::new();
        let book = book(account, 400);
        let mut coming = book.expect(account, 10, Some(1000)).unwrap();
        coming.brought(10).unwrap();
        coming.arrived(512);
        assert!(book.expect(account, 89, Some(1000)).is_err());
        assert!(book.expect(account, 88, Some(1000)).is_ok());
    }

    #[test]
    fn so_many_come_at_a_time() {
        let account = AccountId::new();
        let book = book(account, 0);
        let expect = || book.expect(account, 1, Some(1000));
        let coming: Vec<_> = (0..MOST_COMING).map(|_| expect().unwrap()).collect();
        assert!(expect().is_err());
        drop(coming);
        assert!(expect().is_ok());
    }
}
