//! What a shell says about itself: where it is, and how its commands end (OSC 7 and OSC 133).

use std::borrow::Cow;

/// A mark that a shell with integration leaves in its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShellMark {
    /// `A`: a prompt begins.
    Prompt,
    /// `B`: it ends, and what is typed begins.
    Typing,
    /// `P;k=s`: the line goes on below.
    GoesOn,
    /// `C`: the command's output begins.
    Output,
    /// `D`: the command ended, with an exit code unless the shell does not say.
    Done(Option<u8>),
}

impl ShellMark {
    /// Reads what follows `133;`.
    pub fn of(osc: &str) -> Option<Self> {
        let mut parts = osc.split(';');
        Some(match parts.next()? {
            "A" => Self::Prompt,
            "B" => Self::Typing,
            "P" if parts.any(|part| part == "k=s") => Self::GoesOn,
            "C" => Self::Output,
            "D" => Self::Done(parts.next().and_then(|code| code.parse().ok())),
            _ => return None,
        })
    }
}

/// What a shell is at, as far as it has said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum At {
    /// It has not said anything: it is not there yet, or it is another one than ours.
    #[default]
    Unknown,
    /// It waits for a line.
    Prompt,
    /// A program runs.
    Program,
}

/// What a shell has said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shell {
    /// The working folder.
    pub folder: Option<String>,
    /// How the last command ended.
    pub last: Option<Ended>,
    /// What it is at.
    pub at: At,
    /// How many commands have ended.
    pub ended: u32,
    /// How many prompts there were.
    pub prompts: u32,
    /// The line that was typed last, if the shell or its screen tells.
    pub line: Option<String>,
    /// When the command began that runs, unless nobody watched.
    running: Option<Option<f64>>,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ended {
    /// The exit code.
    pub code: u8,
    /// How long it took, unless nobody watched.
    pub ms: Option<f64>,
}

impl Shell {
    /// Takes a mark at a time; none in what is shown again, which says nothing about durations.
    pub fn mark(&mut self, mark: ShellMark, now: Option<f64>) {
        match mark {
            ShellMark::Prompt => {
                self.at = At::Prompt;
                self.prompts += 1;
            }
            ShellMark::Typing => self.at = At::Prompt,
            // what is typed now is a part of what was typed before
            ShellMark::GoesOn => self.at = At::Program,
            ShellMark::Output => {
                self.at = At::Program;
                self.running = Some(now);
            }
            ShellMark::Done(code) => {
                // a prompt that is drawn again says once more how the command before it ended
                if let Some(began) = self.running.take() {
                    let ms = began.zip(now).map(|(began, now)| now - began);
                    self.last = code.map(|code| Ended { code, ms });
                    self.ended += 1;
                }
            }
        }
    }

    /// A line was typed, as `C;cmdline_url=` says it, percent-encoded
    /// (<https://sw.kovidgoyal.net/kitty/shell-integration/>).
    pub fn typed(&mut self, osc: &str) {
        let said = osc
            .split(';')
            .find_map(|it| it.strip_prefix("cmdline_url="));
        let line = said.map(|line| decoded(line).trim().to_owned());
        if let Some(line) = line.filter(|line| !line.is_empty()) {
            self.line = Some(line);
        }
    }

    /// The shell is at another place.
    pub fn moved(&mut self, osc: &str) {
        if let Some(folder) = folder(osc) {
            self.folder = Some(folder);
        }
    }
}

impl Ended {
    /// How it ended, in words.
    pub fn words(self) -> String {
        let how = match self.code {
            0 => "Succeeded".to_owned(),
            code => format!("Exit code {code}"),
        };
        match self.ms {
            Some(ms) if ms >= 1000.0 => format!("{how} after {}", seconds(ms / 1000.0)),
            Some(_) | None => how,
        }
    }
}

