//! What a program has told its terminal to be like, as far as no screen shows it.
//!
//! Follows escape sequences only: all else is passed over by a search for the next one. Which
//! sequence means what is xterm's (<https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>).

use memchr::memchr;

const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;
const CAN: u8 = 0x18;
const SUB: u8 = 0x1a;

/// Longer sequences are followed to their end, and not understood.
const LONGEST: usize = 512;

/// Where in a sequence the last byte was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum At {
    /// In none.
    #[default]
    Text,
    /// After ESC, and what may follow it before the letter that ends it.
    Escape,
    /// After ESC [.
    Control,
    /// After ESC ].
    Command,
    /// In a string of another kind, which means nothing here.
    String,
    /// After the ESC in one of these two, which may be half of their end.
    Leaving,
}

/// What a program has told its terminal to be like.
#[derive(Debug, Clone, Default)]
pub(crate) struct Modes {
    at: At,
    sequence: Vec<u8>,
    settings: Settings,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Settings {
    /// Which mouse events it wants (9, 1000, 1002, 1003).
    mouse: Option<u16>,
    /// How it wants them written (1005, 1006, 1015, 1016).
    mouse_encoding: Option<u16>,
    /// Whether it wants to know of the focus (1004).
    focus: bool,
    /// Whether what is pasted is to be marked (2004).
    bracketed_paste: bool,
    /// Whether the cursor blinks (12), and of which shape it is (DECSCUSR).
    blink: bool,
    cursor: Option<u8>,
    /// Whether the keypad sends sequences (DECKPAM).
    keypad: bool,
    /// What the window is called, and the folder it is in (OSC 2, OSC 7).
    title: Vec<u8>,
    folder: Vec<u8>,
    /// Whether only a part of the screen scrolls (DECSTBM).
    margins: bool,
}

impl Modes {
    /// Whether the next byte is text, and not part of a sequence.
    pub(crate) fn is_text(&self) -> bool {
        self.at == At::Text
    }

    /// Whether only a part of the screen may scroll.
    pub(crate) fn has_margins(&self) -> bool {
        self.settings.margins
    }

    /// Follows what the program writes.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.at == At::Text {
                let Some(next) = memchr(ESC, bytes) else {
                    return;
                };
                bytes = bytes.get(next..).unwrap_or_default();
            }
            let Some((&byte, rest)) = bytes.split_first() else {
                return;
            };
            self.step(byte);
            bytes = rest;
        }
    }

    fn step(&mut self, byte: u8) {
        match (self.at, byte) {
            (At::Command | At::String, ESC) => self.at = At::Leaving,
            (At::Leaving, b'\\') | (At::Command, BEL) => {
                self.command();
                self.leave();
            }
            (_, ESC) => self.enter(At::Escape),
            (At::Leaving, _) => {
                self.enter(At::Escape);
                self.step(byte);
            }
            (_, CAN | SUB) => self.leave(),
            (At::Escape, b'[') => self.enter(At::Control),
            (At::Escape, b']') => self.enter(At::Command),
            (At::Escape, b'P' | b'X' | b'^' | b'_') => self.enter(At::String),
            (At::Escape, 0x20..=0x2f) => self.keep(byte),
            (At::Escape, 0x30..=0x7e) => {
                self.escape(byte);
                self.leave();
            }
            (At::Control, 0x40..=0x7e) => {
                self.control(byte);
                self.leave();
            }
            (At::Control, 0x20..) | (At::Command, _) => self.keep(byte),
            // a control character in the middle acts at once, and the sequence goes on
            (At::Text | At::Escape | At::Control | At::String, _) => {}
        }
    }

    fn enter(&mut self, at: At) {
        self.at = at;
        self.sequence.clear();
    }

    fn leave(&mut self) {
        self.enter(At::Text);
    }

    fn keep(&mut self, byte: u8) {
        if self.sequence.len() <= LONGEST {
            self.sequence.push(byte);
        }
    }

    fn escape(&mut self, end: u8) {
        match (self.sequence.as_slice(), end) {
            ([], b'c') => self.settings = Settings::default(),
            ([], b'=') => self.settings.keypad = true,
            ([], b'>') => self.settings.keypad = false,
            _ => {}
        }
    }

    fn control(&mut self, end: u8) {
        match (self.sequence.as_slice(), end) {
            ([b'?', numbers @ ..], b'h' | b'l') => {
                let numbers: Vec<u16> = numbers
                    .split(|byte| *byte == b';')
                    .filter_map(number)
                    .collect();
                for private in numbers {
                    self.settings.set(private, end == b'h');
                }
            }
            ([shape @ .., b' '], b'q') => {
                self.settings.cursor = number(shape).and_then(|n| u8::try_from(n).ok());
            }
            (b"!", b'p') => (self.settings.keypad, self.settings.margins) = (false, false),
            ([], b'r') => self.settings.margins = false,
            ([b'0'..=b'9' | b';', ..], b'r') => self.settings.margins = true,
            _ => {}
        }
    }

    /// An operating system command, unless it was cut short.
    fn command(&mut self) {
        if self.sequence.len() > LONGEST {
            return;
        }
        match self.sequence.as_slice() {
            [b'0' | b'2', b';', title @ ..] => self.settings.title = title.to_vec(),
            [b'7', b';', folder @ ..] => self.settings.folder = folder.to_vec(),
            _ => {}
        }
    }

    /// What tells a terminal that knows nothing yet the same.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let settings = &self.settings;
        let numbers = [
            settings.mouse,
            settings.mouse_encoding,
            settings.focus.then_some(1004),
            settings.bracketed_paste.then_some(2004),
            settings.blink.then_some(12),
        ];
        for private in numbers.into_iter().flatten() {
            out.extend(format!("\x1b[?{private}h").bytes());
        }
        if settings.keypad {
            out.extend(b"\x1b=");
        }
        if let Some(shape) = settings.cursor {
            out.extend(format!("\x1b[{shape} q").bytes());
        }
        for (command, text) in [(b'2', &settings.title), (b'7', &settings.folder)] {
            if !text.is_empty() {
                out.extend([ESC, b']', command, b';']);
                out.extend(text);
                out.push(BEL);
            }
        }
    }
}

