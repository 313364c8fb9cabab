//! How far each caller has read the log of each instance, as the original client keeps nothing.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use shared::InstanceId;

/// A caller's token, and the instance whose log it follows.
pub(super) type Key = (String, InstanceId);

/// How many are remembered; the oldest are forgotten together, and begin anew.
const MOST: usize = 10_000;

/// How far callers have read.
#[derive(Debug, Clone, Default)]
pub struct Followers(Arc<Mutex<HashMap<Key, u64>>>);

impl Followers {
    /// Where a caller goes on.
    pub(super) fn after(&self, key: &Key) -> u64 {
        self.all().get(key).copied().unwrap_or_default()
    }

    /// Where a caller will go on.
    pub(super) fn set(&self, key: Key, next: u64) {
        let mut all = self.all();
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(key, next);
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Key, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
