//! What a terminal's pane shows beside its screen.

use leptos::prelude::*;
use shared::terminal::Role;

use super::{key_bytes::Held, paste::Question, shell::Shell};
use crate::files::Wish;

/// So many wishes wait for an answer.
const MOST_WISHES: usize = 20;

/// How the connection is, for the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not attached yet.
    Connecting,
    /// Attached.
    Attached(Role),
    /// Trying again.
    Reconnecting,
    /// The shell ended.
    Ended(i32),
    /// It is over, for a reason that the list of terminals knows.
    Over,
    /// The login that it was shown by ended.
    SignedOut,
    /// The link that it was shown by leads nowhere, or no more.
    LinkOver,
    /// xterm.js could not be shown.
    NoScreen,
}

impl Status {
    /// The status in words.
    pub fn words(self) -> String {
        match self {
            Self::Connecting => "Connecting…".into(),
            Self::Attached(Role::Write) => "Connected".into(),
            Self::Attached(Role::View) => "You watch this terminal; typing is off.".into(),
            Self::Reconnecting => "Connection lost. Trying again…".into(),
            Self::Ended(code) => format!("The shell ended with exit code {code}."),
            Self::Over => "This terminal is over.".into(),
            Self::SignedOut => "You are signed out; the shell goes on.".into(),
            Self::LinkOver => "The link leads nowhere any more.".into(),
            Self::NoScreen => "The terminal could not be shown. Reload the page.".into(),
        }
    }
}

/// What a search has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Which of them is shown, from 0; negative when there are too many to count.
    pub index: i32,
    /// How many there are.
    pub count: u32,
}

impl Found {
    /// What was found, in words.
    pub fn words(self) -> String {
        match self {
            Self { count: 0, .. } => "Not found".into(),
            Self { index: ..0, count } => format!("More than {count}"),
            Self { index, count } => format!("{} of {count}", index + 1),
        }
    }
}

/// What a terminal's pane shows beside its screen.
#[derive(Clone, Copy)]
pub struct PaneState {
    /// How the connection is.
    pub status: RwSignal<Status>,
    /// What the host says.
    pub notice: RwSignal<Option<String>>,
    /// How long the way to the host and back takes, in milliseconds.
    pub round_trip: RwSignal<Option<f64>>,
    /// What the shell says about itself.
    pub shell: RwSignal<Shell>,
    /// Whether a command has written something that can be copied.
    pub has_output: RwSignal<bool>,
    /// A text that the program wants to be copied, and the person may not.
    pub offer: RwSignal<Option<String>>,
    /// What a program asks of the person about files, first come first.
    pub wishes: RwSignal<Vec<Wish>>,
    /// A paste to be looked at.
    pub question: RwSignal<Option<Question>>,
    /// Whether the search is open.
    pub searching: RwSignal<bool>,
    /// What it has found.
    pub found: RwSignal<Option<Found>>,
    /// Keys that are held for the next one.
    pub held: RwSignal<Held>,
    /// Whether the bell rings.
    pub rings: RwSignal<bool>,
}

impl PaneState {
    /// Before anything has happened.
    pub fn new() -> Self {
        Self {
            status: RwSignal::new(Status::Connecting),
            notice: RwSignal::new(None),
            round_trip: RwSignal::new(None),
            shell: RwSignal::new(Shell::default()),
            has_output: RwSignal::new(false),
            offer: RwSignal::new(None),
            wishes: RwSignal::new(vec![]),
            question: RwSignal::new(None),
            searching: RwSignal::new(false),
            found: RwSignal::new(None),
            held: RwSignal::new(Held::default()),
            rings: RwSignal::new(false),
        }
    }

    /// A program asks something; of many that are not answered, the first count.
    pub fn wish(self, wish: Wish) {
        self.wishes.try_update(|wishes| {
            if wishes.len() < MOST_WISHES {
                wishes.push(wish);
            }
        });
    }

    /// Who goes on typing has read what the host said; why a connection ended stays.
    pub fn read_notice(self) {
        let has_one = self.notice.try_with_untracked(Option::is_some);
        let status = self.status.try_get_untracked();
        if has_one == Some(true) && matches!(status, Some(Status::Attached(_))) {
            self.notice.set(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Found;

    #[test]
    fn a_search_says_where_it_is() {
        let words = |index, count| Found { index, count }.words();
        assert_eq!(words(-1, 0), "Not found");
        assert_eq!(words(0, 12), "1 of 12");
        assert_eq!(words(-1, 1000), "More than 1000");
    }
}