fn seconds(seconds: f64) -> String {
    let whole = seconds as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// The folder in an address like `file://host/folder`.
fn folder(osc: &str) -> Option<String> {
    let rest = osc.strip_prefix("file://")?;
    let path = &rest[rest.find('/')?..];
    let folder = decoded(path);
    let is_clean = !folder.chars().any(char::is_control);
    is_clean.then(|| folder.into_owned())
}

/// Percent-decoded; what is not well-formed stays as it is.
fn decoded(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return path.into();
    }
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        let (byte, skipped) = escaped.map_or((*first, 0), |(high, low)| (high << 4 | low, 2));
        bytes.push(byte);
        rest = &after[skipped..];
    }
    String::from_utf8(bytes).map_or(path.into(), Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::{At, Ended, Shell, ShellMark};

    #[test]
    fn marks_are_read_with_what_more_they_say() {
        for (osc, mark) in [
            ("A", Some(ShellMark::Prompt)),
            ("A;cl=m;aid=7", Some(ShellMark::Prompt)),
            ("C", Some(ShellMark::Output)),
            ("D;1;err=1", Some(ShellMark::Done(Some(1)))),
            ("D", Some(ShellMark::Done(None))),
            ("P;k=s", Some(ShellMark::GoesOn)),
            ("P;k=i", None),
        ] {
            assert_eq!(ShellMark::of(osc), mark, "{osc}");
        }
    }

    #[test]
    fn a_command_that_was_watched_has_a_duration() {
        let mut shell = Shell::default();
        shell.mark(ShellMark::Output, Some(1_000.0));
        shell.mark(ShellMark::Done(Some(2)), Some(4_500.0));
        assert_eq!(shell.last.unwrap().words(), "Exit code 2 after 3.5 s");
        shell.mark(ShellMark::Output, None);
        shell.mark(ShellMark::Done(Some(0)), Some(9_000.0));
        assert_eq!(shell.last.unwrap().words(), "Succeeded");
    }

    #[test]
    fn a_shell_is_at_its_prompt_or_in_a_program() {
        let mut shell = Shell::default();
        assert_eq!((shell.at, shell.ended), (At::Unknown, 0));
        shell.mark(ShellMark::Done(Some(0)), None);
        shell.mark(ShellMark::Prompt, None);
        shell.mark(ShellMark::Typing, None);
        assert_eq!((shell.at, shell.ended), (At::Prompt, 0));
        shell.mark(ShellMark::Output, None);
        assert_eq!((shell.at, shell.ended), (At::Program, 0));
        shell.mark(ShellMark::Done(Some(1)), None);
        shell.mark(ShellMark::Prompt, None);
        assert_eq!((shell.at, shell.ended), (At::Prompt, 1));
    }

    #[test]
    fn a_prompt_after_no_command_says_nothing_about_one() {
        let mut shell = Shell::default();
        shell.mark(ShellMark::Done(Some(0)), Some(1.0));
        assert_eq!(shell.last, None);
    }

    #[test]
    fn a_prompt_that_is_drawn_again_keeps_the_duration() {
        let mut shell = Shell::default();
        shell.mark(ShellMark::Output, Some(0.0));
        shell.mark(ShellMark::Done(Some(0)), Some(6_000.0));
        shell.mark(ShellMark::Done(Some(0)), Some(7_000.0));
        assert_eq!(shell.last.unwrap().words(), "Succeeded after 6.0 s");
    }

    #[test]
    fn durations_are_told_in_the_largest_fitting_unit() {
        let took = |ms| {
            Ended {
                code: 0,
                ms: Some(ms),
            }
            .words()
        };
        assert_eq!(took(900.0), "Succeeded");
        assert_eq!(took(61_000.0), "Succeeded after 1 min 1 s");
        assert_eq!(took(7_260_000.0), "Succeeded after 2 h 1 min");
    }

    #[test]
    fn a_line_that_was_typed_is_kept_until_the_next() {
        let mut shell = Shell::default();
        shell.typed("C");
        assert_eq!(shell.line, None);
        shell.typed("C;cmdline_url=aws%20ec2%20help%3B%20%C3%A9");
        assert_eq!(shell.line.as_deref(), Some("aws ec2 help; é"));
        shell.typed("C;cmdline_url=");
        assert_eq!(shell.line.as_deref(), Some("aws ec2 help; é"));
    }

    #[test]
    fn the_folder_is_read_from_an_address() {
        let mut shell = Shell::default();
        for (osc, folder) in [
            ("file://box/home/guest", "/home/guest"),
            ("file:///srv/a%20b%C3%A9", "/srv/a bé"),
            ("file:///odd%zz%", "/odd%zz%"),
        ] {
            shell.moved(osc);
            assert_eq!(shell.folder.as_deref(), Some(folder));
        }
        for refused in ["http://box/x", "file://box", "file:///a%1bb"] {
            shell.moved(refused);
            assert_eq!(shell.folder.as_deref(), Some("/odd%zz%"));
        }
    }
}
