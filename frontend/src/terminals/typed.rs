//! What was typed, numbered, and kept until the host has surely applied it.

use std::collections::VecDeque;

use shared::terminal::PageFrame;

/// A frame carries at most this much of what was typed or pasted.
const PART_BYTES: usize = 32 << 10; // 32 KiB
/// Input that is kept to be sent again; more than a connection can hold unread.
const KEPT_BYTES: usize = 4 << 20; // 4 MiB

/// What was typed, numbered from 1, and kept until the host has surely applied it.
#[derive(Debug, Default)]
pub struct Typed {
    number: u32,
    kept: VecDeque<(u32, Vec<u8>)>,
    kept_bytes: usize,
    /// The last number before each ping that is not answered yet.
    pinged: VecDeque<u32>,
}

impl Typed {
    /// Takes what was typed; the frames that carry it.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        bytes
            .chunks(PART_BYTES)
            .map(|part| self.keep(part))
            .collect()
    }

    fn keep(&mut self, part: &[u8]) -> Vec<u8> {
        self.number += 1;
        self.kept.push_back((self.number, part.to_vec()));
        self.kept_bytes += part.len();
        while self.kept_bytes > KEPT_BYTES {
            self.drop_first();
        }
        frame(self.number, part)
    }

    fn drop_first(&mut self) {
        self.kept_bytes -= self.kept.pop_front().map_or(0, |(_, part)| part.len());
    }

    /// A ping goes out, behind what was typed so far.
    pub fn pinged(&mut self) {
        self.pinged.push_back(self.number);
    }

    /// A ping was answered: frames are read in order, so what went before it was applied.
    pub fn answered(&mut self) {
        if let Some(number) = self.pinged.pop_front() {
            self.applied(number);
        }
    }

    /// Everything up to this number was applied.
    fn applied(&mut self, number: u32) {
        while self.kept.front().is_some_and(|(first, _)| *first <= number) {
            self.drop_first();
        }
        self.number = self.number.max(number);
    }

    /// The host has applied this much; the frames that it has not.
    pub fn again(&mut self, applied: u32) -> Vec<Vec<u8>> {
        self.pinged.clear();
        self.applied(applied);
        let kept = self.kept.iter();
        kept.map(|(number, part)| frame(*number, part)).collect()
    }

    /// The shell is another: what was meant for the one before is not for it.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

fn frame(number: u32, bytes: &[u8]) -> Vec<u8> {
    PageFrame::Input { number, bytes }.encode()
}

#[cfg(test)]
mod tests {
    use super::{KEPT_BYTES, PART_BYTES, Typed, frame};

    #[test]
    fn what_was_not_applied_is_typed_again_under_its_own_number() {
        let mut typed = Typed::default();
        assert_eq!(typed.take(b"ls\r"), [frame(1, b"ls\r")]);
        assert_eq!(typed.take(b"pwd\r"), [frame(2, b"pwd\r")]);
        assert_eq!(typed.again(1), [frame(2, b"pwd\r")]);
        assert_eq!(typed.again(2), Vec::<Vec<u8>>::new());
        assert_eq!(typed.take(b"x"), [frame(3, b"x")]);
    }

    #[test]
    fn an_answered_ping_settles_what_went_before_it() {
        let mut typed = Typed::default();
        typed.take(b"a");
        typed.pinged();
        typed.take(b"b");
        typed.answered();
        // a host that has forgotten this page says that nothing was applied
        assert_eq!(typed.again(0), [frame(2, b"b")]);
    }

    #[test]
    fn an_answer_of_a_connection_before_settles_nothing() {
        let mut typed = Typed::default();
        typed.take(b"a");
        typed.pinged();
        typed.again(0);
        typed.answered();
        assert_eq!(typed.again(0), [frame(1, b"a")]);
    }

    #[test]
    fn a_paste_goes_in_parts_and_only_so_much_is_kept() {
        let mut typed = Typed::default();
        let parts = typed.take(&vec![b'x'; KEPT_BYTES + PART_BYTES]);
        assert_eq!(parts.len(), KEPT_BYTES / PART_BYTES + 1);
        assert_eq!(typed.again(0).len(), KEPT_BYTES / PART_BYTES);
    }

    #[test]
    fn another_shell_is_not_typed_what_was_meant_for_the_one_before() {
        let mut typed = Typed::default();
        typed.take(b"rm -r build\r");
        typed.forget();
        assert_eq!(typed.again(0), Vec::<Vec<u8>>::new());
        assert_eq!(typed.take(b"x"), [frame(1, b"x")]);
    }
}
