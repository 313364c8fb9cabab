//! What became of commands that were clicked, as the shell tells it.

use std::collections::{BTreeMap, BTreeSet};

use shared::tutorial::{Action, Command};

use crate::terminals::{At, Shell};

/// A command of a tutorial: the step's number, and its own in it.
pub type Place = (usize, u32);

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// A program runs that is not told what to do: shall it be interrupted?
    Blocked,
    /// No shell is there that takes it.
    NoShell,
    /// It is typed once the program before it has ended.
    Waiting,
    /// It was typed, and not begun yet.
    Typed,
    /// It runs.
    Running,
    /// It ended, with an exit code unless that was missed.
    Ended(Option<u8>),
    /// It failed, as it was to show.
    Failed(u8),
    /// It was copied.
    Copied,
}

impl Run {
    /// The state, for styles.
    pub fn word(self) -> &'static str {
        match self {
            Self::Blocked | Self::NoShell => "blocked",
            Self::Waiting | Self::Typed | Self::Running => "running",
            Self::Ended(Some(0)) | Self::Failed(_) => "ok",
            Self::Ended(Some(_)) => "failed",
            Self::Ended(None) => "ended",
            Self::Copied => "copied",
        }
    }

    /// The state, for people.
    pub fn words(self) -> String {
        match self {
            Self::Blocked => "A program runs in the terminal.".into(),
            Self::NoShell => "The terminal is not ready.".into(),
            Self::Waiting => "Waiting for the terminal…".into(),
            Self::Typed | Self::Running => "Running…".into(),
            Self::Ended(Some(0)) => "Succeeded".into(),
            Self::Ended(Some(code)) => format!("Exit code {code}"),
            Self::Ended(None) => "Ended".into(),
            Self::Failed(code) => format!("Exit code {code}, as it should"),
            Self::Copied => "Copied".into(),
        }
    }
}

/// What a click has the page do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Type it, and press Return if that is wanted.
    Type,
    /// Press the keys that it is, whatever runs.
    Press,
    /// Press Ctrl-C first, and type it at the prompt that comes.
    InterruptFirst,
    /// Copy it.
    Copy,
    /// Nothing but to say why.
    Say(Run),
}

/// What a click on a command means, where the shell is.
pub fn deed(command: &Command, at: At) -> Deed {
    match (&command.action, at) {
        (Action::Copy | Action::Show, _) => Deed::Copy,
        (Action::Run { .. }, At::Unknown) => Deed::Say(Run::NoShell),
        (Action::Run { .. }, _) if is_keys(&command.text) => Deed::Press,
        (Action::Run { .. }, At::Prompt) => Deed::Type,
        (
            Action::Run {
                interrupts: true, ..
            },
            At::Program,
        ) => Deed::InterruptFirst,
        (Action::Run { .. }, At::Program) => Deed::Say(Run::Blocked),
    }
}

/// Whether a text is keys alone, as Ctrl-C is.
fn is_keys(text: &str) -> bool {
    let is_key = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r');
    !text.is_empty() && text.chars().all(is_key)
}

/// What became of a tutorial's commands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Runs {
    all: BTreeMap<Place, Run>,
    /// The one that is under way in each terminal, and how many commands had ended there before it, and
    /// prompts come.
    under_way: BTreeMap<usize, (Place, u32, u32)>,
    /// The one of which something became last.
    last: Option<Place>,
    /// Those that are to fail.
    to_fail: BTreeSet<Place>,
    blocked: Option<Place>,
}

impl Runs {
    /// What became of one, the last time.
    pub fn of(&self, place: Place) -> Option<Run> {
        self.all.get(&place).copied()
    }

    /// The one that was clicked last, if it waits for a program's end that nobody has asked for.
    pub fn blocked(&self) -> Option<Place> {
        self.blocked
    }

    /// What became of one last, for who hears the page.
    pub fn last(&self) -> Option<(Place, Run)> {
        let last = self.last?;
        Some((last, self.of(last)?))
    }

    /// Whether one was typed into a terminal and is not begun yet: what is typed now would be its input.
    pub fn is_typing(&self, terminal: usize) -> bool {
        let place = self.under_way.get(&terminal).map(|(place, ..)| *place);
        place.and_then(|place| self.of(place)) == Some(Run::Typed)
    }

    /// Notes what became of one at once.
    pub fn note(&mut self, place: Place, run: Run) {
        self.last = Some(place);
        self.blocked = (run == Run::Blocked).then_some(place);
        self.all.insert(place, run);
    }

    /// One was typed into a terminal.
    pub fn typed(&mut self, place: Place, terminal: usize, shell: &Shell) {
        self.note(place, Run::Typed);
        let before = (place, shell.ended, shell.prompts);
        self.under_way.insert(terminal, before);
    }

    /// One is to fail, and does well if it does.
    pub fn is_to_fail(&mut self, place: Place) {
        self.to_fail.insert(place);
    }

    fn ended(&self, place: Place, code: Option<u8>) -> Run {
        match code {
            Some(code @ 1..) if self.to_fail.contains(&place) => Run::Failed(code),
            code => Run::Ended(code),
        }
    }

