//! By which logins pages listen, so that those can be closed whose login counts no longer.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio_util::sync::CancellationToken;

/// By which logins pages listen.
#[derive(Debug, Clone, Default)]
pub(super) struct Listening(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    places: BTreeMap<u64, (String, CancellationToken)>,
    next: u64,
}

/// A page that listens, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    listening: Listening,
    number: u64,
    dismissed: CancellationToken,
}

impl Listening {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets one more listen by a login.
    pub(super) fn take(&self, login: &str) -> Place {
        let dismissed = CancellationToken::new();
        let mut state = self.state();
        state.next += 1;
        let number = state.next;
        let listener = (login.to_owned(), dismissed.clone());
        state.places.insert(number, listener);
        Place {
            listening: self.clone(),
            number,
            dismissed,
        }
    }

    /// By which logins anybody listens.
    pub(super) fn logins(&self) -> BTreeSet<String> {
        let state = self.state();
        let logins = state.places.values().map(|(login, _)| login.clone());
        logins.collect()
    }

    /// Lets none stay who listens by a login.
    pub(super) fn dismiss(&self, login: &str) {
        let state = self.state();
        let its = state.places.values().filter(|(known, _)| known == login);
        its.for_each(|(_, dismissed)| dismissed.cancel());
    }
}

impl Place {
    /// Returns once its login counts no longer.
    pub(super) async fn dismissed(&self) {
        self.dismissed.cancelled().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.listening.state().places.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::Listening;

    #[tokio::test]
    async fn those_of_a_login_are_dismissed_and_who_left_is_not_asked_for() {
        let listening = Listening::default();
        let (one, other) = (listening.take("a"), listening.take("b"));
        drop(listening.take("c"));
        assert!(listening.logins().into_iter().eq(["a", "b"]));
        listening.dismiss("a");
        one.dismissed().await;
        assert!(!other.dismissed.is_cancelled());
    }
}
