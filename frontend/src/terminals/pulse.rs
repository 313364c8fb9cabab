//! Whether the connection lives, and how long the way to the host and back takes.

use std::collections::VecDeque;

/// A page that is looked at asks this often.
const EVERY_MS: f64 = 5_000.0;
/// So many questions without an answer for a while, and the connection is given up.
const PATIENCE: usize = 2;
/// Who comes back to the page after this much silence asks at once.
const SILENCE_MS: f64 = 10_000.0;
/// An answer to the last question that is asked is due this soon.
const DUE_MS: f64 = 2_000.0;

/// What to do for the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// Send a ping.
    Ping,
    /// Drop the connection and make another.
    Reconnect,
}

/// Whether one connection lives; times are in milliseconds of any clock that only goes forward.
#[derive(Debug)]
pub struct Pulse {
    heard_at: f64,
    asked_at: VecDeque<f64>,
    next_at: f64,
    due_at: Option<f64>,
}

impl Pulse {
    /// A connection was attached.
    pub fn begin(now: f64) -> Self {
        Self {
            heard_at: now,
            asked_at: VecDeque::new(),
            next_at: now,
            due_at: None,
        }
    }

    /// A frame came.
    pub fn heard(&mut self, now: f64) {
        self.heard_at = now;
        self.due_at = None;
    }

    /// A pong came; how long it took.
    pub fn answered(&mut self, now: f64) -> Option<f64> {
        self.asked_at.pop_front().map(|asked| now - asked)
    }

    /// Time goes by on a page that is looked at.
    pub fn tick(&mut self, now: f64) -> Option<Beat> {
        if self.due_at.is_some_and(|due| now >= due) {
            return Some(Beat::Reconnect);
        }
        let is_silent = now - self.heard_at >= EVERY_MS;
        let is_due = self.asked_at.back().is_some_and(|at| now - at >= DUE_MS);
        if is_silent && is_due && self.asked_at.len() >= PATIENCE {
            return Some(Beat::Reconnect);
        }
        (now >= self.next_at).then(|| self.ask(now))
    }

    /// The page is looked at again.
    pub fn woke(&mut self, now: f64) -> Option<Beat> {
        if now - self.heard_at <= SILENCE_MS {
            return None;
        }
        self.due_at = Some(now + DUE_MS);
        Some(self.ask(now))
    }

    fn ask(&mut self, now: f64) -> Beat {
        self.next_at = now + EVERY_MS;
        self.asked_at.push_back(now);
        Beat::Ping
    }
}

/// A round trip for the person.
pub fn round_trip(ms: f64) -> String {
    match ms {
        ..1.0 => "<1 ms".into(),
        _ => format!("{ms:.0} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Beat, Pulse, round_trip};

    #[test]
    fn it_asks_every_five_seconds_and_measures_the_answer() {
        let mut pulse = Pulse::begin(0.0);
        assert_eq!(pulse.tick(0.0), Some(Beat::Ping));
        pulse.heard(12.0);
        assert_eq!(pulse.answered(12.0), Some(12.0));
        assert_eq!(pulse.tick(4_000.0), None);
        assert_eq!(pulse.tick(5_000.0), Some(Beat::Ping));
        assert_eq!(pulse.answered(5_001.0), Some(1.0));
        assert_eq!(pulse.answered(5_002.0), None);
    }

    #[test]
    fn two_questions_without_an_answer_are_the_end() {
        let mut pulse = Pulse::begin(0.0);
        assert_eq!(pulse.tick(0.0), Some(Beat::Ping));
        assert_eq!(pulse.tick(5_000.0), Some(Beat::Ping));
        assert_eq!(pulse.tick(6_900.0), None);
        assert_eq!(pulse.tick(7_000.0), Some(Beat::Reconnect));
    }

    #[test]
    fn a_connection_that_brings_output_lives_though_answers_are_late() {
        let mut pulse = Pulse::begin(0.0);
        pulse.tick(0.0);
        pulse.tick(5_000.0);
        pulse.heard(9_900.0);
        assert_eq!(pulse.tick(10_000.0), Some(Beat::Ping));
    }

    #[test]
    fn who_comes_back_after_a_while_knows_within_two_seconds() {
        let mut pulse = Pulse::begin(0.0);
        assert_eq!(pulse.woke(10_000.0), None);
        assert_eq!(pulse.woke(60_000.0), Some(Beat::Ping));
        assert_eq!(pulse.tick(61_000.0), None);
        assert_eq!(pulse.tick(62_000.0), Some(Beat::Reconnect));
        let mut pulse = Pulse::begin(0.0);
        pulse.woke(60_000.0);
        pulse.heard(60_300.0);
        assert_eq!(pulse.tick(62_000.0), None);
    }

    #[test]
    fn a_round_trip_is_told_in_whole_milliseconds() {
        assert_eq!(round_trip(0.4), "<1 ms");
        assert_eq!(round_trip(12.4), "12 ms");
    }
}