    /// The shell of a terminal has said something.
    pub fn hear(&mut self, terminal: usize, shell: &Shell) {
        let Some((place, before, prompts)) = self.under_way.get(&terminal).copied() else {
            return;
        };
        let was = self.of(place);
        let is = match shell.at {
            _ if shell.ended > before => self.ended(place, shell.last.map(|ended| ended.code)),
            At::Program => Run::Running,
            // its end was missed while the page was away, or there was nothing to run
            At::Prompt if was == Some(Run::Running) || shell.prompts > prompts => Run::Ended(None),
            At::Prompt | At::Unknown => return,
        };
        self.all.insert(place, is);
        self.last = Some(place);
        if matches!(is, Run::Ended(_) | Run::Failed(_)) {
            self.under_way.remove(&terminal);
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::tutorial::{Action, Command};

    use super::{Deed, Run, Runs, deed};
    use crate::terminals::{At, Shell, ShellMark};

    fn command(interrupts: bool) -> Command {
        Command {
            text: "ls".into(),
            action: Action::Run {
                terminal: 1,
                interrupts,
                enters: true,
                fails: false,
            },
        }
    }

    #[test]
    fn a_command_is_typed_at_a_prompt_and_into_no_program() {
        let polite = command(false);
        assert_eq!(deed(&polite, At::Prompt), Deed::Type);
        assert_eq!(deed(&polite, At::Program), Deed::Say(Run::Blocked));
        assert_eq!(deed(&polite, At::Unknown), Deed::Say(Run::NoShell));
        assert_eq!(deed(&command(true), At::Program), Deed::InterruptFirst);
        assert_eq!(deed(&command(true), At::Prompt), Deed::Type);
    }

    #[test]
    fn keys_are_pressed_whatever_runs() {
        let interrupt = Command {
            text: "\u{3}".into(),
            ..command(false)
        };
        assert_eq!(deed(&interrupt, At::Program), Deed::Press);
        assert_eq!(deed(&interrupt, At::Prompt), Deed::Press);
        assert_eq!(deed(&interrupt, At::Unknown), Deed::Say(Run::NoShell));
    }

    #[test]
    fn what_is_for_copying_is_never_typed() {
        let copied = Command {
            action: Action::Copy,
            ..command(false)
        };
        for at in [At::Prompt, At::Program, At::Unknown] {
            assert_eq!(deed(&copied, at), Deed::Copy);
        }
    }

    fn shell(at: At, ended: u32, code: u8) -> Shell {
        let mut shell = Shell::default();
        for _ in 0..ended {
            shell.mark(ShellMark::Output, None);
            shell.mark(ShellMark::Done(Some(code)), None);
        }
        match at {
            At::Program => shell.mark(ShellMark::Output, None),
            At::Prompt | At::Unknown => shell.mark(ShellMark::Prompt, None),
        }
        shell
    }

    #[test]
    fn a_command_runs_and_ends_with_its_code() {
        let (mut runs, place) = (Runs::default(), (0, 1));
        runs.typed(place, 0, &shell(At::Prompt, 4, 1));
        runs.hear(0, &shell(At::Prompt, 4, 1));
        assert_eq!(runs.of(place), Some(Run::Typed));
        runs.hear(0, &shell(At::Program, 4, 1));
        assert_eq!(runs.of(place), Some(Run::Running));
        runs.hear(0, &shell(At::Program, 5, 0));
        assert_eq!(runs.of(place), Some(Run::Ended(Some(0))));
        // the next is a person's
        runs.hear(0, &shell(At::Prompt, 6, 3));
        assert_eq!(runs.of(place), Some(Run::Ended(Some(0))));
    }

    #[test]
    fn the_last_click_is_blocked_until_another_one() {
        let mut runs = Runs::default();
        runs.note((0, 1), Run::Blocked);
        assert_eq!(runs.blocked(), Some((0, 1)));
        runs.note((0, 2), Run::Blocked);
        assert_eq!(runs.blocked(), Some((0, 2)));
        runs.note((0, 1), Run::Copied);
        assert_eq!(runs.blocked(), None);
    }

    #[test]
    fn a_line_that_runs_nothing_ends_with_the_next_prompt() {
        let (mut runs, place) = (Runs::default(), (0, 0));
        let mut shell = shell(At::Prompt, 3, 0);
        runs.typed(place, 0, &shell);
        assert!(runs.is_typing(0));
        runs.hear(0, &shell);
        assert_eq!(runs.of(place), Some(Run::Typed));
        shell.mark(ShellMark::Done(Some(0)), None);
        shell.mark(ShellMark::Prompt, None);
        runs.hear(0, &shell);
        assert_eq!(runs.of(place), Some(Run::Ended(None)));
        assert_eq!(runs.last(), Some((place, Run::Ended(None))));
        assert!(!runs.is_typing(0));
    }

    #[test]
    fn what_is_to_fail_does_well_if_it_does() {
        let (mut runs, place) = (Runs::default(), (0, 0));
        runs.is_to_fail(place);
        runs.typed(place, 0, &shell(At::Prompt, 0, 0));
        runs.hear(0, &shell(At::Program, 1, 3));
        assert_eq!(runs.of(place), Some(Run::Failed(3)));
        runs.typed(place, 0, &shell(At::Prompt, 1, 3));
        runs.hear(0, &shell(At::Program, 2, 0));
        assert_eq!(runs.of(place), Some(Run::Ended(Some(0))));
    }

    #[test]
    fn each_terminal_tells_of_its_own_command() {
        let mut runs = Runs::default();
        runs.typed((0, 0), 0, &shell(At::Prompt, 0, 0));
        runs.typed((0, 1), 1, &shell(At::Prompt, 7, 0));
        runs.hear(1, &shell(At::Program, 8, 2));
        assert_eq!(runs.of((0, 0)), Some(Run::Typed));
        assert_eq!(runs.of((0, 1)), Some(Run::Ended(Some(2))));
    }

    #[test]
    fn an_end_that_was_missed_is_an_end_all_the_same() {
        let (mut runs, place) = (Runs::default(), (2, 0));
        runs.typed(place, 0, &shell(At::Prompt, 0, 0));
        runs.hear(0, &shell(At::Program, 0, 0));
        runs.hear(0, &shell(At::Prompt, 0, 0));
        assert_eq!(runs.of(place), Some(Run::Ended(None)));
    }
}
