//! Where a terminal's two streams are: what was received, parsed and typed.
//!
//! Pure, so that resuming after a lost connection is tested without a browser.

use shared::terminal::{HostFrame, PageFrame, Role};

use super::{reply::is_reply, typed::Typed};

/// Acknowledge this often; the host goes on when less than twice as much is unacknowledged.
const ACK_BYTES: u64 = 64 << 10; // 64 KiB

/// What the page should do with a frame of the host.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// The host answered: this page may do so much.
    Attached(Role),
    /// Clear the screen.
    Reset,
    /// Give the screen this size.
    Size {
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
    },
    /// Send this frame.
    Send(Vec<u8>),
    /// Write bytes.
    Write {
        /// The bytes.
        bytes: Vec<u8>,
        /// Where the stream is when they are parsed.
        mark: Mark,
    },
    /// Show a sentence.
    Notice(String),
    /// A ping was answered.
    Pong,
    /// The shell ended with this code.
    Ended(i32),
}

/// A place in the output, among the offsets of its epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    epoch: u64,
    seq: u64,
}

/// Where a terminal's two streams are.
#[derive(Debug)]
pub struct Stream {
    client: u64,
    epoch: u64,
    have: u64,
    parsed: u64,
    acked: u64,
    /// Output before this offset was written before this page came.
    live: u64,
    role: Option<Role>,
    typed: Typed,
}

impl Stream {
    /// Nothing is known yet; `client` tells this page's input from others'.
    pub fn new(client: u64) -> Self {
        Self {
            client,
            epoch: 0,
            have: 0,
            parsed: 0,
            acked: 0,
            live: 0,
            role: None,
            typed: Typed::default(),
        }
    }

    /// A connection opened: the frame to begin with.
    pub fn attach(&mut self, cols: u16, rows: u16) -> Vec<u8> {
        self.role = None;
        PageFrame::Attach {
            epoch: self.epoch,
            have: self.have,
            client: self.client,
            cols,
            rows,
        }
        .encode()
    }

    /// Takes what the screen says, typed or by itself; the frames to send, none while nothing is
    /// attached.
    pub fn typed(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let is_stale = self.is_replaying() && is_reply(bytes);
        if is_stale || self.role == Some(Role::View) {
            return vec![];
        }
        let frames = self.typed.take(bytes);
        if self.role.is_some() { frames } else { vec![] }
    }

    /// Whether what is being parsed was written before this page came.
    pub fn is_replaying(&self) -> bool {
        self.epoch == 0 || self.parsed < self.live
    }

    /// The frame that asks for a pong.
    pub fn ping(&mut self) -> Vec<u8> {
        self.typed.pinged();
        PageFrame::Ping.encode()
    }

    /// Everything before this place is on the screen; an acknowledgement when one is due.
    pub fn parsed(&mut self, mark: Mark) -> Option<Vec<u8>> {
        if mark.epoch != self.epoch {
            return None;
        }
        self.parsed = self.parsed.max(mark.seq);
        let is_due = self.parsed >= self.acked + ACK_BYTES;
        is_due.then(|| self.ack()).flatten()
    }

    /// Acknowledges what is on the screen, unless the host knows.
    pub fn ack(&mut self) -> Option<Vec<u8>> {
        self.role?;
        if self.parsed <= self.acked {
            return None;
        }
        self.acked = self.parsed;
        Some(PageFrame::Ack { seq: self.acked }.encode())
    }

    /// Takes a frame of the host.
    pub fn receive(&mut self, frame: &HostFrame<'_>) -> Vec<Effect> {
        match *frame {
            HostFrame::Output { seq, bytes } => self.output(seq, bytes),
            HostFrame::Attached {
                epoch,
                seq,
                live,
                input,
                cols,
                rows,
                role,
            } => {
                let mut effects = self.begin(epoch, seq, live);
                self.role = Some(role);
                effects.push(Effect::Attached(role));
                effects.push(Effect::Size { cols, rows });
                effects.extend(self.typed.again(input).into_iter().map(Effect::Send));
                effects
            }
            HostFrame::Snapshot { seq, bytes } => self.snapshot(seq, bytes),
            HostFrame::Exit { code } => vec![Effect::Ended(code)],
            HostFrame::Notice { text } => vec![Effect::Notice(text.into())],
            HostFrame::Pong => {
                self.typed.answered();
                vec![Effect::Pong]
            }
            HostFrame::Size { cols, rows } => vec![Effect::Size { cols, rows }],
        }
    }

