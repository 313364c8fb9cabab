//! What may be pasted without a question.

/// So many lines are shown before a paste.
const SHOWN_LINES: usize = 8;
/// So much of a line is shown, in characters.
const SHOWN_CHARS: usize = 200;

/// The end of a bracketed paste, with one byte for its beginning or two.
const ENDS: [&str; 2] = ["\u{1b}[201~", "\u{9b}201~"];

/// How the program in the terminal takes a paste.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taking {
    /// In brackets: as one text, to be looked at before it is run.
    Bracketed,
    /// Like keys: each line is run as it comes.
    Keys,
}

/// What a person decides on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What would be pasted.
    pub text: String,
    /// How many lines it has.
    pub lines: usize,
    /// The first of them.
    pub first: String,
}

/// What to do with a paste.
#[derive(Debug, PartialEq, Eq)]
pub enum Paste {
    /// Paste this.
    Straight(String),
    /// Ask first.
    Ask(Question),
}

/// Decides on a text that was pasted.
pub fn decide(text: &str, taking: Taking) -> Paste {
    let text = without_ends(text);
    let runs = text.contains(['\n', '\r']);
    match taking {
        Taking::Keys if runs => Paste::Ask(question(text)),
        Taking::Keys | Taking::Bracketed => Paste::Straight(text),
    }
}

fn question(text: String) -> Question {
    let lines: Vec<&str> = text.lines().collect();
    let shown = lines.iter().take(SHOWN_LINES);
    let first: Vec<String> = shown.map(|line| start(line)).collect();
    Question {
        lines: lines.len(),
        first: first.join("\n"),
        text,
    }
}

fn start(line: &str) -> String {
    let mut start: String = line.chars().take(SHOWN_CHARS).map(visible).collect();
    if line.chars().nth(SHOWN_CHARS).is_some() {
        start.push('…');
    }
    start
}

/// A control character as the picture of it, so that nothing is hidden.
fn visible(char: char) -> char {
    match u32::from(char) {
        code @ 0..32 if char != '\t' => char::from_u32(0x2400 + code).unwrap_or(char),
        127 => '\u{2421}',
        _ => char,
    }
}

/// What is pasted must not end the brackets itself, and go on as if it was typed.
fn without_ends(text: &str) -> String {
    let mut text = text.to_owned();
    // leaving one out may make another
    while ENDS.iter().any(|end| text.contains(end)) {
        for end in ENDS {
            text = text.replace(end, "");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Paste, Taking, decide};

    #[test]
    fn a_line_and_whatever_goes_in_brackets_is_pasted_straight() {
        let straight = |text: &str| Paste::Straight(text.into());
        assert_eq!(decide("ls -l", Taking::Keys), straight("ls -l"));
        assert_eq!(decide("a\nb\n", Taking::Bracketed), straight("a\nb\n"));
    }

    #[test]
    fn lines_that_would_run_are_shown_first() {
        let Paste::Ask(question) = decide("sudo \u{1b}x\r\nreboot\n", Taking::Keys) else {
            panic!("not asked");
        };
        assert_eq!(question.lines, 2);
        assert_eq!(question.first, "sudo ␛x\nreboot");
        assert!(matches!(decide("reboot\r", Taking::Keys), Paste::Ask(_)));
    }

    #[test]
    fn only_the_beginning_of_much_is_shown() {
        let much = "x".repeat(1000) + &"\ny".repeat(100);
        let Paste::Ask(question) = decide(&much, Taking::Keys) else {
            panic!("not asked");
        };
        assert_eq!(question.lines, 101);
        assert_eq!(question.first.lines().count(), 8);
        assert_eq!(question.first.lines().next().unwrap().chars().count(), 201);
        assert_eq!(question.text, much);
    }

    #[test]
    fn no_paste_ends_its_own_brackets() {
        for text in ["a\u{1b}[201~b", "a\u{9b}201~b", "a\u{1b}[20\u{1b}[201~1~b"] {
            assert_eq!(
                decide(text, Taking::Bracketed),
                Paste::Straight("ab".into())
            );
        }
    }
}
