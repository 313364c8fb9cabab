//! Durations, sorted: their median and their worst.

use std::time::Duration;

/// Durations of one thing done often.
#[derive(Debug, Clone, Default)]
pub struct Spread(Vec<Duration>);

impl Spread {
    /// Sorts what was measured.
    pub fn of(mut durations: Vec<Duration>) -> Self {
        durations.sort_unstable();
        Self(durations)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The duration that `percent` of all do not exceed, in milliseconds.
    pub fn ms(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        let at = self.0.get(rank - 1).copied().unwrap_or_default();
        at.as_secs_f64() * 1000.0
    }
}

/// The middle one, or the higher of the two; 0 when there is none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Spread, median};

    #[test]
    fn a_median_is_what_half_do_not_exceed() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![]), 0.0);
    }

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let hundred = (1..=100).rev().map(Duration::from_millis).collect();
        let spread = Spread::of(hundred);
        assert_eq!(
            [50, 99, 100].map(|percent| spread.ms(percent)),
            [50.0, 99.0, 100.0]
        );
        assert_eq!(Spread::default().ms(99), 0.0);
    }
}
