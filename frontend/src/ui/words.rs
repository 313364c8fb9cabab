//! Times in words.

use shared::Instant;

/// How long ago `then` was.
pub fn ago(then: Instant, now: Instant) -> String {
    match (now.unix_ms() - then.unix_ms()) / 1000 {
        ..10 => "just now".into(),
        seconds @ 10..60 => format!("{seconds} s ago"),
        seconds @ 60..3600 => format!("{} min ago", seconds / 60),
        seconds @ 3600..86_400 => format!("{} h ago", seconds / 3600),
        seconds => format!("{} d ago", seconds / 86_400),
    }
}

/// How long it took, or takes so far.
pub fn duration(from: Instant, to: Instant) -> String {
    let ms = (to.unix_ms() - from.unix_ms()).max(0);
    match ms / 1000 {
        0 => format!("{ms} ms"),
        seconds @ 1..60 => format!("{seconds}.{} s", ms % 1000 / 100),
        seconds @ 60..3600 if seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::{ago, duration};
    use shared::Instant;

    #[test]
    fn times_are_told_in_the_largest_fitting_unit() {
        let at = Instant::from_unix_ms;
        for (ms, words) in [
            (-50, "just now"),
            (59_000, "59 s ago"),
            (60_000, "1 min ago"),
            (7_200_000, "2 h ago"),
            (200_000_000, "2 d ago"),
        ] {
            assert_eq!(ago(at(0), at(ms)), words);
        }
    }

    #[test]
    fn durations_keep_what_matters() {
        let at = Instant::from_unix_ms;
        for (ms, words) in [
            (-5, "0 ms"),
            (940, "940 ms"),
            (4_250, "4.2 s"),
            (61_000, "1 min 1 s"),
            (600_000, "10 min"),
            (3_660_000, "1 h 1 min"),
        ] {
            assert_eq!(duration(at(0), at(ms)), words);
        }
    }
}
