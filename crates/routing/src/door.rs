//! Whether an address lets visitors in: it may let them wait for a while, or turn them away.

use std::{sync::Arc, time::Duration};

use shared::{Instant, Visitors};
use tokio::{
    sync::{Semaphore, watch},
    time::sleep,
};

/// How many visitors of an address wait at most; each keeps a connection and a few kilobytes.
const WAITING: usize = 4096;

/// Whether an address lets visitors in; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Door(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    stands: watch::Sender<Visitors>,
    room: Semaphore,
}

/// Why a visitor is not let in.
#[derive(Debug, PartialEq, Eq)]
pub enum TurnedAway {
    /// The application is being worked on.
    WorkedOn {
        /// In somebody's words.
        notice: String,
    },
    /// Too many wait already.
    Crowded,
}

impl Default for Door {
    fn default() -> Self {
        Self(Arc::new(Inner {
            stands: watch::Sender::default(),
            room: Semaphore::new(WAITING),
        }))
    }
}

impl Door {
    /// Says what becomes of visitors, also of those who wait.
    pub(crate) fn set(&self, visitors: Visitors) {
        self.0.stands.send_replace(visitors);
    }

    /// Whether a visitor may go in at once.
    pub(crate) fn is_open(&self) -> bool {
        match &*self.0.stands.borrow() {
            Visitors::Served => true,
            Visitors::Held { until } => *until <= Instant::now(),
            Visitors::TurnedAway { .. } => false,
        }
    }

    /// Returns once a visitor may go in, or says why not.
    pub(crate) async fn pass(&self) -> Result<(), TurnedAway> {
        let mut stands = self.0.stands.subscribe();
        let mut place = None;
        loop {
            let until = match stands.borrow_and_update().clone().at(Instant::now()) {
                Visitors::Served => return Ok(()),
                Visitors::TurnedAway { notice } => return Err(TurnedAway::WorkedOn { notice }),
                Visitors::Held { until } => until,
            };
            if place.is_none() {
                let taken = self.0.room.try_acquire();
                place = Some(taken.map_err(|_| TurnedAway::Crowded)?);
            }
            let left = until.unix_ms().saturating_sub(Instant::now().unix_ms());
            let left = Duration::from_millis(left.max(1).unsigned_abs());
            tokio::select! {
                () = sleep(left) => {}
                // the sender is kept beside it, so it does not go away meanwhile
                _ = stands.changed() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::{Instant, Visitors};
    use tokio::task::JoinSet;

    use super::{Door, TurnedAway, WAITING};

    fn held(ms: i64) -> Visitors {
        let until = Instant::from_unix_ms(Instant::now().unix_ms() + ms);
        Visitors::Held { until }
    }

    #[tokio::test]
    async fn who_waits_goes_in_once_the_door_opens_or_the_time_is_over() {
        let door = Door::default();
        assert!(door.is_open());
        door.set(held(3_600_000));
        assert!(!door.is_open());
        let waits = tokio::spawn({
            let door = door.clone();
            async move { door.pass().await }
        });
        while door.0.room.available_permits() == WAITING {
            tokio::task::yield_now().await;
        }
        assert!(!waits.is_finished());
        door.set(Visitors::Served);
        assert_eq!(waits.await.unwrap(), Ok(()));
        assert_eq!(door.0.room.available_permits(), WAITING);
        door.set(held(20));
        assert_eq!(door.pass().await, Ok(()));
        assert!(door.is_open());
    }

    #[tokio::test]
    async fn who_waits_is_turned_away_when_that_is_said() {
        let door = Door::default();
        door.set(held(3_600_000));
        let mut waiting = JoinSet::new();
        for _ in 0..=WAITING {
            let door = door.clone();
            waiting.spawn(async move { door.pass().await });
        }
        // one is too many
        let crowded = waiting.join_next().await.unwrap().unwrap();
        assert_eq!(crowded, Err(TurnedAway::Crowded));
        let notice = "Back at noon.".to_owned();
        door.set(Visitors::TurnedAway {
            notice: notice.clone(),
        });
        let told = TurnedAway::WorkedOn { notice };
        assert_eq!(door.pass().await, Err(told));
        let all = waiting.join_all().await;
        assert!(all.iter().all(Result::is_err) && all.len() == WAITING);
    }
}