    /// Takes where the host goes on from; clears the screen when that is not where it was.
    fn begin(&mut self, epoch: u64, seq: u64, live: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        if epoch != self.epoch {
            if self.epoch != 0 {
                effects.push(Effect::Reset);
                self.typed.forget();
            }
            self.epoch = epoch;
            self.have = seq;
            self.parsed = seq;
            self.acked = seq;
        }
        // what this page had before, it has answered itself
        self.live = if self.have < live { live } else { 0 };
        self.acked = self.acked.min(self.parsed);
        effects
    }

    fn snapshot(&mut self, seq: u64, bytes: &[u8]) -> Vec<Effect> {
        self.have = seq;
        self.acked = self.acked.max(seq);
        // however far the host had come: a snapshot asks nothing that wants an answer
        self.live = self.live.max(seq);
        let bytes = bytes.to_vec();
        vec![Effect::Reset, self.write(bytes)]
    }

    /// Writes what is new: bytes that were received before are left out.
    fn output(&mut self, seq: u64, bytes: &[u8]) -> Vec<Effect> {
        let known = usize::try_from(self.have.saturating_sub(seq)).unwrap_or(usize::MAX);
        let Some(new) = bytes.get(known..).filter(|new| !new.is_empty()) else {
            return vec![];
        };
        self.have = seq.max(self.have) + new.len() as u64;
        vec![self.write(new.to_vec())]
    }

    fn write(&self, bytes: Vec<u8>) -> Effect {
        let mark = Mark {
            epoch: self.epoch,
            seq: self.have,
        };
        Effect::Write { bytes, mark }
    }
}

#[cfg(test)]
mod tests {
    use super::{ACK_BYTES, Effect, Mark, Stream};
    use shared::terminal::{HostFrame, PageFrame, Role};

    const SIZE: Effect = Effect::Size { cols: 80, rows: 24 };
    const WRITER: Effect = Effect::Attached(Role::Write);

