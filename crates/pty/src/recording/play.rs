//! A recording from its beginning to its end, as a player shows it.

use std::{collections::VecDeque, io};

use shared::recording::{Moment, MomentKind};

use super::reader::Recording;

/// At most so much comes at a time.
const PIECE_BYTES: usize = 64 << 10;

/// Something that happened in a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When, in milliseconds of the recording.
    pub at_ms: u64,
    /// The offset after it.
    pub offset: u64,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The screen is as this draws it on a terminal that was just reset: at the beginning, and where
    /// so many bytes are missing.
    Screen {
        /// What draws it.
        bytes: Vec<u8>,
        /// How many bytes are missing before.
        missing: u64,
    },
    /// The shell wrote this.
    Output(Vec<u8>),
    /// The terminal has this size from now on.
    Size(u16, u16),
    /// Something began that has this id.
    Mark([u8; 16]),
    /// It ended, with the shell if that had a code.
    End(Option<i32>),
}

/// All that happened, in order; read part by part.
pub struct Play<'a> {
    recording: &'a Recording,
    part: usize,
    moment: usize,
    at_ms: u64,
    at: u64,
    ready: VecDeque<Event>,
    /// Whether it has not begun yet.
    is_new: bool,
}

impl Recording {
    /// All that happened, from the beginning.
    pub fn play(&self) -> Play<'_> {
        self.play_from(0, 0, self.start())
    }

    /// From a part on, with the sizes before it passed over.
    pub(super) fn play_part(&self, part: usize) -> Play<'_> {
        let start = self.parts().get(part).map_or(0, |part| part.start);
        let moment = self.moments.partition_point(|moment| moment.offset < start);
        self.play_from(part, if part == 0 { 0 } else { moment }, start)
    }

    fn play_from(&self, part: usize, moment: usize, at: u64) -> Play<'_> {
        Play {
            recording: self,
            part,
            moment,
            at_ms: 0,
            at,
            ready: VecDeque::new(),
            is_new: true,
        }
    }
}

impl Play<'_> {
    /// What happened at or before an offset, and the offset of the next thing.
    fn pass_moments(&mut self, offset: u64) -> u64 {
        self.pass(offset, |_| false)
    }

    /// What happened until a part begins, which is a moment of its own; more may follow at its offset.
    fn pass_to_part(&mut self, start: u64) {
        self.pass(start, |moment| moment.offset == start);
    }

    fn pass(&mut self, offset: u64, is_last: impl Fn(&Moment) -> bool) -> u64 {
        while let Some(moment) = self.recording.moments.get(self.moment) {
            if moment.offset > offset {
                return moment.offset;
            }
            self.moment += 1;
            self.at_ms = self.at_ms.max(moment.at_ms);
            let what = match moment.kind {
                MomentKind::Output if is_last(moment) => return offset,
                MomentKind::Output => continue,
                MomentKind::Size { cols, rows } => What::Size(cols, rows),
                MomentKind::Mark(label) => What::Mark(label),
                MomentKind::End { exit } => What::End(exit),
            };
            self.ready.push_back(Event {
                at_ms: self.at_ms,
                offset: moment.offset,
                what,
            });
        }
        u64::MAX
    }

    fn load(&mut self) -> io::Result<bool> {
        let Some(part) = self.recording.parts().get(self.part).copied() else {
            self.pass_moments(u64::MAX);
            return Ok(false);
        };
        self.part += 1;
        let missing = part.start.saturating_sub(self.at);
        if missing > 0 || self.is_new {
            self.pass_to_part(part.start);
            let bytes = self.recording.screen(part.start)?.unwrap_or_default();
            if missing > 0 || !bytes.is_empty() {
                self.ready.push_back(Event {
                    at_ms: self.at_ms,
                    offset: part.start,
                    what: What::Screen { bytes, missing },
                });
            }
        }
        self.is_new = false;
        let bytes = self.recording.load(&part)?;
        self.at = part.start;
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let next = self.pass_moments(self.at) - self.at;
            let most = usize::try_from(next).unwrap_or(usize::MAX).min(PIECE_BYTES);
            let (piece, after) = rest.split_at(most.min(rest.len()));
            rest = after;
            self.at += piece.len() as u64;
            self.ready.push_back(Event {
                at_ms: self.at_ms,
                offset: self.at,
                what: What::Output(piece.to_vec()),
            });
        }
        Ok(true)
    }
}

impl Iterator for Play<'_> {
    type Item = io::Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            match self.load() {
                Ok(true) => {}
                Ok(false) => return self.ready.pop_front().map(Ok),
                Err(error) => {
                    self.part = usize::MAX; // nothing comes after it
                    self.moment = usize::MAX;
                    return Some(Err(error));
                }
            }
        }
    }
}
