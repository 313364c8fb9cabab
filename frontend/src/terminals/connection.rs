//! A terminal's websocket, joined to its screen.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_timers::future::TimeoutFuture;
use js_sys::{ArrayBuffer, Uint8Array};
use leptos::{prelude::*, task::spawn_local};
use shared::{
    TerminalId, paths,
    terminal::{HostFrame, PageFrame},
};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{BinaryType, HtmlElement, MessageEvent, WebSocket};

use super::{
    stream::{Effect, Stream, is_reply},
    xterm::{self, Screen},
};
use crate::live::{address, delay_ms};

/// Output that arrives this soon after attaching is taken for a replay.
const REPLAY_MS: u32 = 500;

/// How the connection is, for the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Not attached yet.
    Connecting,
    /// Attached.
    Attached,
    /// Trying again.
    Reconnecting,
    /// The host says a sentence.
    Notice(String),
    /// The shell ended.
    Ended(i32),
    /// xterm.js could not be shown.
    NoScreen,
}

impl Status {
    /// The status in words.
    pub fn words(&self) -> String {
        match self {
            Self::Connecting => "Connecting…".into(),
            Self::Attached => "Connected".into(),
            Self::Reconnecting => "Connection lost. Trying again…".into(),
            Self::Notice(text) => text.clone(),
            Self::Ended(code) => format!("The shell ended with exit code {code}."),
            Self::NoScreen => "The terminal could not be shown. Reload the page.".into(),
        }
    }
}

type OnInput = Closure<dyn Fn(Uint8Array)>;
type OnResize = Closure<dyn Fn(u16, u16)>;

/// A terminal's websocket, joined to its screen.
pub struct Connection {
    id: TerminalId,
    status: RwSignal<Status>,
    stream: RefCell<Stream>,
    screen: RefCell<Option<Screen>>,
    socket: RefCell<Option<WebSocket>>,
    listeners: RefCell<Option<(OnInput, OnResize)>>,
    replaying: Cell<bool>,
    over: Cell<bool>,
}

impl Connection {
    /// Shows the screen in `host` and attaches it to the terminal.
    pub async fn open(
        id: TerminalId,
        host: &HtmlElement,
        status: RwSignal<Status>,
    ) -> Result<Rc<Self>, JsValue> {
        let this = Rc::new(Self {
            id,
            status,
            stream: RefCell::default(),
            screen: RefCell::default(),
            socket: RefCell::default(),
            listeners: RefCell::default(),
            replaying: Cell::new(false),
            over: Cell::new(false),
        });
        let input = Rc::downgrade(&this);
        let on_input = OnInput::new(move |bytes: Uint8Array| {
            if let Some(this) = input.upgrade() {
                this.typed(&bytes.to_vec());
            }
        });
        let resize = Rc::downgrade(&this);
        let on_resize = OnResize::new(move |cols, rows| {
            if let Some(this) = resize.upgrade() {
                this.send(&PageFrame::Resize { cols, rows }.encode());
            }
        });
        let shown = xterm::show(
            host,
            on_input.as_ref().unchecked_ref(),
            on_resize.as_ref().unchecked_ref(),
        );
        let screen: Screen = JsFuture::from(shown).await?.unchecked_into();
        screen.focus();
        this.screen.replace(Some(screen));
        this.listeners.replace(Some((on_input, on_resize)));
        this.connect(0);
        Ok(this)
    }

    /// Leaves the terminal; its shell goes on.
    pub fn close(&self) {
        self.over.set(true);
        if let Some(socket) = self.socket.take() {
            socket.set_onmessage(None);
            // Closing twice is the only refusal, and harmless.
            socket.close().ok();
        }
        if let Some(screen) = self.screen.take() {
            screen.close();
        }
    }

