//! What of a recording is shown when: decided from its index alone.

use shared::recording::{Moment, MomentKind};

/// A pause that is longer is shortened, where that is wanted.
const IDLE_MS: f64 = 2_000.0;
/// To this, before what comes next.
const BREATH_MS: f64 = 500.0;

/// When what was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tape {
    moments: Vec<Moment>,
}

/// Whether pauses are shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pauses {
    /// As they were.
    Kept,
    /// Shortened.
    Skipped,
}

impl Tape {
    /// That of an index.
    pub fn new(moments: Vec<Moment>) -> Self {
        Self { moments }
    }

    /// How long it is, in milliseconds.
    pub fn duration_ms(&self) -> f64 {
        self.moments.last().map_or(0.0, |last| last.at_ms as f64)
    }

    /// The offset up to which is shown at a time; beyond all at the end.
    pub fn shown_until(&self, at_ms: f64) -> u64 {
        let next = self.next_after(at_ms);
        next.map_or(u64::MAX, |moment| moment.offset)
    }

    fn next_after(&self, at_ms: f64) -> Option<&Moment> {
        let next = self
            .moments
            .partition_point(|one| one.at_ms as f64 <= at_ms);
        self.moments.get(next)
    }

    /// Where it is after some time was played.
    pub fn advance(&self, at_ms: f64, played_ms: f64, pauses: Pauses) -> f64 {
        let next = self.next_after(at_ms).map(|next| next.at_ms as f64);
        let pause = next.map_or(0.0, |next| next - at_ms);
        let from = match pauses {
            Pauses::Skipped if pause > IDLE_MS => at_ms + pause - BREATH_MS,
            Pauses::Skipped | Pauses::Kept => at_ms,
        };
        (from + played_ms).min(self.duration_ms())
    }

    /// The terminal's size for what was written from an offset on.
    pub fn size_at(&self, offset: u64) -> (u16, u16) {
        let sizes = self.sizes().take_while(|(at, _)| *at <= offset);
        sizes.last().map_or((80, 24), |(_, size)| size)
    }

    /// The first offset after another at which the size changes.
    pub fn next_size(&self, offset: u64) -> u64 {
        let next = self.sizes().map(|(at, _)| at).find(|at| *at > offset);
        next.unwrap_or(u64::MAX)
    }

    fn sizes(&self) -> impl Iterator<Item = (u64, (u16, u16))> {
        self.moments.iter().filter_map(|moment| match moment.kind {
            MomentKind::Size { cols, rows } => Some((moment.offset, (cols, rows))),
            MomentKind::Output | MomentKind::Mark(_) | MomentKind::End { .. } => None,
        })
    }

    /// When the size changed after the beginning, in milliseconds.
    pub fn resized_ms(&self) -> Vec<u64> {
        let sizes = self.moments.iter().filter(|moment| {
            let is_size = matches!(moment.kind, MomentKind::Size { .. });
            is_size && moment.at_ms > 0
        });
        sizes.map(|moment| moment.at_ms).collect()
    }
}

#[cfg(test)]
mod tests {
    use shared::recording::{Moment, MomentKind};

    use super::{Pauses, Tape};

    fn tape() -> Tape {
        let size = |cols, rows| MomentKind::Size { cols, rows };
        let all = [
            (0, 10, size(80, 24)),
            (0, 10, MomentKind::Output),
            (1000, 15, MomentKind::Output),
            (60_000, 20, size(100, 30)),
            (60_000, 20, MomentKind::Output),
            (61_000, 30, MomentKind::End { exit: None }),
        ];
        let moments = all.map(|(at_ms, offset, kind)| Moment {
            at_ms,
            offset,
            kind,
        });
        Tape::new(moments.to_vec())
    }

    #[test]
    fn what_was_written_before_the_next_moment_is_shown() {
        let tape = tape();
        let until = [0.0, 999.0, 1000.0, 59_999.0, 60_000.0].map(|at| tape.shown_until(at));
        assert_eq!(until, [15, 15, 20, 20, 30]);
        assert_eq!(tape.shown_until(61_000.0), u64::MAX);
        assert_eq!(Tape::default().shown_until(0.0), u64::MAX);
    }

    #[test]
    fn a_long_pause_is_shortened_where_that_is_wanted() {
        let tape = tape();
        assert_eq!(tape.advance(1000.0, 30.0, Pauses::Kept), 1030.0);
        assert_eq!(tape.advance(1000.0, 30.0, Pauses::Skipped), 59_530.0);
        assert_eq!(tape.advance(0.0, 30.0, Pauses::Skipped), 30.0);
        assert_eq!(tape.advance(60_990.0, 30.0, Pauses::Skipped), 61_000.0);
    }

    #[test]
    fn sizes_hold_from_their_offset_on() {
        let tape = tape();
        assert_eq!(tape.size_at(19), (80, 24));
        assert_eq!(tape.size_at(20), (100, 30));
        assert_eq!((tape.next_size(10), tape.next_size(20)), (20, u64::MAX));
        assert_eq!(tape.resized_ms(), [60_000]);
    }
}
