//! The tries that need a browser: a websocket that hears words, and gets back what it sends.

use std::{cell::RefCell, rc::Rc};

use gloo_timers::future::TimeoutFuture;
use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::window;
use shared::{
    paths,
    self_test::{LARGEST_MESSAGE_BYTES, WORD_EVERY_MS, WORDS},
};
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{BinaryType, MessageEvent, WebSocket};

use super::view::Words;
use crate::{live::address, routes};

/// How long anything may take that is waited for, in milliseconds.
const PATIENCE_MS: f64 = 10_000.0;
/// How often it is looked, in milliseconds.
const GLANCE_MS: u32 = 5;

/// What a socket has heard.
#[derive(Debug, Default)]
struct Heard {
    words: Words,
    echoes: Vec<Vec<u8>>,
}

/// A websocket of the self-test's; it ends when it is dropped.
pub struct Probe {
    socket: WebSocket,
    began: f64,
    heard: Rc<RefCell<Heard>>,
    _on_message: Closure<dyn Fn(MessageEvent)>,
}

/// Milliseconds since the page began.
pub fn now() -> f64 {
    window()
        .performance()
        .map(|performance| performance.now())
        .unwrap_or_default()
}

impl Probe {
    /// Opens one, and says how long it took; none where none opens.
    pub async fn open() -> Option<(Self, f64)> {
        let began = now();
        let address = address(&routes::server(), paths::SELF_TEST_SOCKET);
        let socket = WebSocket::new(&address).ok()?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let heard = Rc::new(RefCell::new(Heard::default()));
        let hears = heard.clone();
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let mut heard = hears.borrow_mut();
            match event.data().dyn_into::<ArrayBuffer>() {
                Ok(buffer) => heard.echoes.push(Uint8Array::new(&buffer).to_vec()),
                Err(_) => heard.words.0.push(now() - began),
            }
        });
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let probe = Self {
            socket,
            began,
            heard,
            _on_message: on_message,
        };
        let opening = || probe.socket.ready_state() == WebSocket::CONNECTING;
        until(|| !opening()).await;
        let took = now() - probe.began;
        probe.is_open().then_some((probe, took))
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.socket.ready_state() == WebSocket::OPEN
    }

    /// The words that it says by itself.
    pub async fn words(&self) -> Words {
        until(|| self.heard.borrow().words.0.len() >= WORDS || !self.is_open()).await;
        self.heard.borrow().words.clone()
    }

    /// How long a small message takes there and back, the median of some, in milliseconds.
    pub async fn round_trip(&self) -> Option<f64> {
        let mut trips = Vec::new();
        for number in 0..9u8 {
            let began = now();
            self.echo(&[number]).await?;
            trips.push(now() - began);
        }
        trips.sort_by(f64::total_cmp);
        trips.get(trips.len() / 2).copied()
    }

    /// Whether a message as large as they get comes back as it was; none if it doesn't.
    pub async fn large(&self) -> Option<bool> {
        let sent: Vec<u8> = (0..LARGEST_MESSAGE_BYTES)
            .map(|at| (at % 251) as u8)
            .collect();
        let back = self.echo(&sent).await?;
        Some(back == sent)
    }

    async fn echo(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.heard.borrow_mut().echoes.clear();
        self.socket.send_with_u8_array(bytes).ok()?;
        until(|| !self.heard.borrow().echoes.is_empty() || !self.is_open()).await;
        self.heard.borrow_mut().echoes.pop()
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        // closing twice is the only refusal, and harmless
        self.socket.close().ok();
    }
}

/// How often the socket says a word, in milliseconds.
pub fn word_every_ms() -> f64 {
    WORD_EVERY_MS as f64
}

async fn until(holds: impl Fn() -> bool) {
    let began = now();
    while !holds() && now() - began < PATIENCE_MS {
        TimeoutFuture::new(GLANCE_MS).await;
    }
}
