//! What is under way to targets: so that those that were taken out may end it, and not for ever.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time;
use tokio_util::sync::CancellationToken;

use super::{Balancing, Target};

type Key = (String, Target);

/// Everything under way.
#[derive(Default)]
pub(crate) struct Drains(Mutex<HashMap<Key, Weak<Open>>>);

/// What is under way to one target, counted by how many hold it.
#[derive(Debug)]
struct Open {
    drain: Duration,
    is_leaving: AtomicBool,
    cut: CancellationToken,
}

/// Held as long as a request or a connection is under way.
#[derive(Debug, Clone)]
pub(crate) struct Stay(Arc<Open>);

impl Stay {
    /// Cancelled when the time of a target that was taken out is over.
    pub fn cut(&self) -> CancellationToken {
        self.0.cut.clone()
    }
}

impl Drains {
    fn held(&self) -> MutexGuard<'_, HashMap<Key, Weak<Open>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something more is under way to a target of a pool, whose connections may last so long after
    /// it was taken out.
    pub fn enter(&self, pool: &str, target: &Target, drain: Duration) -> Stay {
        let mut held = self.held();
        let key = (pool.to_owned(), target.clone());
        let known = held.get(&key).and_then(Weak::upgrade);
        // one that came back while the last of its former life is still leaving begins anew
        let known = known.filter(|open| !open.is_leaving.load(Ordering::Relaxed));
        let open = known.unwrap_or_else(|| {
            Arc::new(Open {
                drain,
                is_leaving: AtomicBool::new(false),
                cut: CancellationToken::new(),
            })
        });
        held.insert(key, Arc::downgrade(&open));
        Stay(open)
    }

    /// Gives what is under way to targets that are no longer registered its last time.
    pub fn settle(&self, balancing: &Balancing) {
        let mut held = self.held();
        held.retain(|_, open| open.strong_count() > 0);
        for ((pool, target), open) in held.iter() {
            let pool = balancing.pool(pool);
            let is_there = pool.is_some_and(|pool| pool.targets.contains(target));
            let Some(open) = open.upgrade().filter(|_| !is_there) else {
                continue;
            };
            if !open.is_leaving.swap(true, Ordering::Relaxed) {
                let (cut, drain) = (open.cut.clone(), open.drain);
                tokio::spawn(async move {
                    time::sleep(drain).await;
                    cut.cancel();
                });
            }
        }
    }

    /// The targets of a pool that were taken out and have something under way.
    pub fn leaving(&self, pool: &str) -> Vec<Target> {
        let held = self.held();
        let leaving = held.iter().filter(|((of, _), open)| {
            let open = open.upgrade();
            of == pool && open.is_some_and(|open| open.is_leaving.load(Ordering::Relaxed))
        });
        leaving.map(|((_, target), _)| target.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::{Balancing, Drains, Target};
    use crate::balancing::{Check, Pool};
    use crate::reach::Source;

    fn balancing(targets: Vec<Target>) -> Balancing {
        let pool = Pool {
            key: "p".into(),
            health: "p".into(),
            targets,
            check: Check::of_port(80),
            sticky: None,
            drain: Duration::from_secs(5),
            fails_open: true,
            is_used: true,
            source: Source::default(),
        };
        let mut balancing = Balancing::default();
        balancing.pools.insert("p".into(), Arc::new(pool));
        balancing
    }

    #[tokio::test]
    async fn what_is_under_way_to_a_target_that_was_taken_out_has_its_time() {
        let (drains, target) = (
            Drains::default(),
            Target {
                instance: "i-1".into(),
                port: 80,
            },
        );
        let stay = drains.enter("p", &target, Duration::from_millis(20));
        drains.settle(&balancing(vec![target.clone()]));
        assert!(drains.leaving("p").is_empty());
        drains.settle(&balancing(vec![]));
        assert_eq!(drains.leaving("p"), std::slice::from_ref(&target));
        let again = drains.enter("p", &target, Duration::from_secs(5));
        tokio::time::timeout(Duration::from_secs(60), stay.cut().cancelled())
            .await
            .expect("the old one is cut");
        assert!(!again.cut().is_cancelled());
        drop((stay, again));
        drains.settle(&balancing(vec![]));
        assert!(drains.leaving("p").is_empty());
    }
}
