//! A recording that is played on a screen.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use shared::{Problem, RecordingId};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlElement;

use super::tape::{Pauses, Tape};
use crate::{
    live::server,
    terminals::{On, Screen, now, show},
};

/// How often more is shown.
const FRAME_MS: u32 = 33;
/// More than this at once is not written but drawn by the server.
const LEAP_BYTES: u64 = 512 << 10;
/// The size of letters where there is room.
const FONT_SIZE: u8 = 14;
/// And where there is little.
const SMALLEST_FONT: u8 = 6;
/// A page that slept goes on where it was.
const LONGEST_FRAME_MS: f64 = 250.0;

/// What a person sees and sets.
#[derive(Clone, Copy)]
pub struct Controls {
    /// Whether it plays.
    pub is_playing: RwSignal<bool>,
    /// Where it is, in milliseconds.
    pub at_ms: RwSignal<f64>,
    /// How fast.
    pub speed: RwSignal<f64>,
    /// What becomes of pauses.
    pub pauses: RwSignal<Pauses>,
    /// Where to go first, once it is known when what was written.
    pub first: StoredValue<(f64, String)>,
    /// Where to go, in milliseconds, and what to find there.
    pub wanted: RwSignal<Option<(f64, String)>>,
    /// When what was written.
    pub tape: RwSignal<Tape>,
    /// Why it is not shown.
    pub problem: RwSignal<Option<Problem>>,
}

impl Controls {
    /// Those of a recording that begins somewhere.
    pub fn at(at_ms: f64, text: String) -> Self {
        Self {
            is_playing: RwSignal::new(false),
            at_ms: RwSignal::new(at_ms),
            speed: RwSignal::new(1.0),
            pauses: RwSignal::new(Pauses::Skipped),
            first: StoredValue::new((at_ms, text)),
            wanted: RwSignal::new(None),
            tape: RwSignal::new(Tape::default()),
            problem: RwSignal::new(None),
        }
    }

    /// Goes somewhere.
    pub fn seek(self, at_ms: f64) {
        self.find(at_ms, String::new());
    }

    /// Goes where a text is.
    pub fn find(self, at_ms: f64, text: String) {
        let at_ms = at_ms.clamp(0.0, self.tape.with_untracked(Tape::duration_ms));
        self.at_ms.set(at_ms);
        self.wanted.set(Some((at_ms, text)));
    }

    /// Plays, or pauses; from the beginning at the end.
    pub fn toggle(self) {
        let is_over = self.at_ms.get_untracked() >= self.tape.with_untracked(Tape::duration_ms);
        if is_over && !self.is_playing.get_untracked() {
            self.seek(0.0);
        }
        self.is_playing
            .update(|is_playing| *is_playing = !*is_playing);
    }
}

/// A recording that is played on a screen.
pub struct Playback {
    id: RecordingId,
    controls: Controls,
    screen: Screen,
    _on: On,
    size: Cell<(u16, u16)>,
    /// The offset after what is on the screen.
    at: Cell<u64>,
    /// What comes after it.
    ahead: RefCell<Vec<u8>>,
    is_over: Cell<bool>,
}

impl Playback {
    /// Shows the screen in `host`.
    pub async fn open(
        id: RecordingId,
        host: &HtmlElement,
        controls: Controls,
    ) -> Result<Rc<Self>, JsValue> {
        let mut on = On::default();
        for name in [
            "data", "bell", "found", "osc", "gesture", "paste", "selected", "room",
        ] {
            on.on(name, Closure::<dyn Fn()>::new(|| {}));
        }
        // all keys are the player's
        on.on("key", Closure::<dyn Fn() -> bool>::new(|| true));
        let set: Array = [JsValue::from(FONT_SIZE), false.into()]
            .into_iter()
            .collect();
        let shown = show(host, on.object(), &set);
        let screen: Screen = JsFuture::from(shown).await?.unchecked_into();
        screen.watch_only(true);
        Ok(Rc::new(Self {
            id,
            controls,
            screen,
            _on: on,
            size: Cell::new((0, 0)),
            at: Cell::new(0),
            ahead: RefCell::default(),
            is_over: Cell::new(false),
        }))
    }

    /// Takes it off the page.
    pub fn close(&self) {
        if !self.is_over.replace(true) {
            self.screen.close();
        }
    }

