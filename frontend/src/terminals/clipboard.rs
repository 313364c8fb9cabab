//! What programs write to the clipboard (OSC 52); what is on it, they are never told.

use base64::{Engine, engine::general_purpose::STANDARD};

/// A program may copy this much.
const LARGEST_BYTES: usize = 1 << 20; // 1 MiB
/// Who pressed a key or a button this long ago may have meant it to copy.
const GESTURE_MS: f64 = 5_000.0;

/// What a program wants to be copied; none for everything else that it may ask.
pub fn copied(osc: &str) -> Option<String> {
    let (_, data) = osc.split_once(';')?;
    if data.len() > LARGEST_BYTES.div_ceil(3) * 4 {
        return None;
    }
    // a question, `?`, is not in base64
    let bytes = STANDARD.decode(data).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    (!text.is_empty() && text.len() <= LARGEST_BYTES).then_some(text)
}

/// Whether it may be copied at once: the person has just done something in this terminal.
pub fn is_meant(gesture_at: Option<f64>, now: f64) -> bool {
    gesture_at.is_some_and(|at| now - at <= GESTURE_MS)
}

#[cfg(test)]
mod tests {
    use super::{LARGEST_BYTES, copied, is_meant};
    use base64::{Engine, engine::general_purpose::STANDARD};

    #[test]
    fn a_program_may_copy_a_text_and_ask_nothing() {
        assert_eq!(copied("c;aGVsbG8="), Some("hello".into()));
        assert_eq!(copied(";aGVsbG8="), Some("hello".into()));
        for refused in ["c;?", "c;", "c", "c;***", "c;/w=="] {
            assert_eq!(copied(refused), None, "{refused}");
        }
    }

    #[test]
    fn a_program_copies_a_mebibyte_at_most() {
        let osc = |size| format!("c;{}", STANDARD.encode("x".repeat(size)));
        assert!(copied(&osc(LARGEST_BYTES)).is_some());
        assert_eq!(copied(&osc(LARGEST_BYTES + 1)), None);
        assert_eq!(copied(&osc(2 * LARGEST_BYTES)), None);
    }

    #[test]
    fn copying_at_once_follows_a_gesture_by_seconds() {
        assert!(is_meant(Some(100.0), 5_100.0));
        assert!(!is_meant(Some(100.0), 5_101.0));
        assert!(!is_meant(None, 0.0));
    }
}