impl Settings {
    fn set(&mut self, private: u16, on: bool) {
        match private {
            9 | 1000 | 1002 | 1003 => self.mouse = on.then_some(private),
            1005 | 1006 | 1015 | 1016 => self.mouse_encoding = on.then_some(private),
            1004 => self.focus = on,
            2004 => self.bracketed_paste = on,
            12 => self.blink = on,
            _ => {}
        }
    }
}

fn number(digits: &[u8]) -> Option<u16> {
    str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::Modes;

    fn written(modes: &Modes) -> String {
        let mut out = Vec::new();
        modes.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_an_editor_asks_for_is_asked_for_again() {
        let editor = b"\x1b[?1049h\x1b[?1002;1006h\x1b[?2004h\x1b=\x1b[2 q\x1b]2;vim\x07text";
        let mut modes = Modes::default();
        modes.feed(editor);
        let again = "\x1b[?1002h\x1b[?1006h\x1b[?2004h\x1b=\x1b[2 q\x1b]2;vim\x07";
        assert_eq!(written(&modes), again);
        modes.feed(b"\x1b[?1002l\x1b[?1006l\x1b[?2004l\x1b>\x1b[ q\x1b]2;\x07");
        assert_eq!(written(&modes), "");
    }

    #[test]
    fn it_does_not_matter_where_what_is_written_is_cut() {
        let all = b"a\x1b[?1003h\x1b]7;file://host/home\x1b\\b\x1bP+q\x1b\\\x1b[3;9r\x1b[?2004h";
        for cut in 0..all.len() {
            let mut modes = Modes::default();
            modes.feed(&all[..cut]);
            modes.feed(&all[cut..]);
            assert!(modes.is_text() && modes.has_margins(), "{cut}");
            let wanted = "\x1b[?1003h\x1b[?2004h\x1b]7;file://host/home\x07";
            assert_eq!(written(&modes), wanted, "{cut}");
        }
    }

    #[test]
    fn what_is_inside_of_strings_is_not_taken_for_sequences() {
        let mut modes = Modes::default();
        modes.feed(b"\x1bP[?2004h");
        assert!(!modes.is_text());
        modes.feed(b"\x1b\\");
        assert!(modes.is_text());
        assert_eq!(written(&modes), "");
    }

    #[test]
    fn a_reset_resets() {
        let mut modes = Modes::default();
        modes.feed(b"\x1b[?1000h\x1b[5;6r\x1b]2;x\x07\x1bc");
        assert_eq!(written(&modes), "");
        assert!(!modes.has_margins());
    }

    #[test]
    fn what_never_ends_takes_no_memory() {
        let mut modes = Modes::default();
        modes.feed(b"\x1b]2;");
        modes.feed(&[b'x'; 100_000]);
        assert!(modes.sequence.capacity() < 2048);
        modes.feed(b"\x07");
        assert_eq!(written(&modes), "");
    }
}
