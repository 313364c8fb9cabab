//! What the keys do that are the page's and not the shell's.

/// A key as the browser names it.
#[derive(Debug, Clone, Copy)]
pub struct Press<'a> {
    /// What it writes, for example `C` or `ArrowUp`.
    pub key: &'a str,
    /// Where it lies, for example `KeyC`.
    pub code: &'a str,
}

/// What the page does for a key with Ctrl and Shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Copies what is selected.
    Copy,
    /// Lets the browser paste.
    Paste,
    /// Opens the search.
    Search,
    /// Larger letters.
    Larger,
    /// Smaller letters.
    Smaller,
    /// Turns the screen reader's mode on or off.
    ScreenReader,
    /// Gives the keyboard back to the page.
    Leave,
    /// Scrolls to the prompt above.
    PromptAbove,
    /// Scrolls to the prompt below.
    PromptBelow,
    /// Opens another terminal beside this one.
    Split,
    /// Goes to the terminal on the right.
    Right,
    /// Goes to the terminal on the left.
    Left,
}

impl Command {
    /// What a key means that is pressed with Ctrl and Shift.
    pub fn of(press: Press<'_>) -> Option<Self> {
        Some(match (press.key, press.code) {
            ("C" | "c", _) => Self::Copy,
            ("V" | "v", _) => Self::Paste,
            ("F" | "f", _) => Self::Search,
            ("S" | "s", _) => Self::ScreenReader,
            ("D" | "d", _) => Self::Split,
            ("+", _) | (_, "Equal" | "NumpadAdd") => Self::Larger,
            ("-" | "_", _) | (_, "Minus" | "NumpadSubtract") => Self::Smaller,
            (";" | ":", _) | (_, "Semicolon") => Self::Leave,
            ("ArrowUp", _) => Self::PromptAbove,
            ("ArrowDown", _) => Self::PromptBelow,
            ("ArrowRight", _) => Self::Right,
            ("ArrowLeft", _) => Self::Left,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Command, Press};

    #[test]
    fn keys_are_known_by_what_they_write_and_signs_by_their_place_too() {
        for (key, code, command) in [
            ("C", "KeyC", Some(Command::Copy)),
            ("F", "KeyF", Some(Command::Search)),
            ("+", "Equal", Some(Command::Larger)),
            ("_", "Minus", Some(Command::Smaller)),
            (":", "Semicolon", Some(Command::Leave)),
            // on a German keyboard, above the comma
            (";", "Comma", Some(Command::Leave)),
            ("ArrowUp", "ArrowUp", Some(Command::PromptAbove)),
            ("B", "KeyB", None),
            ("Enter", "Enter", None),
        ] {
            assert_eq!(Command::of(Press { key, code }), command, "{key} {code}");
        }
    }
}
