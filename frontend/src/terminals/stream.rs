//! Where a terminal's two streams are: what was received, parsed and typed.
//!
//! Pure, so that resuming after a lost connection is tested without a browser.

use std::collections::VecDeque;

use shared::terminal::{HostFrame, PageFrame};

/// Acknowledge this often; the host goes on when less than twice as much is unacknowledged.
const ACK_BYTES: u64 = 64 << 10; // 64 KiB
/// A frame carries at most this much of what was typed or pasted.
const INPUT_BYTES: usize = 32 << 10; // 32 KiB
/// Input that is kept to be sent again; more than a connection can hold unread.
const KEPT_INPUT_BYTES: usize = 4 << 20; // 4 MiB

/// What the page should do with a frame of the host.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Clear the screen.
    Reset,
    /// Send this frame.
    Send(Vec<u8>),
    /// Write bytes; everything before `seq` is on the screen when they are parsed.
    Write {
        /// The bytes.
        bytes: Vec<u8>,
        /// The offset after them.
        seq: u64,
    },
    /// Show a sentence.
    Notice(String),
    /// The shell ended with this code.
    Ended(i32),
}

/// Where a terminal's two streams are.
#[derive(Debug, Default)]
pub struct Stream {
    epoch: u64,
    have: u64,
    acked: u64,
    attached: bool,
    number: u32,
    kept: VecDeque<(u32, Vec<u8>)>,
    kept_bytes: usize,
}

impl Stream {
    /// A connection opened: the frame to begin with.
    pub fn attach(&mut self, cols: u16, rows: u16) -> Vec<u8> {
        self.attached = false;
        PageFrame::Attach {
            epoch: self.epoch,
            have: self.have,
            cols,
            rows,
        }
        .encode()
    }

    /// Takes what was typed; the frames to send, none while nothing is attached.
    pub fn typed(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        for part in bytes.chunks(INPUT_BYTES) {
            self.number += 1;
            self.keep(part);
            if self.attached {
                frames.push(
                    PageFrame::Input {
                        number: self.number,
                        bytes: part,
                    }
                    .encode(),
                );
            }
        }
        frames
    }

    fn keep(&mut self, part: &[u8]) {
        self.kept.push_back((self.number, part.to_vec()));
        self.kept_bytes += part.len();
        while self.kept_bytes > KEPT_INPUT_BYTES && self.kept.len() > 1 {
            self.kept_bytes -= self.kept.pop_front().map_or(0, |(_, part)| part.len());
        }
    }

    /// Everything before `seq` is on the screen; the frame to send, if it is time for one.
    pub fn parsed(&mut self, seq: u64) -> Option<Vec<u8>> {
        if !self.attached || seq < self.acked + ACK_BYTES {
            return None;
        }
        self.acked = seq;
        Some(PageFrame::Ack { seq }.encode())
    }

    /// Takes a frame of the host.
    pub fn receive(&mut self, frame: &HostFrame<'_>) -> Vec<Effect> {
        match *frame {
            HostFrame::Output { seq, bytes } => self.output(seq, bytes),
            HostFrame::Attached {
                epoch, seq, input, ..
            } => self.attached(epoch, seq, input),
            HostFrame::Snapshot { seq, bytes } => {
                self.have = seq;
                self.acked = seq;
                vec![
                    Effect::Reset,
                    Effect::Write {
                        bytes: bytes.to_vec(),
                        seq,
                    },
                ]
            }
            HostFrame::Exit { code } => vec![Effect::Ended(code)],
            HostFrame::Notice { text } => vec![Effect::Notice(text.into())],
            HostFrame::Pong => vec![],
        }
    }

    /// Writes what is new: bytes that were received before are left out.
    fn output(&mut self, seq: u64, bytes: &[u8]) -> Vec<Effect> {
        let known = usize::try_from(self.have.saturating_sub(seq)).unwrap_or(usize::MAX);
        let Some(new) = bytes.get(known..).filter(|new| !new.is_empty()) else {
            return vec![];
        };
        self.have = seq.max(self.have) + new.len() as u64;
        vec![Effect::Write {
            bytes: new.to_vec(),
            seq: self.have,
        }]
    }

    fn attached(&mut self, epoch: u64, seq: u64, input: u32) -> Vec<Effect> {
        let mut effects = Vec::new();
        if epoch != self.epoch {
            if self.epoch != 0 {
                effects.push(Effect::Reset);
            }
            self.epoch = epoch;
            self.have = seq;
            self.renumber(input);
        }
        self.attached = true;
        self.acked = self.have;
        while self
            .kept
            .front()
            .is_some_and(|(number, _)| *number <= input)
        {
            self.kept_bytes -= self.kept.pop_front().map_or(0, |(_, part)| part.len());
        }
        self.number = self.number.max(input);
        effects.extend(self.kept.iter().map(|(number, bytes)| {
            Effect::Send(
                PageFrame::Input {
                    number: *number,
                    bytes,
                }
                .encode(),
            )
        }));
        effects
    }

