//! Sizes in words.

/// How much that is, in the largest unit of which there is a whole one.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    let mut unit = "bytes";
    let mut count = bytes as f64;
    for next in UNITS {
        // what would be rounded up to a whole one counts as one
        if count < 1023.5 {
            break;
        }
        (unit, count) = (next, count / 1024.0);
    }
    match unit {
        "bytes" if bytes == 1 => "1 byte".to_owned(),
        "bytes" => format!("{bytes} bytes"),
        unit if count < 9.95 && count.fract() >= 0.05 && count.fract() < 0.95 => {
            format!("{count:.1} {unit}")
        }
        unit => format!("{count:.0} {unit}"),
    }
}

/// How much of something is there, in percent; a hundred only when all of it is.
pub fn percent(part: u64, whole: u64) -> u64 {
    match whole {
        0 => 100,
        whole => (u128::from(part) * 100 / u128::from(whole)).min(100) as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::{percent, size};

    #[test]
    fn sizes_are_told_as_people_say_them() {
        for (bytes, words) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1023, "1023 bytes"),
            (1024, "1 KB"),
            (1536, "1.5 KB"),
            (12_000, "12 KB"),
            (12 << 20, "12 MB"),
            ((1 << 20) - 1, "1 MB"),
            (1 << 30, "1 GB"),
            (5 << 40, "5 TB"),
        ] {
            assert_eq!(size(bytes), words, "{bytes}");
        }
    }

    #[test]
    fn it_is_all_there_only_when_it_is() {
        assert_eq!(percent(0, 0), 100);
        assert_eq!(percent(999, 1000), 99);
        assert_eq!(percent(1000, 1000), 100);
        assert_eq!(percent(1001, 1000), 100);
    }
}
