//! The last bytes that a shell wrote, by absolute offset.

use std::collections::VecDeque;

/// How much is kept.
const KEPT_BYTES: usize = 1 << 20; // 1 MiB
/// How much of it a page is shown that is too far behind.
const SHOWN_BYTES: usize = 1 << 18; // 256 KiB
/// Resets a terminal, so that no earlier state shapes what follows.
const RESET: &[u8] = b"\x1bc";

/// The last bytes that a shell wrote.
#[derive(Debug, Default)]
pub(crate) struct Scrollback {
    bytes: VecDeque<u8>,
    end: u64,
}

impl Scrollback {
    /// The offset after the last byte.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// The offset of the first byte that is kept.
    pub(crate) fn start(&self) -> u64 {
        self.end - self.bytes.len() as u64
    }

    /// Adds what was written, and forgets what is too old.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.end += bytes.len() as u64;
        self.bytes.extend(bytes);
        let excess = self.bytes.len().saturating_sub(KEPT_BYTES);
        self.bytes.drain(..excess);
    }

    /// At most so many bytes from an offset on, or nothing if they are no longer kept.
    pub(crate) fn read(&self, from: u64, most: usize) -> Option<Vec<u8>> {
        let skip = usize::try_from(from.checked_sub(self.start())?).ok()?;
        (skip <= self.bytes.len())
            .then(|| self.bytes.iter().skip(skip).take(most).copied().collect())
    }

    /// What draws the last lines on a terminal in any state.
    pub(crate) fn snapshot(&self) -> Vec<u8> {
        let skip = self.bytes.len().saturating_sub(SHOWN_BYTES);
        let is_cut = skip > 0 || self.start() > 0;
        let mut tail = self.bytes.iter().skip(skip).copied();
        if is_cut {
            // The first line may begin in the middle of a character or an escape sequence.
            tail.by_ref()
                .take_while(|byte| *byte != b'\n')
                .for_each(drop);
        }
        RESET.iter().copied().chain(tail).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT_BYTES, Scrollback};

    #[test]
    fn bytes_are_read_by_their_offset() {
        let mut kept = Scrollback::default();
        kept.push(b"hello ");
        kept.push(b"world");
        assert_eq!(kept.read(3, 5).unwrap(), b"lo wo");
        assert_eq!(kept.read(11, 5).unwrap(), b"");
        assert_eq!(kept.read(12, 5), None);
    }

    #[test]
    fn what_is_too_old_is_forgotten_and_offsets_stay() {
        let mut kept = Scrollback::default();
        kept.push(&vec![b'a'; KEPT_BYTES]);
        kept.push(b"b");
        assert_eq!((kept.start(), kept.end()), (1, KEPT_BYTES as u64 + 1));
        assert_eq!(kept.read(0, 1), None);
        assert_eq!(kept.read(KEPT_BYTES as u64, 9).unwrap(), b"b");
    }

    #[test]
    fn a_snapshot_begins_with_a_reset_and_a_whole_line() {
        let mut kept = Scrollback::default();
        kept.push(&vec![b'a'; KEPT_BYTES]);
        kept.push(b"\nlast line");
        assert_eq!(kept.snapshot(), b"\x1bclast line");
    }
}
