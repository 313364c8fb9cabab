//! What stands behind code and says what a click on it does: `{{exec T2 interrupt}}`.

use shared::tutorial::Action;

/// What a `{{…}}` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Directive {
    /// What a click does.
    pub action: Action,
    /// Whether `^C` is the control character, and not two letters.
    pub is_control: bool,
}

impl Directive {
    pub fn run(terminal: u8) -> Self {
        let action = Action::Run {
            terminal,
            interrupts: false,
            enters: true,
            fails: false,
        };
        action.into()
    }

    /// What a click on `code` types or copies.
    pub fn text(&self, code: &str) -> String {
        let code = code.strip_suffix('\n').unwrap_or(code);
        if self.is_control {
            controls(code)
        } else {
            code.to_owned()
        }
    }
}

impl From<Action> for Directive {
    fn from(action: Action) -> Self {
        Self {
            action,
            is_control: false,
        }
    }
}

/// What is at the start of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found<'t> {
    /// A directive, and how many bytes it takes.
    Directive(Directive, usize),
    /// What looks like one, by what is between the braces.
    Unknown(&'t str),
    /// Something else.
    Nothing,
}

/// Looks for a directive at the start of a text.
pub(crate) fn find(text: &str) -> Found<'_> {
    let Some(inside) = text
        .strip_prefix("{{")
        .and_then(|rest| rest.split_once("}}"))
    else {
        return Found::Nothing;
    };
    let inside = inside.0;
    if inside.trim_start().starts_with("TRAFFIC_") || inside.contains(['\n', '{']) {
        return Found::Nothing;
    }
    match parse(inside) {
        Some(directive) => Found::Directive(directive, inside.len() + "{{}}".len()),
        None => Found::Unknown(inside.trim()),
    }
}

/// Whether a text is a directive, or one of words that nobody knows, and nothing else.
pub(crate) fn is_meant(text: &str) -> bool {
    match find(text) {
        Found::Directive(_, length) => length == text.len(),
        Found::Unknown(said) => text.ends_with("}}") && is_said(said),
        Found::Nothing => false,
    }
}

/// Whether what is between braces is of words, and so no template of a language.
pub(crate) fn is_said(inside: &str) -> bool {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, ' ' | '-');
    inside.chars().all(is_plain)
}

/// The words of a directive, to tell what was probably meant.
pub(crate) const WORDS: [&str; 9] = [
    "exec",
    "execute",
    "copy",
    "open",
    "interrupt",
    "no-newline",
    "ctrl-seq",
    "clear",
    "fails",
];

/// Reads what is between the braces.
fn parse(inside: &str) -> Option<Directive> {
    let (mut runs, mut copies, mut modified) = (false, false, false);
    let (mut terminal, mut interrupts, mut enters, mut is_control) = (1, false, true, false);
    let mut fails = false;
    for word in inside
        .split([' ', '\t', ','])
        .filter(|word| !word.is_empty())
    {
        modified |= !matches!(word, "open" | "copy");
        match word {
            "exec" | "execute" => runs = true,
            "copy" => copies = true,
            // there is no editor to open a file in: it is shown
            "open" => {}
            "interrupt" => interrupts = true,
            "fails" => fails = true,
            "no-newline" => enters = false,
            "ctrl-seq" => (is_control, enters) = (true, false),
            // Katacoda's tests find a command by such a word
            _ if word.starts_with("test-") => {}
            // what is on the screen stays: readers look things up in it
            "clear" => {}
            _ => terminal = numbered(word)?,
        }
    }
    let action = match (runs || (modified && !copies), copies) {
        (true, true) => return None,
        (true, false) => Action::Run {
            terminal,
            interrupts,
            enters,
            fails,
        },
        (false, true) => Action::Copy,
        (false, false) => Action::Show,
    };
    Some(Directive { action, is_control })
}

