//! Where a text was written in a recording.
//!
//! What is looked through is the text that programs wrote, without what moves and colours it. Where a
//! program moves somewhere else a line ends, so words that stand beside each other on the screen and
//! were written one by one are found one by one.

use std::io;

use shared::{RecordingHit, recording::time_at};

use super::{play::What, reader::Recording};

/// A line is cut when it is longer, so that what has no lines takes no memory.
const LONGEST_LINE: usize = 4096;
/// So much of a line is shown around what was found.
const AROUND: usize = 60;

/// The first lines in which a text was written, at most so many; large and small letters are the same.
///
/// # Errors
/// The recording cannot be read.
pub fn search(recording: &Recording, text: &str, most: usize) -> io::Result<Vec<RecordingHit>> {
    let mut search = Search {
        wanted: text.chars().map(small).collect(),
        line: Line::default(),
        state: State::Text,
        character: Vec::new(),
        screen_ms: None,
        hits: Vec::new(),
        most,
    };
    if search.wanted.is_empty() {
        return Ok(Vec::new());
    }
    for event in recording.play() {
        let event = event?;
        match event.what {
            What::Screen { bytes, .. } => {
                search.end_line();
                search.state = State::Text;
                search.screen_ms = Some(event.at_ms);
                search.feed_all(&bytes, |_| event.offset);
                search.end_line();
                search.screen_ms = None;
            }
            What::Output(bytes) => {
                let before = event.offset - bytes.len() as u64;
                search.feed_all(&bytes, |index| before + index + 1);
            }
            What::Size(..) | What::Mark(_) | What::End(_) => {}
        }
        if search.hits.len() >= most {
            break;
        }
    }
    search.end_line();
    let hit = |(at_ms, offset, line): (Option<u64>, u64, String)| {
        // that of its last byte
        let written = || time_at(&recording.moments, offset.saturating_sub(1));
        RecordingHit {
            at_ms: at_ms.unwrap_or_else(written),
            offset,
            line,
        }
    };
    Ok(search.hits.into_iter().map(hit).collect())
}

fn small(character: char) -> char {
    character.to_lowercase().next().unwrap_or(character)
}

/// What of a sequence has come (ECMA-48, 5.4).
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    /// After ESC.
    Escape,
    /// After ESC and an intermediate byte.
    Intermediate,
    /// After CSI, with the number that is being read.
    Control(usize),
    /// Within a string that BEL or ST ends.
    String,
    /// After ESC within such a string.
    StringEscape,
}

#[derive(Default)]
struct Line {
    shown: Vec<char>,
    small: Vec<char>,
    /// The offset after each.
    ends: Vec<u64>,
}

struct Search {
    wanted: Vec<char>,
    line: Line,
    state: State,
    character: Vec<u8>,
    /// When, while a screen is looked through.
    screen_ms: Option<u64>,
    hits: Vec<(Option<u64>, u64, String)>,
    most: usize,
}

impl Search {
    fn feed_all(&mut self, bytes: &[u8], offset: impl Fn(u64) -> u64) {
        for (index, byte) in (0..).zip(bytes) {
            self.feed(*byte, offset(index));
        }
    }

    fn feed(&mut self, byte: u8, after: u64) {
        self.state = match (self.state, byte) {
            (State::String, 7) | (State::StringEscape, b'\\') => State::Text,
            (State::String, 27) => State::StringEscape,
            (State::String | State::StringEscape, _) => State::String,
            (_, 27) => State::Escape,
            (State::Text, _) => return self.text(byte, after),
            (State::Escape, b'[') => State::Control(0),
            (State::Escape, b']' | b'P' | b'X' | b'^' | b'_') => State::String,
            (State::Escape, b' '..=b'/') | (State::Intermediate, b' '..=b'/') => {
                State::Intermediate
            }
            (State::Escape | State::Intermediate, _) => State::Text,
            (State::Control(number), b'0'..=b'9') => {
                let digit = usize::from(byte - b'0');
                State::Control((number * 10 + digit).min(LONGEST_LINE))
            }
            (State::Control(_), b' '..=b'?') => State::Control(0),
            (State::Control(number), _) => {
                self.control(byte, number.max(1), after);
                State::Text
            }
        };
    }

    /// What a sequence does to the line; what only colours or erases does nothing.
    fn control(&mut self, letter: u8, number: usize, after: u64) {
        match letter {
            b'C' => self.push(' ', after),
            b'D' => (0..number).for_each(|_| self.line.pop()),
            b'A' | b'B' | b'E' | b'F' | b'G' | b'H' | b'd' | b'f' | b'`' => self.end_line(),
            _ => {}
        }
    }

    fn text(&mut self, byte: u8, after: u64) {
        match byte {
            b'\n' | b'\r' => self.end_line(),
            8 => self.line.pop(),
            b'\t' => self.push(' ', after),
            0..32 | 127 => {}
            32..127 => self.push(char::from(byte), after),
            _ => self.part_of_character(byte, after),
        }
    }

    fn part_of_character(&mut self, byte: u8, after: u64) {
        if byte >= 0xc0 {
            self.character.clear();
        }
        self.character.push(byte);
        if let Some(whole) = str::from_utf8(&self.character).ok().map(str::to_owned) {
            whole
                .chars()
                .for_each(|character| self.push(character, after));
            self.character.clear();
        } else if self.character.len() >= 4 {
            self.character.clear();
        }
    }

    fn push(&mut self, character: char, after: u64) {
        self.line.shown.push(character);
        self.line.small.push(small(character));
        self.line.ends.push(after);
        if self.line.shown.len() >= LONGEST_LINE {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        let wanted = self.wanted.as_slice();
        if self.line.small.len() >= wanted.len() && self.hits.len() < self.most {
            let mut windows = self.line.small.windows(wanted.len());
            if let Some(at) = windows.position(|window| window == wanted) {
                let (offset, line) = self.line.hit(at, wanted.len());
                self.hits.push((self.screen_ms, offset, line));
            }
        }
        self.line.shown.clear();
        self.line.small.clear();
        self.line.ends.clear();
    }
}

impl Line {
    fn pop(&mut self) {
        self.shown.pop();
        self.small.pop();
        self.ends.pop();
    }

    fn hit(&self, at: usize, length: usize) -> (u64, String) {
        let offset = self.ends.get(at + length - 1).copied().unwrap_or_default();
        let from = at.saturating_sub(AROUND);
        let to = (at + length + AROUND).min(self.shown.len());
        let shown = self.shown.get(from..to).unwrap_or_default();
        (offset, shown.iter().collect::<String>().trim().to_owned())
    }
}
