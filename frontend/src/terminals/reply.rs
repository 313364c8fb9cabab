//! What a terminal says by itself.

/// Whether this is what a terminal answers by itself to a query, and not what a person types.
///
/// Queries in replayed output were answered when they were first shown.
pub fn is_reply(bytes: &[u8]) -> bool {
    match bytes {
        [0x1b, b']' | b'P', _, ..] => true,
        [0x1b, b'[', b'I' | b'O'] => true,
        [0x1b, b'[', middle @ .., b'R' | b'c' | b'n' | b'y' | b't'] => {
            !middle.is_empty()
                && middle
                    .iter()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b';' | b'?' | b'>' | b'$'))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_reply;

    #[test]
    fn answers_to_queries_are_told_from_keys() {
        for reply in [
            &b"\x1b[?1;2c"[..],
            b"\x1b[12;40R",
            b"\x1b]11;rgb:0/0/0\x1b\\",
            b"\x1b[0n",
            b"\x1b[I",
        ] {
            assert!(is_reply(reply), "{reply:?}");
        }
        for key in [
            &b"a"[..],
            b"\x1b[A",
            b"\x1b[1;5C",
            b"\x1b",
            b"\x1b[3~",
            b"\x1bOP",
        ] {
            assert!(!is_reply(key), "{key:?}");
        }
    }
}