/// The terminal of `T2` or `HOST2`.
fn numbered(word: &str) -> Option<u8> {
    let digits = word
        .strip_prefix("HOST")
        .or_else(|| word.strip_prefix('T'))?;
    match digits.as_bytes() {
        [digit @ b'1'..=b'9'] => Some(digit - b'0'),
        _ => None,
    }
}

/// `^C` as what the keys Ctrl and C send.
fn controls(code: &str) -> String {
    let mut text = String::new();
    // Katacoda calls the key by its name
    let code = code.replace("^ESC", "^[");
    let mut letters = code.chars().peekable();
    while let Some(letter) = letters.next() {
        match letters
            .peek()
            .filter(|next| letter == '^' && matches!(next, '@'..='_' | 'a'..='z'))
        {
            Some(next) => {
                text.push(char::from(next.to_ascii_uppercase() as u8 & 0x1f));
                letters.next();
            }
            None => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use shared::tutorial::Action;

    use super::{Directive, Found, find};

    fn run(terminal: u8, interrupts: bool, enters: bool) -> Action {
        Action::Run {
            terminal,
            interrupts,
            enters,
            fails: false,
        }
    }

    #[test]
    fn every_directive_says_what_a_click_does_in_any_order_and_spacing() {
        for (text, action) in [
            ("{{exec}}", run(1, false, true)),
            ("{{execute}}", run(1, false, true)),
            (
                "{{exec fails}}",
                Action::Run {
                    terminal: 1,
                    interrupts: false,
                    enters: true,
                    fails: true,
                },
            ),
            ("{{ exec  }}", run(1, false, true)),
            ("{{exec interrupt}}", run(1, true, true)),
            ("{{interrupt exec}}", run(1, true, true)),
            ("{{interrupt}}", run(1, true, true)),
            ("{{execute T2}}", run(2, false, true)),
            ("{{T3 execute}}", run(3, false, true)),
            ("{{T9}}", run(9, false, true)),
            ("{{execute HOST2}}", run(2, false, true)),
            ("{{execute test-it}}", run(1, false, true)),
            ("{{exec,T2, interrupt}}", run(2, true, true)),
            ("{{execute no-newline}}", run(1, false, false)),
            ("{{exec clear}}", run(1, false, true)),
            ("{{copy}}", Action::Copy),
            ("{{open}}", Action::Show),
            ("{{}}", Action::Show),
            ("{{ }}", Action::Show),
        ] {
            let found = Found::Directive(Directive::from(action), text.len());
            assert_eq!(find(text), found, "{text}");
        }
    }

    #[test]
    fn what_is_no_directive_is_told_apart_from_what_looks_like_one() {
        for (text, found) in [
            ("{{exce}}", Found::Unknown("exce")),
            ("{{exec T0}}", Found::Unknown("exec T0")),
            ("{{exec T10}}", Found::Unknown("exec T10")),
            ("{{exec copy}}", Found::Unknown("exec copy")),
            ("{{ .Values.name }}", Found::Unknown(".Values.name")),
            ("{{TRAFFIC_HOST1_80}}", Found::Nothing),
            ("{{TRAFFIC_SELECTOR}}", Found::Nothing),
            ("{{exec", Found::Nothing),
            ("{exec}", Found::Nothing),
            (" {{exec}}", Found::Nothing),
            ("", Found::Nothing),
        ] {
            assert_eq!(find(text), found, "{text}");
        }
    }

    #[test]
    fn a_control_sequence_becomes_what_the_keys_send() {
        let Found::Directive(directive, _) = find("{{execute ctrl-seq T2}}") else {
            panic!()
        };
        assert_eq!(directive.action, run(2, false, false));
        assert_eq!(directive.text("^C"), "\u{3}");
        assert_eq!(directive.text("^d^["), "\u{4}\u{1b}");
        assert_eq!(directive.text("a^1^"), "a^1^");
        assert_eq!(directive.text("^ESC"), "\u{1b}");
    }
}