    /// Plays until it is closed.
    pub async fn run(self: Rc<Self>) {
        let mut last = now();
        while !self.is_over.get() {
            let shown = match self.controls.wanted.try_update(Option::take).flatten() {
                Some((at_ms, text)) => self.go_to(at_ms, &text).await,
                None => self.step(now() - last).await,
            };
            last = now();
            if let Err(problem) = shown {
                self.controls.is_playing.try_set(false);
                self.controls.problem.try_set(Some(problem));
            }
            TimeoutFuture::new(FRAME_MS).await;
        }
    }

    async fn step(&self, passed_ms: f64) -> Result<(), Problem> {
        let Controls {
            is_playing,
            at_ms,
            speed,
            pauses,
            tape,
            ..
        } = self.controls;
        if is_playing.try_get_untracked() != Some(true) {
            return Ok(());
        }
        let played = passed_ms.min(LONGEST_FRAME_MS) * speed.get_untracked();
        let (before, pauses) = (at_ms.get_untracked(), pauses.get_untracked());
        let (next, until, end) = tape.with_untracked(|tape| {
            let next = tape.advance(before, played, pauses);
            (next, tape.shown_until(next), tape.duration_ms())
        });
        self.show_until(until).await?;
        // a person may have gone elsewhere meanwhile
        if self.controls.wanted.with_untracked(Option::is_none) {
            at_ms.try_set(next);
            if next >= end {
                is_playing.try_set(false);
            }
        }
        Ok(())
    }

    async fn go_to(&self, at_ms: f64, text: &str) -> Result<(), Problem> {
        let until = self
            .controls
            .tape
            .with_untracked(|tape| tape.shown_until(at_ms));
        self.draw(until).await?;
        match text {
            "" => {
                self.screen.forget();
                self.screen.to_end();
            }
            text => self.screen.find(text, 0),
        }
        self.controls.problem.try_set(None);
        Ok(())
    }

    /// Has the server draw the screen as it was at an offset.
    async fn draw(&self, offset: u64) -> Result<(), Problem> {
        // numbers of JSON that all programs read
        let offset = offset.min((1 << 53) - 1);
        let screen = client::recordings::screen(&server()?, self.id, offset).await?;
        if self.is_over.get() {
            return Ok(());
        }
        self.screen.reset();
        self.resize((screen.cols, screen.rows));
        self.write(&screen.bytes).await;
        self.at.set(screen.offset);
        self.ahead.borrow_mut().clear();
        Ok(())
    }

    async fn show_until(&self, until: u64) -> Result<(), Problem> {
        while self.at.get() < until && !self.is_over.get() {
            let at = self.at.get();
            if until != u64::MAX && until - at > LEAP_BYTES {
                return self.draw(until).await;
            }
            if self.ahead.borrow().is_empty() {
                let data = client::recordings::data(&server()?, self.id, at).await?;
                if data.bytes.is_empty() {
                    return Ok(());
                }
                if data.offset > at {
                    // what is missing is passed over
                    self.draw(data.offset).await?;
                    continue;
                }
                self.ahead.replace(data.bytes);
            }
            self.write_ahead(until).await;
        }
        Ok(())
    }

    async fn write_ahead(&self, until: u64) {
        let at = self.at.get();
        let (size, next) = self
            .controls
            .tape
            .with_untracked(|tape| (tape.size_at(at), tape.next_size(at)));
        self.resize(size);
        let most = usize::try_from(until.min(next) - at).unwrap_or(usize::MAX);
        let piece: Vec<u8> = {
            let mut ahead = self.ahead.borrow_mut();
            let count = most.min(ahead.len());
            ahead.drain(..count).collect()
        };
        self.write(&piece).await;
        self.at.set(at + piece.len() as u64);
    }

    fn resize(&self, size: (u16, u16)) {
        if self.size.replace(size) == size {
            return;
        }
        self.screen.set(FONT_SIZE, false);
        let room = self.screen.room();
        let room = room.and_then(|room| room.get(0).as_f64());
        if let Some(room) = room
            && room < f64::from(size.0)
        {
            let fits = (f64::from(FONT_SIZE) * room / f64::from(size.0)).floor();
            self.screen.set((fits as u8).max(SMALLEST_FONT), false);
        }
        self.screen.resize(size.0, size.1);
    }

    /// Writes, and returns once that is on the screen.
    async fn write(&self, bytes: &[u8]) {
        let parsed = js_sys::Promise::new(&mut |done, _| {
            self.screen.write(&Uint8Array::from(bytes), &done);
        });
        // it is never refused
        JsFuture::from(parsed).await.ok();
    }
}
