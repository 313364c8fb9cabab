//! A terminal that a text beside it leads: lines are typed into it, and how they end is heard.

use leptos::prelude::*;
use shared::terminal::Role;

use super::{
    pane::{Joined, with_connection, with_screen},
    pane_state::{PaneState, Status},
    shell::{At, Shell},
};

/// Takes back what a person has typed at a prompt: to the end of the line, and all before it.
const CLEAR_LINE: &[u8] = b"\x05\x15";
/// Ends the program that runs, as Ctrl-C.
const INTERRUPT: &[u8] = b"\x03";

/// A terminal that a text beside it leads, once it is shown.
#[derive(Clone, Copy)]
pub struct Guide(RwSignal<Option<(Joined, PaneState)>>);

impl Guide {
    /// Before a terminal is shown.
    pub fn new() -> Self {
        Self(RwSignal::new(None))
    }

    /// Leads this one from now on.
    pub(super) fn lead(self, joined: Joined, state: PaneState) {
        self.0.set(Some((joined, state)));
    }

    /// What the shell has said.
    pub fn shell(self) -> Shell {
        let led = self.0.get();
        let shell = led.and_then(|(_, state)| state.shell.try_get());
        shell.unwrap_or_default()
    }

    /// What can be done with it now: nothing where it is not attached.
    pub fn at(self) -> At {
        let led = self.0.get();
        let is_attached = led.and_then(|(_, state)| state.status.try_get())
            == Some(Status::Attached(Role::Write));
        match is_attached {
            true => self.shell().at,
            false => At::Unknown,
        }
    }

    /// Types a text in place of what stands at the prompt, as one that is pasted.
    pub fn type_text(self, text: &str) {
        self.with(|joined| {
            with_connection(joined, |connection| connection.typed(CLEAR_LINE));
            with_screen(joined, |screen| screen.paste(text));
        });
    }

    /// Presses Return.
    pub fn enter(self) {
        self.press(b"\r");
    }

    /// Presses Ctrl-C.
    pub fn interrupt(self) {
        self.press(INTERRUPT);
    }

    /// Types bytes as keys do.
    pub fn press(self, bytes: &[u8]) {
        self.with(|joined| {
            with_connection(joined, |connection| connection.typed(bytes));
            with_screen(joined, |screen| screen.to_end());
        });
    }

    /// Gives it the keyboard.
    pub fn focus(self) {
        self.with(|joined| with_screen(joined, |screen| screen.focus()));
    }

    fn with(self, then: impl FnOnce(Joined)) {
        if let Some((joined, _)) = self.0.get_untracked() {
            then(joined);
        }
    }
}
