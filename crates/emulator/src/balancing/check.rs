//! Whether a target is well: what is asked, and what the answers amount to.

use std::{ops::RangeInclusive, time::Duration};

/// How much faster than at AWS checks follow each other: 30 seconds, which a new load balancer
/// waits between two, are one second here, so that no lesson has to wait.
const FASTER: u32 = 30;
/// The least time between two checks.
const LEAST_PAUSE: Duration = Duration::from_millis(250);
/// The time between two checks of a target that has not been well yet.
const EAGER_PAUSE: Duration = Duration::from_millis(50);
/// How many checks are so eager.
const EAGER: u32 = 600;

/// How it is found out whether targets are well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    /// What is asked.
    pub probe: Probe,
    /// The port that is asked; none is the target's own.
    pub port: Option<u16>,
    /// Between two checks, at AWS.
    pub interval: Duration,
    /// For one.
    pub timeout: Duration,
    /// How many passed ones in a row bring a target back that was well before.
    pub healthy: u32,
    /// How many failed ones in a row take it out.
    pub unhealthy: u32,
}

impl Check {
    /// AWS's own for a classic load balancer that was told of none.
    ///
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-healthchecks.html>
    pub fn of_port(port: u16) -> Self {
        Self {
            probe: Probe::Tcp,
            port: Some(port),
            interval: Duration::from_secs(30),
            timeout: Duration::from_secs(5),
            healthy: 10,
            unhealthy: 2,
        }
    }
}

/// What is asked of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Probe {
    /// To accept a connection.
    Tcp,
    /// To answer a path with one of some statuses.
    Http {
        /// The path.
        path: String,
        /// The statuses.
        passing: Vec<RangeInclusive<u16>>,
    },
}

impl Probe {
    /// Whether a status passes.
    pub fn passes(&self, status: u16) -> bool {
        match self {
            Self::Tcp => true,
            Self::Http { passing, .. } => passing.iter().any(|range| range.contains(&status)),
        }
    }
}

/// Reads which statuses pass, as `200-299,301`; what cannot be read is 200 alone.
pub(super) fn statuses(matcher: &str) -> Vec<RangeInclusive<u16>> {
    let range = |part: &str| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        Some(from.trim().parse().ok()?..=to.trim().parse().ok()?)
    };
    let ranges: Option<Vec<_>> = matcher.split(',').map(range).collect();
    ranges.unwrap_or_else(|| vec![200..=200])
}

/// What one check found: why a target did not pass.
pub(crate) type Passed = Result<(), Reason>;

/// Why a target is not well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It did not answer in time.
    Timeout,
    /// Nothing accepted the connection, or its security groups let nobody in.
    Failed,
    /// It answered with this status.
    Status(u16),
}

/// What is known of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It was not asked often enough.
    Initial,
    /// It takes requests.
    Well,
    /// It does not.
    Ill(Reason),
}

/// The checks of a target so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tally {
    /// What they amount to.
    pub verdict: Verdict,
    was_well: bool,
    streak: u32,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            verdict: Verdict::Initial,
            was_well: false,
            streak: 0,
        }
    }
}

impl Tally {
    /// Counts one more.
    ///
    /// A target that was never well needs to pass once, as with an application load balancer's new
    /// ones; later, as often in a row as the check says.
    pub fn count(&mut self, passed: Passed, check: &Check) {
        let needed = match (&self.verdict, &passed) {
            (Verdict::Well, Ok(())) => return self.streak = 0,
            (Verdict::Ill(_), Err(reason)) => return self.turn(Verdict::Ill(reason.clone())),
            (Verdict::Ill(_), Ok(())) if self.was_well => check.healthy,
            (Verdict::Initial | Verdict::Ill(_), Ok(())) => 1,
            (Verdict::Initial | Verdict::Well, Err(_)) => check.unhealthy,
        };
        self.streak = self.streak.saturating_add(1);
        if self.streak >= needed {
            self.turn(passed.map_or_else(Verdict::Ill, |()| Verdict::Well));
        }
    }

    fn turn(&mut self, verdict: Verdict) {
        self.was_well |= verdict == Verdict::Well;
        self.verdict = verdict;
        self.streak = 0;
    }

    /// How long to wait before the next one.
    pub fn pause(&self, check: &Check, checks_so_far: u32) -> Duration {
        if !self.was_well && checks_so_far < EAGER {
            return EAGER_PAUSE;
        }
        (check.interval / FASTER).max(LEAST_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::{Check, Passed, Probe, Reason, Tally, Verdict, statuses};

    fn check() -> Check {
        Check {
            healthy: 3,
            ..Check::of_port(80)
        }
    }

    fn after(passes: &[Passed]) -> Verdict {
        let mut tally = Tally::default();
        for passed in passes {
            tally.count(passed.clone(), &check());
        }
        tally.verdict
    }

    const OK: Passed = Ok(());
    const NO: Passed = Err(Reason::Failed);

    #[test]
    fn a_new_target_is_in_after_one_pass_however_often_it_failed_before() {
        assert_eq!(after(&[]), Verdict::Initial);
        assert_eq!(after(&[OK]), Verdict::Well);
        assert_eq!(after(&[NO]), Verdict::Initial);
        assert_eq!(after(&[NO, NO]), Verdict::Ill(Reason::Failed));
        assert_eq!(after(&[NO, NO, NO, OK]), Verdict::Well);
    }

    #[test]
    fn as_many_failures_in_a_row_as_the_check_says_take_a_target_out() {
        assert_eq!(after(&[OK, NO]), Verdict::Well);
        assert_eq!(after(&[OK, NO, OK, NO]), Verdict::Well);
        assert_eq!(after(&[OK, NO, NO]), Verdict::Ill(Reason::Failed));
    }

    #[test]
    fn as_many_passes_in_a_row_bring_it_back() {
        assert_eq!(after(&[OK, NO, NO, OK, OK]), Verdict::Ill(Reason::Failed));
        assert_eq!(
            after(&[OK, NO, NO, OK, OK, NO, OK, OK]),
            Verdict::Ill(Reason::Failed)
        );
        assert_eq!(after(&[OK, NO, NO, OK, OK, OK]), Verdict::Well);
    }

    #[test]
    fn the_last_reason_is_told() {
        let status: Passed = Err(Reason::Status(500));
        assert_eq!(after(&[NO, NO, status]), Verdict::Ill(Reason::Status(500)));
    }

    #[test]
    fn statuses_pass_that_the_matcher_names() {
        let passing = statuses("200-299,301");
        let probe = Probe::Http {
            path: "/".into(),
            passing,
        };
        assert!(probe.passes(204) && probe.passes(301) && !probe.passes(302));
        assert_eq!(statuses("what"), [200..=200]);
    }
}
