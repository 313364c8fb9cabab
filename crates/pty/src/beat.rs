//! When pages are asked whether they are there: many at one moment, as each moment wakes a processor.

use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// At how many moments pages are asked between two questions to one of them.
const MOMENTS: u32 = 20;

/// When pages are asked whether they are there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beat {
    origin: Instant,
    every: Duration,
}

impl Beat {
    /// Asks each page so often, from now on.
    pub(crate) fn new(every: Duration) -> Self {
        Self {
            origin: Instant::now(),
            every,
        }
    }

    /// How often each page is asked.
    pub(crate) fn every(self) -> Duration {
        self.every
    }

    /// The times for a page that is here since now.
    pub(crate) fn times(self) -> Interval {
        let since = self.origin.elapsed();
        let first = self.origin + since + until_first(since, self.every);
        let mut times = interval_at(first, self.every);
        times.set_missed_tick_behavior(MissedTickBehavior::Skip);
        times
    }
}

/// How long until the first question: as long as until the next, or a moment less. `since` is how long
/// the moments have been counted.
fn until_first(since: Duration, every: Duration) -> Duration {
    let moment = (every / MOMENTS).as_nanos().max(1);
    let into = Duration::from_nanos(u64::try_from(since.as_nanos() % moment).unwrap_or_default());
    every - into
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, time::Duration};

    use super::until_first;

    #[test]
    fn pages_that_came_at_different_times_are_asked_at_the_same_moments() {
        let every = Duration::from_secs(20);
        let mut moments = BTreeSet::new();
        for came in (0..every.as_millis() as u64).step_by(7) {
            let came = Duration::from_millis(came);
            let until = until_first(came, every);
            assert!(until <= every && until + Duration::from_secs(1) > every);
            moments.insert(came + until);
        }
        assert_eq!(moments.len(), 20);
    }

    #[test]
    fn any_time_between_will_do() {
        for nanos in [1, 3, 19, 1_000_000] {
            let every = Duration::from_nanos(nanos);
            assert!(until_first(Duration::from_millis(5), every) <= every);
        }
    }
}
