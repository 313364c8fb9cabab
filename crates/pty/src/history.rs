//! What a shell has written: the last bytes as they came, and the screen that all of them drew.
//!
//! The screen is drawn when somebody asks for it, or before the bytes are forgotten that it is yet
//! to be drawn from; so a shell that nobody comes back to costs no drawing.

use std::collections::VecDeque;

use crate::{screen::Screen, scrollback::Scrollback};

/// Draw when so much is waiting for it, which is well before the oldest is forgotten.
const WAITING_BYTES: u64 = 768 << 10;
/// Draw so much at a time then, which is more than comes at a time.
const TURN_BYTES: usize = 128 << 10;
/// Draw when the size has changed so often.
const WAITING_SIZES: usize = 64;
/// A page that knows nothing is sent so much as it came, and a drawing in place of more.
const SHORT_BYTES: u64 = 16 << 10;

/// A terminal's columns and rows.
pub(crate) type Size = (u16, u16);

/// What a shell has written.
#[derive(Default)]
pub(crate) struct History {
    bytes: Scrollback,
    drawn: Option<Drawn>,
    /// The sizes that the terminal took, and at which offsets, since it was drawn.
    sizes: VecDeque<(u64, Size)>,
    /// Those before, while the screen could be drawn from the first byte again.
    earlier: VecDeque<(u64, Size)>,
    /// Whether there were too many to keep them.
    has_dropped: bool,
}

/// A screen, and the offset that it is drawn up to.
struct Drawn {
    screen: Screen,
    at: u64,
}

impl History {
    /// The offset after the last byte.
    pub(crate) fn end(&self) -> u64 {
        self.bytes.end()
    }

    /// Adds what was written.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.push(bytes);
        let drawn = self.drawn.as_ref().map_or(0, |drawn| drawn.at);
        if self.end() - drawn >= WAITING_BYTES {
            self.draw(self.end() - WAITING_BYTES);
        }
    }

    /// Notes that the terminal has this size from now on.
    pub(crate) fn resize(&mut self, size: Size) {
        let at = self.end();
        if let Some((last, known)) = self.sizes.back_mut()
            && *last == at
        {
            *known = size;
        } else {
            self.sizes.push_back((at, size));
        }
        if self.sizes.len() > WAITING_SIZES {
            self.draw(self.end());
        }
    }

    /// Puts at most so many bytes from an offset on behind others, and says how many; nothing if
    /// they are no longer kept.
    pub(crate) fn copy(&self, from: u64, most: usize, to: &mut Vec<u8>) -> Option<usize> {
        self.bytes.copy(from, most, to)
    }

    /// Whether what came from an offset on is the better thing to send.
    pub(crate) fn can_resume(&self, from: u64) -> bool {
        let is_kept = (self.bytes.start()..=self.end()).contains(&from);
        let is_short = self.end() <= SHORT_BYTES && self.drawn.is_none() && self.sizes.len() < 2;
        is_kept && (from > 0 || is_short)
    }

    /// What draws the screen as it is now on a terminal that was just reset.
    pub(crate) fn snapshot(&mut self) -> Vec<u8> {
        self.draw(self.end());
        let drawn = self.drawn.as_ref();
        let drawing = drawn.map_or(Vec::new(), |drawn| drawn.screen.draw());
        if self.end() < WAITING_BYTES && !self.has_dropped {
            // a screen takes more memory than what a prompt and a few commands have written
            self.drawn = None;
            self.earlier.append(&mut self.sizes);
            std::mem::swap(&mut self.earlier, &mut self.sizes);
        }
        drawing
    }

    fn note_earlier(&mut self, size: (u64, Size)) {
        if self.bytes.start() > 0 || self.earlier.len() > WAITING_SIZES {
            self.has_dropped = true;
            self.earlier = VecDeque::new();
        } else if !self.has_dropped {
            self.earlier.push_back(size);
        }
    }

    /// Goes on drawing until at least all before an offset is drawn, or passed over.
    fn draw(&mut self, until: u64) {
        let (_, size) = self.sizes.front().copied().unwrap_or((0, (80, 24)));
        let mut drawn = self.drawn.take().unwrap_or_else(|| Drawn {
            screen: Screen::new(size.0, size.1),
            at: 0,
        });
        loop {
            while let Some(size) = self.sizes.pop_front_if(|(at, _)| *at <= drawn.at) {
                let (_, (cols, rows)) = size;
                drawn.screen.resize(cols, rows);
                self.note_earlier(size);
            }
            let next = self.sizes.front().map_or(u64::MAX, |(at, _)| *at);
            // it is drawn before it is forgotten
            let [first, second] = self.bytes.since(drawn.at).unwrap_or_default();
            // in one piece, so that as much as can be is passed over
            let joined;
            let part = match (first, second) {
                ([], second) => second,
                (first, []) => first,
                (first, second) => {
                    joined = [first, second].concat();
                    joined.as_slice()
                }
            };
            let length = usize::try_from(next - drawn.at).unwrap_or(usize::MAX);
            let part = part.get(..length).unwrap_or(part);
            if drawn.at >= until || part.is_empty() {
                break;
            }
            let mut passed = drawn.screen.skim(part);
            if passed == 0 {
                let turn = part.get(..TURN_BYTES).unwrap_or(part);
                drawn.screen.feed(turn);
                passed = turn.len();
            }
            drawn.at += passed as u64;
        }
        self.drawn = Some(drawn);
    }
}

