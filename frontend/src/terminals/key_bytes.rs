//! What the keys of the row below a phone's terminal type.

/// A key of the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Escape.
    Escape,
    /// Tab.
    Tab,
    /// An arrow: `A` up, `B` down, `C` right, `D` left, as in its sequence.
    Arrow(char),
    /// A sign that phones hide.
    Sign(char),
}

/// Keys that hold for the next key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// Control.
    pub ctrl: bool,
    /// Alt.
    pub alt: bool,
}

impl Held {
    /// Whether any is held.
    pub fn any(self) -> bool {
        self.ctrl || self.alt
    }
}

/// What a key of the row types.
pub fn key_bytes(key: Key, held: Held, is_application_mode: bool) -> Vec<u8> {
    match key {
        Key::Escape => with_held("\u{1b}", held),
        Key::Tab => with_held("\t", held),
        Key::Sign(sign) => with_held(sign.encode_utf8(&mut [0; 4]), held),
        Key::Arrow(end) if held.any() => {
            let modifier = 1 + u8::from(held.alt) * 2 + u8::from(held.ctrl) * 4;
            format!("\u{1b}[1;{modifier}{end}").into_bytes()
        }
        Key::Arrow(end) if is_application_mode => format!("\u{1b}O{end}").into_bytes(),
        Key::Arrow(end) => format!("\u{1b}[{end}").into_bytes(),
    }
}

/// What was typed on the phone's own keyboard, as if the held keys were held on it.
pub fn with_held(text: &str, held: Held) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    if let ([only], true) = (&mut bytes[..], held.ctrl) {
        *only = controlled(*only);
    }
    if held.alt {
        bytes.insert(0, 0x1b);
    }
    bytes
}

/// A key together with Ctrl; as it is where there is no such thing.
fn controlled(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' | b'@'..=b'_' => byte & 0x1f,
        b' ' => 0,
        b'/' => 0x1f,
        b'?' => 0x7f,
        _ => byte,
    }
}

#[cfg(test)]
mod tests {
    use super::{Held, Key, key_bytes, with_held};

    const CTRL: Held = Held {
        ctrl: true,
        alt: false,
    };
    const ALT: Held = Held {
        ctrl: false,
        alt: true,
    };

    #[test]
    fn a_held_key_changes_what_the_keyboard_types() {
        assert_eq!(with_held("c", CTRL), b"\x03");
        assert_eq!(with_held("[", CTRL), b"\x1b");
        assert_eq!(with_held(" ", CTRL), b"\0");
        assert_eq!(with_held("1", CTRL), b"1");
        assert_eq!(with_held("b", ALT), b"\x1bb");
        assert_eq!(with_held("é", ALT), "\u{1b}é".as_bytes());
        // a word that the keyboard completed is not a key
        assert_eq!(with_held("cat", CTRL), b"cat");
    }

    #[test]
    fn arrows_are_typed_as_the_program_wants_them() {
        let up = Key::Arrow('A');
        assert_eq!(key_bytes(up, Held::default(), false), b"\x1b[A");
        assert_eq!(key_bytes(up, Held::default(), true), b"\x1bOA");
        assert_eq!(key_bytes(Key::Arrow('C'), CTRL, true), b"\x1b[1;5C");
        assert_eq!(key_bytes(Key::Arrow('D'), ALT, false), b"\x1b[1;3D");
    }

    #[test]
    fn the_other_keys_type_themselves() {
        assert_eq!(key_bytes(Key::Escape, Held::default(), false), b"\x1b");
        assert_eq!(key_bytes(Key::Tab, Held::default(), false), b"\t");
        assert_eq!(key_bytes(Key::Sign('|'), Held::default(), false), b"|");
    }
}
