//! What happens on a screen: keys, pastes, selections, and what programs ask for.

use std::{
    cell::Cell,
    rc::{Rc, Weak},
};

use gloo_timers::future::TimeoutFuture;
use js_sys::Uint8Array;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::KeyboardEvent;

use super::{
    bell,
    clipboard::{copied, is_meant},
    command::{Command, Press},
    connection::{Connection, now},
    key_bytes::{Held, with_held},
    options::Options,
    pane_state::Found,
    paste::{Paste, Taking, decide},
    reply::is_reply,
    shell::ShellMark,
    xterm::{self, On},
};
use crate::files::Wish;

/// The bell is seen for so long.
const BELL_MS: u32 = 200;

/// What a screen asks of the page around it.
#[derive(Clone, Copy)]
pub struct Asked {
    /// How the person wants terminals.
    pub options: RwSignal<Options>,
    /// A key that is not this screen's alone.
    pub command: Callback<Command>,
}

/// Listens to the connection's screen.
pub fn listen(connection: &Rc<Connection>, asked: Asked) -> On {
    let this = || Rc::downgrade(connection);
    let gesture_at = Rc::new(Cell::new(None));
    let mut on = On::default();
    on.on("data", data(this()));
    on.on("room", room(this()));
    on.on("key", key(this(), asked.command));
    on.on("paste", paste(this()));
    on.on("selected", selected(asked.options));
    on.on("found", found(this()));
    on.on("bell", ring(this()));
    on.on("osc", osc(this(), Rc::clone(&gesture_at)));
    on.on(
        "gesture",
        Closure::<dyn Fn()>::new(move || gesture_at.set(Some(now()))),
    );
    on
}

fn data(this: Weak<Connection>) -> Closure<dyn Fn(Uint8Array)> {
    Closure::new(move |bytes: Uint8Array| {
        let Some(this) = this.upgrade() else { return };
        let bytes = bytes.to_vec();
        this.state.read_notice();
        let held = this.state.held.try_get_untracked().unwrap_or_default();
        match str::from_utf8(&bytes) {
            Ok(text) if held.any() && !is_reply(&bytes) => {
                this.state.held.set(Held::default());
                this.typed(&with_held(text, held));
            }
            Ok(_) | Err(_) => this.typed(&bytes),
        }
    })
}

fn room(this: Weak<Connection>) -> Closure<dyn Fn(u16, u16)> {
    Closure::new(move |cols, rows| {
        if let Some(this) = this.upgrade() {
            this.has_room(cols, rows);
        }
    })
}

/// Returns whether the key was the page's.
fn key(
    this: Weak<Connection>,
    command: Callback<Command>,
) -> Closure<dyn Fn(KeyboardEvent) -> bool> {
    Closure::new(move |event: KeyboardEvent| {
        if let Some(this) = this.upgrade().filter(|this| this.is_watching()) {
            match watched(&event.key()) {
                Watched::Leaves => return true,
                Watched::Types if !event.ctrl_key() && event.type_() == "keydown" => {
                    this.state.notice.try_set(Some(WATCHING.to_owned()));
                }
                Watched::Types | Watched::Else => {}
            }
        }
        let with_both = event.ctrl_key() && event.shift_key();
        if !with_both || event.alt_key() || event.meta_key() {
            return false;
        }
        let (key, code) = (event.key(), event.code());
        let press = Press {
            key: &key,
            code: &code,
        };
        let Some(meant) = Command::of(press) else {
            return false;
        };
        if meant != Command::Paste {
            event.prevent_default();
        }
        if event.type_() == "keydown"
            && let Some(this) = this.upgrade()
        {
            perform(&this, meant, command);
        }
        true
    })
}

/// What is said to who types into what they may only watch.
const WATCHING: &str = "You only watch this terminal: what you type goes nowhere.";

/// What a key would do on a screen that takes none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Watched {
    /// It would type.
    Types,
    /// It goes on to the next thing on the page, as nothing here wants it.
    Leaves,
    /// It is for the screen, or for nothing.
    Else,
}

fn watched(key: &str) -> Watched {
    match key {
        "Tab" => Watched::Leaves,
        "Enter" | "Backspace" | "Delete" => Watched::Types,
        key if key.chars().count() == 1 => Watched::Types,
        _ => Watched::Else,
    }
}