    fn connect(self: &Rc<Self>, attempt: u32) {
        let origin = window().location().origin().unwrap_or_default();
        let Ok(socket) = WebSocket::new(&address(&origin, &paths::terminal_socket(self.id))) else {
            return self.retry(attempt);
        };
        socket.set_binary_type(BinaryType::Arraybuffer);
        let opened = Rc::new(Cell::new(false));
        let (this, is_open) = (Rc::clone(self), Rc::clone(&opened));
        let on_open = Closure::once_into_js(move || {
            is_open.set(true);
            this.attach();
        });
        let this = Rc::downgrade(self);
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            let buffer = message.data().dyn_into::<ArrayBuffer>();
            if let (Some(this), Ok(buffer)) = (this.upgrade(), buffer) {
                this.receive(&Uint8Array::new(&buffer).to_vec());
            }
        });
        let this = Rc::clone(self);
        let on_close = Closure::once_into_js(move || {
            this.retry(if opened.get() { 0 } else { attempt + 1 });
        });
        socket.set_onopen(Some(on_open.unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.unchecked_ref()));
        // The socket holds it for as long as the browser holds the socket.
        on_message.forget();
        self.socket.replace(Some(socket));
    }

    fn retry(self: &Rc<Self>, attempt: u32) {
        if self.over.get() {
            return;
        }
        self.status.try_set(Status::Reconnecting);
        let this = Rc::clone(self);
        spawn_local(async move {
            TimeoutFuture::new(delay_ms(attempt, js_sys::Math::random())).await;
            if !this.over.get() {
                this.connect(attempt);
            }
        });
    }

    fn attach(&self) {
        let size = self
            .screen
            .borrow()
            .as_ref()
            .map(|screen| (screen.cols(), screen.rows()));
        if let Some((cols, rows)) = size {
            let frame = self.stream.borrow_mut().attach(cols, rows);
            self.send(&frame);
        }
    }

    fn send(&self, frame: &[u8]) {
        let socket = self.socket.borrow();
        let open = socket
            .as_ref()
            .filter(|socket| socket.ready_state() == WebSocket::OPEN);
        if let Some(socket) = open {
            // A frame that a dying socket refuses is sent again after attaching anew.
            socket.send_with_u8_array(frame).ok();
        }
    }

    fn typed(&self, bytes: &[u8]) {
        if self.replaying.get() && is_reply(bytes) {
            return;
        }
        let frames = self.stream.borrow_mut().typed(bytes);
        frames.iter().for_each(|frame| self.send(frame));
    }

    fn receive(self: &Rc<Self>, frame: &[u8]) {
        // A frame of a newer host that this page does not know is passed over.
        let Ok(frame) = HostFrame::decode(frame) else {
            return;
        };
        if matches!(frame, HostFrame::Attached { .. }) {
            self.status.try_set(Status::Attached);
            self.begin_replay();
        }
        let effects = self.stream.borrow_mut().receive(&frame);
        effects.into_iter().for_each(|effect| self.perform(effect));
    }

    fn begin_replay(self: &Rc<Self>) {
        self.replaying.set(true);
        let this = Rc::clone(self);
        spawn_local(async move {
            TimeoutFuture::new(REPLAY_MS).await;
            this.replaying.set(false);
        });
    }

    fn perform(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::Reset => {
                if let Some(screen) = self.screen.borrow().as_ref() {
                    screen.reset();
                }
            }
            Effect::Send(frame) => self.send(&frame),
            Effect::Write { bytes, seq } => self.write(&bytes, seq),
            Effect::Notice(text) => {
                self.status.try_set(Status::Notice(text));
            }
            Effect::Ended(code) => {
                self.over.set(true);
                self.status.try_set(Status::Ended(code));
            }
        }
    }

    fn write(self: &Rc<Self>, bytes: &[u8], seq: u64) {
        let this = Rc::clone(self);
        let parsed = Closure::once_into_js(move || {
            let ack = this.stream.borrow_mut().parsed(seq);
            if let Some(ack) = ack {
                this.send(&ack);
            }
        });
        if let Some(screen) = self.screen.borrow().as_ref() {
            screen.write(&Uint8Array::from(bytes), parsed.unchecked_ref());
        }
    }
}
