//! How visitors were answered by one version, second by second.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use shared::{Instant, Traffic, TrafficSecond};

/// How visitors were answered lately.
#[derive(Debug, Default)]
pub(crate) struct Record(Mutex<VecDeque<Second>>);

#[derive(Debug, Clone, Copy)]
struct Second {
    /// In unix seconds.
    at: i64,
    requests: u32,
    errors: u32,
    took: Duration,
}

/// How an answer was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answered {
    /// As it should be.
    Well,
    /// With a status of 500 or above, or not at all.
    Badly,
}

impl Record {
    /// Remembers an answer that began now, after so long.
    pub(crate) fn add(&self, now: Instant, answered: Answered, took: Duration) {
        let at = second_of(now);
        let mut seconds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // a clock that was put back adds to what is there
        if seconds.back().is_none_or(|last| last.at < at) {
            seconds.push_back(Second {
                at,
                requests: 0,
                errors: 0,
                took: Duration::ZERO,
            });
            forget(&mut seconds, at);
        }
        if let Some(last) = seconds.back_mut() {
            last.requests += 1;
            last.errors += u32::from(answered == Answered::Badly);
            last.took += took;
        }
    }

    /// What is remembered of the seconds that were over before this one, from one of them on.
    pub(crate) fn since(&self, first: i64, now: Instant) -> Vec<TrafficSecond> {
        let seconds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = second_of(now);
        let first = first.max(now - i64::from(Traffic::SECONDS));
        let over = seconds.iter().filter(|one| (first..now).contains(&one.at));
        over.map(Second::shown).collect()
    }

    /// Whether nobody was answered for as long as is remembered.
    pub(crate) fn is_idle(&self, now: Instant) -> bool {
        let mut seconds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        forget(&mut seconds, second_of(now));
        seconds.is_empty()
    }
}

impl Second {
    fn shown(&self) -> TrafficSecond {
        TrafficSecond {
            at: Instant::from_unix_ms(self.at * 1000),
            requests: self.requests,
            errors: self.errors,
            took_ms: u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// The second that a moment is in, in unix seconds.
pub fn second_of(moment: Instant) -> i64 {
    moment.unix_ms().div_euclid(1000)
}

fn forget(seconds: &mut VecDeque<Second>, now: i64) {
    while let Some(first) = seconds.front()
        && first.at < now - i64::from(Traffic::SECONDS)
    {
        seconds.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::Instant;

    use super::{Answered, Record};

    fn at(second: i64) -> Instant {
        Instant::from_unix_ms(second * 1000 + 500)
    }

    #[test]
    fn what_is_told_of_a_second_is_told_once_it_is_over() {
        let record = Record::default();
        let took = Duration::from_millis(3);
        record.add(at(100), Answered::Well, took);
        record.add(at(100), Answered::Badly, took);
        assert!(record.since(0, at(100)).is_empty());
        let told = record.since(0, at(101));
        let [second] = told[..] else {
            panic!("{told:?}")
        };
        assert_eq!((second.requests, second.errors, second.took_ms), (2, 1, 6));
        assert_eq!(second.at, Instant::from_unix_ms(100_000));
        assert!(record.since(101, at(102)).is_empty());
    }

    #[test]
    fn a_minute_is_remembered_and_no_more() {
        let record = Record::default();
        for second in 0..1000 {
            record.add(at(second), Answered::Well, Duration::ZERO);
        }
        assert!(record.0.lock().unwrap().len() <= 61);
        assert_eq!(record.since(0, at(1000)).len(), 60);
        assert_eq!(record.since(0, at(1050)).len(), 10);
        assert!(!record.is_idle(at(1050)));
        assert!(record.is_idle(at(1060)));
    }

    #[test]
    fn a_clock_that_is_put_back_loses_nothing() {
        let record = Record::default();
        record.add(at(4000), Answered::Well, Duration::ZERO);
        record.add(at(400), Answered::Badly, Duration::ZERO);
        let told = record.since(0, at(4001));
        assert_eq!((told[0].requests, told[0].errors), (2, 1));
    }
}
