//! The last bytes that a shell wrote, by absolute offset.

use std::collections::VecDeque;

/// How much is kept.
const KEPT_BYTES: usize = 1 << 20; // 1 MiB

/// The last bytes that a shell wrote.
#[derive(Debug)]
pub(crate) struct Scrollback {
    bytes: VecDeque<u8>,
    end: u64,
}

impl Default for Scrollback {
    fn default() -> Self {
        Self {
            // as large as it will be, for the kernel gives pages only to what is written
            bytes: VecDeque::with_capacity(KEPT_BYTES),
            end: 0,
        }
    }
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
        let kept = bytes
            .get(bytes.len().saturating_sub(KEPT_BYTES)..)
            .unwrap_or_default();
        let excess = (self.bytes.len() + kept.len()).saturating_sub(KEPT_BYTES);
        self.bytes.drain(..excess);
        self.bytes.extend(kept);
    }

    /// What is kept from an offset on, in two parts, or nothing if it is no longer kept.
    pub(crate) fn since(&self, from: u64) -> Option<[&[u8]; 2]> {
        let skip = usize::try_from(from.checked_sub(self.start())?).ok()?;
        let (first, second) = self.bytes.as_slices();
        match skip.checked_sub(first.len()) {
            None => Some([first.get(skip..)?, second]),
            Some(skip) => Some([second.get(skip..)?, &[]]),
        }
    }

    /// Puts at most so many bytes from an offset on behind others, and says how many; nothing if
    /// they are no longer kept.
    pub(crate) fn copy(&self, from: u64, most: usize, to: &mut Vec<u8>) -> Option<usize> {
        let [first, second] = self.since(from)?;
        let first = first.get(..most).unwrap_or(first);
        let second = second.get(..most - first.len()).unwrap_or(second);
        to.reserve(first.len() + second.len());
        to.extend(first);
        to.extend(second);
        Some(first.len() + second.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT_BYTES, Scrollback};

    fn read(kept: &Scrollback, from: u64, most: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let count = kept.copy(from, most, &mut bytes)?;
        assert_eq!(count, bytes.len());
        Some(bytes)
    }

    #[test]
    fn bytes_are_read_by_their_offset() {
        let mut kept = Scrollback::default();
        kept.push(b"hello ");
        kept.push(b"world");
        assert_eq!(read(&kept, 3, 5).unwrap(), b"lo wo");
        assert_eq!(read(&kept, 11, 5).unwrap(), b"");
        assert_eq!(read(&kept, 12, 5), None);
    }

    #[test]
    fn what_is_too_old_is_forgotten_and_offsets_stay() {
        let mut kept = Scrollback::default();
        kept.push(&vec![b'a'; KEPT_BYTES]);
        kept.push(b"b");
        assert_eq!((kept.start(), kept.end()), (1, KEPT_BYTES as u64 + 1));
        assert_eq!(read(&kept, 0, 1), None);
        assert_eq!(read(&kept, KEPT_BYTES as u64, 9).unwrap(), b"b");
        assert_eq!(read(&kept, KEPT_BYTES as u64 - 1, 9).unwrap(), b"ab");
        kept.push(&vec![b'c'; 3 * KEPT_BYTES]);
        assert_eq!(kept.end(), 4 * KEPT_BYTES as u64 + 1);
        assert_eq!(read(&kept, kept.end() - 2, 9).unwrap(), b"cc");
    }

    #[test]
    fn it_never_takes_more_than_it_keeps() {
        let mut kept = Scrollback::default();
        let capacity = kept.bytes.capacity();
        for _ in 0..100 {
            kept.push(&[b'x'; 50_000]);
        }
        assert_eq!(kept.bytes.capacity(), capacity);
    }
}
