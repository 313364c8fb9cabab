//! How long something takes: `90s`, `20m`, `1h30m`.

/// How many seconds a text says, if it says so.
pub(crate) fn seconds(text: &str) -> Option<u32> {
    let mut rest = text.trim();
    let mut total = 0_u32;
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let number: u32 = rest[..end].parse().ok()?;
        let unit = match rest.as_bytes().get(end)? {
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[end + 1..];
    }
    (total > 0).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_have_units() {
        for (text, expected) in [
            ("90s", Some(90)),
            ("20m", Some(1200)),
            ("1h30m", Some(5400)),
            ("0m", None),
            ("20", None),
            ("m", None),
            ("20 minutes", None),
            ("99999999h", None),
            ("1é", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