#[cfg(test)]
mod tests {
    use super::{History, SHORT_BYTES};
    use crate::screen::Screen;

    fn line(number: usize) -> String {
        format!("\x1b[3{}mline {number}\x1b[m\r\n", number % 8)
    }

    #[test]
    fn what_is_short_is_sent_as_it_came_and_what_is_long_is_drawn() {
        let mut history = History::default();
        history.resize((80, 24));
        history.push(b"$ ");
        assert!(history.can_resume(0));
        history.push(&vec![b'x'; usize::try_from(SHORT_BYTES).unwrap()]);
        assert!(!history.can_resume(0));
        assert!(history.can_resume(2));
        assert!(!history.can_resume(history.end() + 1));
    }

    #[test]
    fn a_screen_is_the_one_of_all_that_was_written_however_much_that_was() {
        let mut history = History::default();
        let mut whole = Screen::new(40, 10);
        history.resize((40, 10));
        for number in 0..60_000 {
            let mut text = line(number);
            if number % 5000 == 0 {
                text.push_str("\x1b[?1049h\x1b[2;5rediting\x1b[?1049l\x1b[r\x1b[10;1H");
            }
            history.push(text.as_bytes());
            whole.feed(text.as_bytes());
            if number == 30_000 {
                history.resize((50, 12));
                whole.resize(50, 12);
            }
        }
        let seen = String::from_utf8(history.snapshot()).unwrap();
        let wanted = String::from_utf8(whole.draw()).unwrap();
        assert!(history.bytes.start() > 0, "nothing was forgotten");
        assert!(seen == wanted, "{seen:?}\n{wanted:?}");
    }

    #[test]
    fn pages_that_come_in_the_middle_of_a_flood_change_nothing() {
        let mut history = History::default();
        history.resize((80, 24));
        for number in 0..1000 {
            history.push(&b"y\r\n".repeat(1000));
            if number > 200 && number < 400 {
                history.snapshot();
            }
        }
        history.push(b"the end");
        let text = String::from_utf8(history.snapshot()).unwrap();
        assert!(text.contains("the end"), "{}", text.len());
    }

    #[test]
    fn what_was_drawn_once_can_be_drawn_again_without_keeping_it() {
        let mut history = History::default();
        history.resize((80, 24));
        history.push(b"one\r\n");
        history.resize((10, 5));
        history.push(b"a longer line than ten");
        let first = history.snapshot();
        assert!(history.drawn.is_none());
        assert_eq!(history.snapshot(), first);
        history.resize((20, 5));
        history.push(b" more");
        let text = String::from_utf8(history.snapshot()).unwrap();
        assert!(text.contains("more"), "{text:?}");
    }

    #[test]
    fn a_storm_of_sizes_takes_no_memory() {
        let mut history = History::default();
        for size in 1..5000 {
            history.resize((size, 24));
            history.push(b"x");
        }
        assert!(history.sizes.len() + history.earlier.len() < 200);
    }
}