/// Does what a key means.
fn perform(this: &Connection, meant: Command, page: Callback<Command>) {
    let Some(screen) = this.screen() else { return };
    match meant {
        Command::Copy => {
            let text = screen.selection();
            if !text.is_empty() {
                drop(xterm::copy(&text));
            }
        }
        // the browser tells of it in an event of its own
        Command::Paste => {}
        Command::Search => this.state.searching.set(true),
        Command::PromptAbove => screen.jump(-1),
        Command::PromptBelow => screen.jump(1),
        Command::Larger
        | Command::Smaller
        | Command::ScreenReader
        | Command::Leave
        | Command::Split
        | Command::Right
        | Command::Left => page.run(meant),
    }
}

fn paste(this: Weak<Connection>) -> Closure<dyn Fn(String, bool)> {
    Closure::new(move |text: String, is_bracketed: bool| {
        let Some(this) = this.upgrade() else { return };
        if this.is_watching() {
            this.state.notice.try_set(Some(WATCHING.to_owned()));
            return;
        }
        let taking = if is_bracketed {
            Taking::Bracketed
        } else {
            Taking::Keys
        };
        this.state.held.set(Held::default());
        match decide(&text, taking) {
            Paste::Straight(text) => {
                if let Some(screen) = this.screen() {
                    screen.paste(&text);
                }
            }
            Paste::Ask(question) => this.state.question.set(Some(question)),
        }
    })
}

fn selected(options: RwSignal<Options>) -> Closure<dyn Fn(String)> {
    Closure::new(move |text: String| {
        let copies = options
            .try_with_untracked(|options| options.copies_on_select)
            .unwrap_or(false);
        if copies {
            drop(xterm::copy(&text));
        }
    })
}

fn found(this: Weak<Connection>) -> Closure<dyn Fn(i32, u32)> {
    Closure::new(move |index, count| {
        if let Some(this) = this.upgrade() {
            this.state.found.try_set(Some(Found { index, count }));
        }
    })
}

fn ring(this: Weak<Connection>) -> Closure<dyn Fn()> {
    Closure::new(move || {
        let Some(this) = this.upgrade().filter(|this| !this.is_replaying()) else {
            return;
        };
        bell::mark_title();
        this.state.rings.set(true);
        spawn_local(async move {
            TimeoutFuture::new(BELL_MS).await;
            this.state.rings.try_set(false);
        });
    })
}

fn osc(this: Weak<Connection>, gesture_at: Rc<Cell<Option<f64>>>) -> Closure<dyn Fn(u32, String)> {
    Closure::new(move |number: u32, text: String| {
        let Some(this) = this.upgrade() else { return };
        let is_live = !this.is_replaying();
        match number {
            7 => this.state.shell.update(|shell| shell.moved(&text)),
            133 => {
                let Some(mark) = ShellMark::of(&text) else {
                    return;
                };
                let at = is_live.then(now);
                this.state.shell.update(|shell| {
                    shell.typed(&text);
                    shell.mark(mark, at);
                });
                if mark == ShellMark::Output {
                    this.state.has_output.set(true);
                }
            }
            7717 if is_live => {
                // one gesture means one download
                let is_meant = is_meant(gesture_at.take(), now());
                if let Some(wish) = Wish::of(&text, is_meant) {
                    this.state.wish(wish);
                }
            }
            52 if is_live => {
                if let Some(text) = copied(&text) {
                    spawn_local(offer(this, text, gesture_at.get()));
                }
            }
            _ => {}
        }
    })
}

/// Copies what a program wants to be copied, when the person seems to want it; else asks.
async fn offer(this: Rc<Connection>, text: String, gesture_at: Option<f64>) {
    let is_copied = is_meant(gesture_at, now())
        && JsFuture::from(xterm::copy(&text))
            .await
            .is_ok_and(|done| done.is_truthy());
    if !is_copied {
        this.state.offer.try_set(Some(text));
    }
}

#[cfg(test)]
mod tests {
    use super::{Watched, watched};

    #[test]
    fn who_only_watches_is_told_so_when_a_key_would_type() {
        for key in ["a", "é", "Enter", "Backspace"] {
            assert_eq!(watched(key), Watched::Types, "{key}");
        }
        for key in ["Shift", "PageUp", "F5", "ArrowUp"] {
            assert_eq!(watched(key), Watched::Else, "{key}");
        }
        assert_eq!(watched("Tab"), Watched::Leaves);
    }
}