    /// What was typed before the first answer goes after what the host has applied.
    fn renumber(&mut self, input: u32) {
        self.number = input;
        for (number, _) in &mut self.kept {
            self.number += 1;
            *number = self.number;
        }
    }
}

/// Whether this is what a terminal answers by itself to a query, and not what a person types.
///
/// Queries in replayed output were answered when they were first shown.
pub fn is_reply(bytes: &[u8]) -> bool {
    match bytes {
        [0x1b, b']' | b'P', _, ..] => true,
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
    use super::{ACK_BYTES, Effect, Stream, is_reply};
    use shared::terminal::{HostFrame, PageFrame};

    fn attached(seq: u64, input: u32) -> HostFrame<'static> {
        HostFrame::Attached {
            epoch: 7,
            seq,
            input,
            cols: 80,
            rows: 24,
        }
    }

    fn input(number: u32, bytes: &[u8]) -> Vec<u8> {
        PageFrame::Input { number, bytes }.encode()
    }

    #[test]
    fn a_reconnection_asks_for_what_is_missing_and_types_again_what_was_not_applied() {
        let mut stream = Stream::default();
        stream.attach(80, 24);
        assert_eq!(stream.receive(&attached(0, 0)), []);
        assert_eq!(stream.typed(b"ls\r"), [input(1, b"ls\r")]);
        stream.receive(&HostFrame::Output {
            seq: 0,
            bytes: b"$ ls",
        });
        let attach = PageFrame::Attach {
            epoch: 7,
            have: 4,
            cols: 80,
            rows: 24,
        }
        .encode();
        assert_eq!(stream.attach(80, 24), attach);
        assert_eq!(stream.typed(b"pwd\r"), Vec::<Vec<u8>>::new());
        assert_eq!(
            stream.receive(&attached(4, 1)),
            [Effect::Send(input(2, b"pwd\r"))]
        );
    }

    #[test]
    fn bytes_that_were_received_before_are_not_written_twice() {
        let mut stream = Stream::default();
        stream.receive(&attached(0, 0));
        stream.receive(&HostFrame::Output {
            seq: 0,
            bytes: b"abc",
        });
        let again = stream.receive(&HostFrame::Output {
            seq: 1,
            bytes: b"bcd",
        });
        assert_eq!(
            again,
            [Effect::Write {
                bytes: b"d".to_vec(),
                seq: 4
            }]
        );
        assert_eq!(
            stream.receive(&HostFrame::Output {
                seq: 0,
                bytes: b"ab"
            }),
            []
        );
    }

    #[test]
    fn a_new_page_numbers_its_input_after_what_was_applied() {
        let mut stream = Stream::default();
        stream.typed(b"early");
        assert_eq!(
            stream.receive(&attached(90, 41)),
            [Effect::Send(input(42, b"early"))]
        );
        assert_eq!(stream.typed(b"x"), [input(43, b"x")]);
    }

    #[test]
    fn offsets_that_begin_anew_clear_the_screen() {
        let mut stream = Stream::default();
        stream.receive(&attached(500, 3));
        let anew = HostFrame::Attached {
            epoch: 8,
            seq: 0,
            input: 0,
            cols: 80,
            rows: 24,
        };
        assert_eq!(stream.receive(&anew), [Effect::Reset]);
        let effects = stream.receive(&HostFrame::Output {
            seq: 0,
            bytes: b"$",
        });
        assert_eq!(
            effects,
            [Effect::Write {
                bytes: b"$".to_vec(),
                seq: 1
            }]
        );
    }

    #[test]
    fn parsed_output_is_acknowledged_each_64_kib() {
        let mut stream = Stream::default();
        stream.receive(&attached(0, 0));
        assert_eq!(stream.parsed(ACK_BYTES - 1), None);
        assert_eq!(
            stream.parsed(ACK_BYTES),
            Some(PageFrame::Ack { seq: ACK_BYTES }.encode())
        );
        assert_eq!(stream.parsed(ACK_BYTES + 1), None);
    }

    #[test]
    fn answers_to_queries_are_told_from_keys() {
        for reply in [
            &b"\x1b[?1;2c"[..],
            b"\x1b[12;40R",
            b"\x1b]11;rgb:0/0/0\x1b\\",
            b"\x1b[0n",
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
