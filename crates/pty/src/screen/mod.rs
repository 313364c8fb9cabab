//! A terminal's screen as its program has drawn it, kept here so that a page can be shown it.
//!
//! avt draws (<https://docs.rs/avt>); what it leaves out of its dump is in [`Modes`] and in the
//! lines above the screen, which are written here.

use std::fmt::Write as _;

use avt::{Color, Line, Pen, ScreenKind, Terminal};
use memchr::{memchr_iter, memrchr_iter};

use crate::modes::Modes;

/// How many lines above the screen are kept.
const LINES_ABOVE: usize = 500;

/// A terminal's screen, drawn up to an offset of what its program wrote.
pub(crate) struct Screen {
    terminal: Terminal,
    modes: Modes,
    /// The first bytes of a character that has not come in whole.
    partial: Vec<u8>,
}

impl Screen {
    /// An empty screen.
    pub(crate) fn new(cols: u16, rows: u16) -> Self {
        let size = (usize::from(cols.max(1)), usize::from(rows.max(1)));
        Self {
            terminal: Terminal::with_scrollback(size.0, size.1, Some(LINES_ABOVE))
                .expect("neither is zero"),
            modes: Modes::default(),
            partial: Vec::new(),
        }
    }

    /// Changes the size.
    pub(crate) fn resize(&mut self, cols: u16, rows: u16) {
        self.terminal
            .resize(usize::from(cols.max(1)), usize::from(rows.max(1)));
    }

    /// Draws what was written.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.modes.feed(bytes);
        let joined;
        let bytes = if self.partial.is_empty() {
            bytes
        } else {
            joined = [self.partial.as_slice(), bytes].concat();
            self.partial.clear();
            joined.as_slice()
        };
        let whole = bytes.len() - cut_character(bytes);
        let (whole, partial) = bytes.split_at(whole);
        self.partial.extend(partial);
        for chunk in whole.utf8_chunks() {
            self.terminal.feed(chunk.valid());
            if !chunk.invalid().is_empty() {
                self.terminal.feed(char::REPLACEMENT_CHARACTER);
            }
        }
    }

    /// Passes over the beginning of what was written if its lines scroll by, whatever they say,
    /// before the end is drawn; says how many bytes that were.
    ///
    /// A flood is drawn at a fraction of what drawing all of it takes.
    pub(crate) fn skim(&mut self, bytes: &[u8]) -> usize {
        let (_, rows) = self.terminal.size();
        let is_plain = self.modes.is_text()
            && !self.modes.has_margins()
            && self.partial.is_empty()
            && self.terminal.active_screen_kind() == ScreenKind::Primary;
        let cut = || {
            // twice the screen: the first lines of the rest begin anywhere on it
            let last = memrchr_iter(b'\n', bytes).nth(LINES_ABOVE + 2 * rows)?;
            let passed = bytes.get(..=last)?;
            let pays = passed.len() >= bytes.len() / 2 && passed.ends_with(b"\r\n");
            pays.then_some(passed)
        };
        let Some(passed) = is_plain.then(cut).flatten() else {
            return 0;
        };
        let Some(pens) = pens(passed) else { return 0 };
        self.terminal.feed("\r");
        for pen in pens {
            self.terminal.feed(pen);
        }
        passed.len()
    }

    /// What draws the same on a terminal that was just reset, with the lines above.
    pub(crate) fn draw(&self) -> Vec<u8> {
        let (_, rows) = self.terminal.size();
        let mut text = String::new();
        self.write_above(rows, &mut text);
        // it ends with the sequence that is under way, which must be the last of all
        text.push_str(&self.terminal.dump());
        let mut out = Vec::with_capacity(text.len() + 64);
        self.modes.write(&mut out);
        out.extend(text.bytes());
        out.extend(&self.partial);
        out
    }

    fn write_above(&self, rows: usize, out: &mut String) {
        let all: Vec<&Line> = self.terminal.primary_screen().all_lines().collect();
        let count = all.len().saturating_sub(rows);
        let above = all.get(count.saturating_sub(LINES_ABOVE)..count);
        let above = above.unwrap_or_default();
        if above.is_empty() {
            return;
        }
        for (index, line) in above.iter().enumerate() {
            write_line(line, out);
            // the next line begins by itself where this one is full and that one is not empty
            let next = above.get(index + 1);
            if !line.is_wrapped() || next.is_none_or(|next| length(next) == 0) {
                out.push_str("\r\n");
            }
        }
        // up and away, so that what follows begins on an empty screen
        out.extend(std::iter::repeat_n('\n', rows - 1));
        out.push_str("\x1b[H");
    }
}