    fn attached(epoch: u64, seq: u64, live: u64, input: u32) -> HostFrame<'static> {
        HostFrame::Attached {
            epoch,
            seq,
            live,
            input,
            cols: 80,
            rows: 24,
            role: Role::Write,
        }
    }

    fn output(seq: u64, bytes: &[u8]) -> HostFrame<'_> {
        HostFrame::Output { seq, bytes }
    }

    fn write(epoch: u64, bytes: &[u8], seq: u64) -> Effect {
        Effect::Write {
            bytes: bytes.to_vec(),
            mark: Mark { epoch, seq },
        }
    }

    fn input(number: u32, bytes: &[u8]) -> Vec<u8> {
        PageFrame::Input { number, bytes }.encode()
    }

    fn ack(seq: u64) -> Option<Vec<u8>> {
        Some(PageFrame::Ack { seq }.encode())
    }

    /// A page that has attached to a terminal with nothing on it.
    fn stream() -> Stream {
        let mut stream = Stream::new(99);
        stream.receive(&attached(7, 0, 0, 0));
        stream
    }

    #[test]
    fn a_reconnection_asks_for_what_is_missing_and_types_again_what_was_not_applied() {
        let mut stream = stream();
        assert_eq!(stream.typed(b"ls\r"), [input(1, b"ls\r")]);
        stream.receive(&output(0, b"$ ls"));
        let attach = PageFrame::Attach {
            epoch: 7,
            have: 4,
            client: 99,
            cols: 80,
            rows: 24,
        };
        assert_eq!(stream.attach(80, 24), attach.encode());
        assert_eq!(stream.typed(b"pwd\r"), Vec::<Vec<u8>>::new());
        assert_eq!(
            stream.receive(&attached(7, 4, 4, 1)),
            [WRITER, SIZE, Effect::Send(input(2, b"pwd\r"))]
        );
    }

    #[test]
    fn bytes_that_were_received_before_are_not_written_twice() {
        let mut stream = stream();
        stream.receive(&output(0, b"abc"));
        assert_eq!(stream.receive(&output(1, b"bcd")), [write(7, b"d", 4)]);
        assert_eq!(stream.receive(&output(0, b"ab")), []);
    }

    #[test]
    fn what_was_typed_before_the_first_answer_is_sent_with_it() {
        let mut stream = Stream::new(99);
        stream.typed(b"early");
        assert_eq!(
            stream.receive(&attached(7, 90, 90, 0)),
            [WRITER, SIZE, Effect::Send(input(1, b"early"))]
        );
        assert_eq!(stream.typed(b"x"), [input(2, b"x")]);
    }

    #[test]
    fn offsets_that_begin_anew_clear_the_screen_and_what_was_meant_for_the_shell_before() {
        let mut stream = stream();
        stream.receive(&output(0, b"old"));
        stream.typed(b"exit\r");
        let anew = stream.receive(&attached(8, 0, 0, 0));
        assert_eq!(anew, [Effect::Reset, WRITER, SIZE]);
        assert_eq!(stream.receive(&output(0, b"$")), [write(8, b"$", 1)]);
        let late = Mark { epoch: 7, seq: 3 };
        assert_eq!(stream.parsed(late), None);
        assert_eq!(stream.ack(), None);
    }

    #[test]
    fn replies_are_dropped_until_the_replay_is_parsed_and_keys_never() {
        let mut stream = Stream::new(99);
        stream.receive(&attached(7, 0, 6, 0));
        stream.receive(&output(0, b"\x1b[c\x1b[5n and more"));
        let at = |seq| Mark { epoch: 7, seq };
        stream.parsed(at(5));
        assert!(stream.is_replaying());
        assert_eq!(stream.typed(b"\x1b[0n"), Vec::<Vec<u8>>::new());
        assert_eq!(stream.typed(b"a"), [input(1, b"a")]);
        stream.parsed(at(6));
        assert!(!stream.is_replaying());
        assert_eq!(stream.typed(b"\x1b[0n"), [input(2, b"\x1b[0n")]);
    }

    #[test]
    fn a_snapshot_is_a_replay_even_past_what_was_live() {
        let mut stream = Stream::new(99);
        stream.receive(&attached(7, 0, 0, 0));
        let drawn = stream.receive(&HostFrame::Snapshot {
            seq: 50,
            bytes: b"drawn",
        });
        assert_eq!(drawn, [Effect::Reset, write(7, b"drawn", 50)]);
        assert!(stream.is_replaying());
        stream.parsed(Mark { epoch: 7, seq: 50 });
        assert!(!stream.is_replaying());
        assert_eq!(stream.ack(), None);
    }

    #[test]
    fn what_the_page_had_before_is_no_replay() {
        let mut stream = stream();
        stream.receive(&output(0, b"abc"));
        stream.attach(80, 24);
        stream.receive(&attached(7, 3, 3, 0));
        assert!(!stream.is_replaying());
    }

    #[test]
    fn parsed_output_is_acknowledged_each_64_kib_and_the_rest_on_demand() {
        let mut stream = stream();
        let at = |seq| Mark { epoch: 7, seq };
        assert_eq!(stream.parsed(at(ACK_BYTES - 1)), None);
        assert_eq!(stream.parsed(at(ACK_BYTES)), ack(ACK_BYTES));
        assert_eq!(stream.parsed(at(ACK_BYTES + 1)), None);
        assert_eq!(stream.ack(), ack(ACK_BYTES + 1));
        assert_eq!(stream.ack(), None);
    }

    #[test]
    fn who_may_only_watch_types_nothing() {
        let mut stream = Stream::new(99);
        let viewer = HostFrame::Attached {
            epoch: 7,
            seq: 0,
            live: 0,
            input: 0,
            cols: 132,
            rows: 43,
            role: Role::View,
        };
        let size = Effect::Size {
            cols: 132,
            rows: 43,
        };
        assert_eq!(
            stream.receive(&viewer),
            [Effect::Attached(Role::View), size]
        );
        assert_eq!(stream.typed(b"x"), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn the_size_that_another_page_gave_is_taken() {
        let size = HostFrame::Size {
            cols: 132,
            rows: 43,
        };
        let taken = Effect::Size {
            cols: 132,
            rows: 43,
        };
        assert_eq!(stream().receive(&size), [taken]);
    }
}
