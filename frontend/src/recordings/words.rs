//! Recordings in words.

use shared::{Recording, RecordingState};

use crate::ui::Tone;

/// A time of a recording, for example `02:13` or `1:00:05`.
pub fn clock(ms: u64) -> String {
    let seconds = ms / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes:02}:{seconds:02}"),
        hours => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// An amount of bytes, for example `1.5 MiB`.
pub fn amount(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB"];
    let (mut value, mut unit) = (bytes as f64, "bytes");
    for larger in units {
        if value < 1024.0 {
            break;
        }
        (value, unit) = (value / 1024.0, larger);
    }
    match unit {
        "bytes" => format!("{bytes} bytes"),
        unit => format!("{value:.1} {unit}"),
    }
}

/// Where a recording stands.
pub fn state(state: RecordingState) -> (&'static str, Tone) {
    match state {
        RecordingState::Recording => ("Recording", Tone::Red),
        RecordingState::Ended => ("Ended", Tone::Quiet),
        RecordingState::Interrupted => ("Interrupted", Tone::Amber),
    }
}

/// What there is to know of what is not there.
pub fn missing(recording: &Recording) -> Option<String> {
    let missing = (recording.missing_bytes > 0).then(|| {
        let (gone, all) = (amount(recording.missing_bytes), amount(recording.bytes));
        format!("{gone} of {all} are not kept.")
    });
    let said: Vec<String> = recording
        .reason
        .clone()
        .into_iter()
        .chain(missing)
        .collect();
    (!said.is_empty()).then(|| said.join(" "))
}

#[cfg(test)]
mod tests {
    use super::{amount, clock};

    #[test]
    fn times_and_amounts_are_short() {
        assert_eq!(clock(133_999), "02:13");
        assert_eq!(clock(3_605_000), "1:00:05");
        assert_eq!(amount(1023), "1023 bytes");
        assert_eq!(amount(1536), "1.5 KiB");
        assert_eq!(amount(3 << 30), "3.0 GiB");
    }
}