/// How many of the last bytes are the beginning of a character (RFC 3629, section 4).
pub(crate) fn cut_character(bytes: &[u8]) -> usize {
    for back in 1..=bytes.len().min(3) {
        let Some(&byte) = bytes.get(bytes.len() - back) else {
            return 0;
        };
        let length = match byte {
            0x80..0xc0 => continue,
            0xc2..0xe0 => 2,
            0xe0..0xf0 => 3,
            0xf0..0xf5 => 4,
            _ => return 0,
        };
        return if length > back { back } else { 0 };
    }
    0
}

/// The sequences that choose how text looks, from the last on that forgets the others; nothing if
/// there are sequences or control characters that do more than write lines.
fn pens(bytes: &[u8]) -> Option<Vec<&str>> {
    let is_control = |byte: u8| byte < 0x20 && !matches!(byte, 7..=10 | 13 | 27);
    if bytes
        .iter()
        .fold(false, |found, &byte| found | is_control(byte))
    {
        return None;
    }
    // control characters of the upper half are two bytes in UTF-8
    let is_upper = |at: usize| matches!(bytes.get(at + 1), Some(0x80..0xa0));
    if memchr_iter(0xc2, bytes).any(is_upper) {
        return None;
    }
    let mut pens = Vec::new();
    for at in memchr_iter(0x1b, bytes) {
        let numbers = bytes.get(at..)?.strip_prefix(b"\x1b[")?;
        let length = numbers
            .iter()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':'))?;
        if numbers.get(length) != Some(&b'm') {
            return None;
        }
        if matches!(numbers.get(..length), Some(b"" | b"0")) {
            pens.clear();
        }
        pens.push(str::from_utf8(bytes.get(at..at + length + 3)?).ok()?);
    }
    Some(pens)
}

/// How much of a line there is to write.
fn length(line: &Line) -> usize {
    if line.is_wrapped() {
        return line.len();
    }
    let blank = |cell: &avt::Cell| cell.char() == ' ' && cell.pen().is_default();
    let written = line.cells().iter().rposition(|cell| !blank(cell));
    written.map_or(0, |last| last + 1)
}

fn write_line(line: &Line, out: &mut String) {
    let mut pen = Pen::default();
    for cell in line.cells().iter().take(length(line)) {
        if cell.width() == 0 {
            continue;
        }
        if *cell.pen() != pen {
            pen = *cell.pen();
            write_pen(&pen, out);
        }
        out.push(cell.char());
    }
    if !pen.is_default() {
        out.push_str("\x1b[m");
    }
}

fn write_pen(pen: &Pen, out: &mut String) {
    out.push_str("\x1b[0");
    let looks = [
        (pen.is_bold(), 1),
        (pen.is_faint(), 2),
        (pen.is_italic(), 3),
        (pen.is_underline(), 4),
        (pen.is_blink(), 5),
        (pen.is_inverse(), 7),
        (pen.is_strikethrough(), 9),
    ];
    for (_, number) in looks.iter().filter(|(has, _)| *has) {
        write!(out, ";{number}").ok(); // a string takes all
    }
    for (base, color) in [(38, pen.foreground()), (48, pen.background())] {
        match color {
            None => Ok(()),
            Some(Color::Indexed(index)) => write!(out, ";{base};5;{index}"),
            Some(Color::RGB(rgb)) => write!(out, ";{base};2;{};{};{}", rgb.r, rgb.g, rgb.b),
        }
        .ok();
    }
    out.push('m');
}

#[cfg(test)]
mod tests;
