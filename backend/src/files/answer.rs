//! The headers of a download: its name, and which part of it.

use axum::http::HeaderValue;

/// Which bytes of a file are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of them.
    Whole,
    /// From the first on, up to and with the last.
    Bytes {
        /// The first, from 0.
        first: u64,
        /// The last, which is not before the first.
        last: u64,
    },
    /// Some that are not there.
    Missing,
}

/// What a `Range` header means for a file of a size (RFC 9110, section 14.2): one range, else all.
pub fn part(range: Option<&str>, size: u64) -> Part {
    let Some(range) = range.and_then(|range| range.trim().strip_prefix("bytes=")) else {
        return Part::Whole;
    };
    let Some((first, last)) = range.trim().split_once('-') else {
        return Part::Whole;
    };
    let end = size.saturating_sub(1);
    let (first, last) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first > last => return Part::Whole,
        (Ok(first), Ok(last)) => (first, last.min(end)),
        (Ok(first), Err(_)) if last.is_empty() => (first, end),
        // the last so many
        (Err(_), Ok(count)) if first.is_empty() => match count {
            0 => return Part::Missing,
            count => (size.saturating_sub(count), end),
        },
        // several ranges, or what can't be read
        _ => return Part::Whole,
    };
    match first < size {
        true => Part::Bytes { first, last },
        false => Part::Missing,
    }
}

/// Lets a browser save a download under its name (RFC 6266): in letters that every reader takes, and in
/// full (RFC 8187).
pub fn attachment(name: &str) -> HeaderValue {
    let plain: String = name
        .chars()
        .map(|c| match c {
            '"' | '\\' | '%' | '/' | ';' => '_',
            c if c.is_ascii_graphic() || c == ' ' => c,
            _ => '_',
        })
        .collect();
    let full = shared::paths::segment(name);
    let value = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{full}");
    HeaderValue::from_str(&value).expect("it is of visible ASCII and spaces")
}

#[cfg(test)]
mod tests {
    use super::{Part, attachment, part};

    #[test]
    fn one_range_is_a_part_and_everything_else_is_all() {
        let bytes = |first, last| Part::Bytes { first, last };
        for (range, size, is) in [
            (None, 10, Part::Whole),
            (Some("bytes=0-3"), 10, bytes(0, 3)),
            (Some("bytes=4-"), 10, bytes(4, 9)),
            (Some("bytes=4-400"), 10, bytes(4, 9)),
            (Some("bytes=-3"), 10, bytes(7, 9)),
            (Some("bytes=-30"), 10, bytes(0, 9)),
            (Some("bytes=10-"), 10, Part::Missing),
            (Some("bytes=-0"), 10, Part::Missing),
            (Some("bytes=0-"), 0, Part::Missing),
            (Some("bytes=5-4"), 10, Part::Whole),
            (Some("bytes=0-1,3-4"), 10, Part::Whole),
            (Some("bytes=a-b"), 10, Part::Whole),
            (Some("lines=0-1"), 10, Part::Whole),
            (Some("bytes=99999999999999999999-"), 10, Part::Whole),
        ] {
            assert_eq!(part(range, size), is, "{range:?}");
        }
    }

    #[test]
    fn a_name_is_said_twice_and_can_not_say_more() {
        for (name, value) in [
            (
                "a b.txt",
                "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt",
            ),
            (
                "é\"; x=\".html",
                "attachment; filename=\"___ x=_.html\"; filename*=UTF-8''%C3%A9%22%3B%20x%3D%22.html",
            ),
            (
                "日本",
                "attachment; filename=\"__\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC",
            ),
        ] {
            assert_eq!(attachment(name).to_str().unwrap(), value);
        }
    }
}
