//! A terminal's websocket, joined to its screen.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Uint8Array};
use leptos::{prelude::*, task::spawn_local};
use shared::{
    paths,
    terminal::{HostFrame, Role},
};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlElement;

use super::{
    events,
    options::Options,
    pane_state::{PaneState, Status},
    pulse::{Beat, Pulse},
    socket::{Socket, SocketEvent},
    stream::{Effect, Mark, Stream},
    way::{Answer, Way},
    xterm::{self, On, Screen},
};
use crate::{
    live::{address, delay_ms},
    routes,
};

/// What is parsed is acknowledged this soon.
const ACK_MS: u32 = 50;
/// How often the pulse is looked at.
const TICK_MS: u32 = 500;
/// A connection that does not attach for so long is given up.
const ATTACHING_MS: f64 = 10_000.0;
/// A connection that was attached for so long was a good one: the next is tried at once.
const GOOD_MS: f64 = 2_000.0;

/// The host closes a page so whose login counts no longer: a policy forbids it (RFC 6455, section
/// 7.4.1).
const SIGNED_OUT: u16 = 1008;

/// A terminal's websocket, joined to its screen.
pub struct Connection {
    way: Way,
    pub(super) state: PaneState,
    stream: RefCell<Stream>,
    screen: RefCell<Option<Screen>>,
    on: RefCell<On>,
    socket: RefCell<Option<Socket>>,
    /// Of the connection that is attached.
    pulse: RefCell<Option<Pulse>>,
    /// When the connection was begun, or attached.
    since: Cell<f64>,
    attempt: Cell<u32>,
    /// Counts connections, so that a planned one does not come after a later one.
    round: Cell<u32>,
    room: Cell<(u16, u16)>,
    acks_soon: Cell<bool>,
    over: Cell<bool>,
}

impl Connection {
    /// Shows the screen in `host` and attaches it to the terminal.
    pub async fn open(
        way: Way,
        host: &HtmlElement,
        state: PaneState,
        options: Options,
        events: events::Asked,
    ) -> Result<Rc<Self>, JsValue> {
        let this = Rc::new(Self {
            way,
            state,
            stream: RefCell::new(Stream::new(some_number())),
            screen: RefCell::default(),
            on: RefCell::default(),
            socket: RefCell::default(),
            pulse: RefCell::default(),
            since: Cell::new(now()),
            attempt: Cell::new(0),
            round: Cell::new(0),
            room: Cell::new((80, 24)),
            acks_soon: Cell::new(false),
            over: Cell::new(false),
        });
        let on = events::listen(&this, events);
        let set: Array = [
            JsValue::from(options.font_size),
            options.serves_screen_reader.into(),
        ]
        .into_iter()
        .collect();
        let shown = xterm::show(host, on.object(), &set);
        this.on.replace(on);
        let screen: Screen = JsFuture::from(shown).await?.unchecked_into();
        this.measure(&screen);
        this.screen.replace(Some(screen));
        this.connect();
        this.tick();
        Ok(this)
    }

    /// Leaves the terminal; its shell goes on.
    pub fn close(&self) {
        self.over.set(true);
        self.socket.take();
        if let Some(screen) = self.screen.take() {
            screen.close();
        }
    }

    /// The screen, while it is shown.
    pub fn screen(&self) -> Option<Screen> {
        self.screen.borrow().clone()
    }

    /// Whether what is being parsed was written before this page came.
    pub fn is_replaying(&self) -> bool {
        self.stream.borrow().is_replaying()
    }

    /// Whether this page may only watch.
    pub fn is_watching(&self) -> bool {
        let status = self.state.status.try_get_untracked();
        status == Some(Status::Attached(Role::View))
    }

    /// Types bytes.
    pub fn typed(&self, bytes: &[u8]) {
        let frames = self.stream.borrow_mut().typed(bytes);
        frames.iter().for_each(|frame| self.send(frame));
    }

    /// There is room for this size.
    pub fn has_room(&self, cols: u16, rows: u16) {
        if self.room.replace((cols, rows)) != (cols, rows) && self.pulse.borrow().is_some() {
            let frame = shared::terminal::PageFrame::Resize { cols, rows };
            self.send(&frame.encode());
        }
    }

    /// There is nothing more to connect to; what is on the screen stays.
    pub fn end(&self, status: Status) {
        if !self.over.replace(true) {
            self.state.status.try_set(status);
            self.state.round_trip.try_set(None);
        }
        self.socket.take();
    }

    /// Drops the connection and makes another at once.
    pub fn reconnect(self: &Rc<Self>) {
        if !self.over.get() {
            self.attempt.set(0);
            self.state.status.try_set(Status::Reconnecting);
            self.connect();
        }
    }

    /// The page is looked at again.
    pub fn woke(self: &Rc<Self>) {
        let beat = self.pulse.borrow_mut().as_mut().map(|p| p.woke(now()));
        match beat {
            Some(beat) => self.beat(beat),
            None => self.reconnect(),
        }
    }

    fn measure(&self, screen: &Screen) {
        let Some(room) = screen.room() else { return };
        let of = |at| room.get(at).as_f64().map_or(1, |n| n as u16);
        self.room.set((of(0), of(1)));
    }

    fn connect(self: &Rc<Self>) {
        self.round.set(self.round.get() + 1);
        self.since.set(now());
        self.pulse.take();
        match self.way {
            Way::Own(id) => self.join(&paths::terminal_socket(id)),
            Way::Link(link) => {
                self.socket.take();
                let (this, round) = (Rc::clone(self), self.round.get());
                spawn_local(async move {
                    let answer = link.ask().await;
                    if this.over.get() || this.round.get() != round {
                        return;
                    }
                    match answer {
                        Answer::Path(path) => this.join(&path),
                        Answer::Later => this.retry(),
                        Answer::Never => this.end(Status::LinkOver),
                    }
                });
            }
        }
    }

    fn join(self: &Rc<Self>, path: &str) {
        let address = address(&routes::server(), path);
        let this = Rc::downgrade(self);
        let socket = Socket::open(&address, move |event| {
            if let Some(this) = this.upgrade() {
                this.heard(event);
            }
        });
        let is_refused = socket.is_none();
        self.socket.replace(socket);
        if is_refused {
            self.retry();
        }
    }

    fn heard(self: &Rc<Self>, event: SocketEvent) {
        match event {
            SocketEvent::Open => {
                let (cols, rows) = self.room.get();
                let frame = self.stream.borrow_mut().attach(cols, rows);
                self.send(&frame);
            }
            SocketEvent::Frame(frame) => self.receive(&frame),
            // who came by a link asks whether it leads anywhere still
            SocketEvent::Closed(SIGNED_OUT) if matches!(self.way, Way::Own(_)) => {
                self.end(Status::SignedOut);
            }
            SocketEvent::Closed(_) => self.retry(),
        }
    }

    fn retry(self: &Rc<Self>) {
        if self.over.get() {
            return;
        }
        let was_good = self.pulse.take().is_some() && now() - self.since.get() > GOOD_MS;
        let attempt = if was_good { 0 } else { self.attempt.get() + 1 };
        self.attempt.set(attempt);
        self.state.status.try_set(Status::Reconnecting);
        let (this, round) = (Rc::clone(self), self.round.get());
        spawn_local(async move {
            TimeoutFuture::new(delay_ms(attempt, js_sys::Math::random())).await;
            if !this.over.get() && this.round.get() == round {
                this.connect();
            }
        });
    }

    fn tick(self: &Rc<Self>) {
        let this = Rc::clone(self);
        spawn_local(async move {
            while !this.over.get() {
                if !document().hidden() {
                    this.look();
                }
                TimeoutFuture::new(TICK_MS).await;
            }
        });
    }

    fn look(self: &Rc<Self>) {
        let beat = self.pulse.borrow_mut().as_mut().map(|p| p.tick(now()));
        match beat {
            Some(beat) => self.beat(beat),
            None if now() - self.since.get() > ATTACHING_MS && self.socket.take().is_some() => {
                self.retry();
            }
            None => {}
        }
    }

    fn beat(self: &Rc<Self>, beat: Option<Beat>) {
        match beat {
            Some(Beat::Ping) => {
                let ping = self.stream.borrow_mut().ping();
                self.send(&ping);
            }
            Some(Beat::Reconnect) => self.reconnect(),
            None => {}
        }
    }

    fn send(&self, frame: &[u8]) {
        if let Some(socket) = self.socket.borrow().as_ref() {
            socket.send(frame);
        }
    }

    fn receive(self: &Rc<Self>, frame: &[u8]) {
        if let Some(pulse) = self.pulse.borrow_mut().as_mut() {
            pulse.heard(now());
        }
        // A frame of a newer host that this page does not know is passed over.
        let Ok(frame) = HostFrame::decode(frame) else {
            return;
        };
        let effects = self.stream.borrow_mut().receive(&frame);
        effects.into_iter().for_each(|effect| self.perform(effect));
    }

    fn perform(self: &Rc<Self>, effect: Effect) {
        let Some(screen) = self.screen() else { return };
        match effect {
            Effect::Attached(role) => self.attached(&screen, role),
            Effect::Reset => screen.reset(),
            Effect::Size { cols, rows } => screen.resize(cols, rows),
            Effect::Send(frame) => self.send(&frame),
            Effect::Write { bytes, mark } => self.write(&screen, &bytes, mark),
            Effect::Notice(text) => {
                self.state.notice.try_set(Some(text));
            }
            Effect::Pong => {
                let took = self
                    .pulse
                    .borrow_mut()
                    .as_mut()
                    .and_then(|p| p.answered(now()));
                self.state.round_trip.try_set(took);
            }
            Effect::Ended(code) => self.end(Status::Ended(code)),
        }
    }

    fn attached(&self, screen: &Screen, role: Role) {
        self.since.set(now());
        self.pulse.replace(Some(Pulse::begin(now())));
        self.state.status.try_set(Status::Attached(role));
        self.state.notice.try_set(None);
        screen.watch_only(role == Role::View);
    }

    fn write(self: &Rc<Self>, screen: &Screen, bytes: &[u8], mark: Mark) {
        let this = Rc::clone(self);
        let parsed = Closure::once_into_js(move || {
            let ack = this.stream.borrow_mut().parsed(mark);
            match ack {
                Some(ack) => this.send(&ack),
                None => this.ack_soon(),
            }
        });
        screen.write(&Uint8Array::from(bytes), parsed.unchecked_ref());
    }

    fn ack_soon(self: &Rc<Self>) {
        if self.acks_soon.replace(true) {
            return;
        }
        let this = Rc::clone(self);
        spawn_local(async move {
            TimeoutFuture::new(ACK_MS).await;
            this.acks_soon.set(false);
            let ack = this.stream.borrow_mut().ack();
            if let Some(ack) = ack {
                this.send(&ack);
            }
        });
    }
}

/// Milliseconds since the page was loaded.
pub fn now() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// A number that no other page has chosen.
fn some_number() -> u64 {
    let half = || (js_sys::Math::random() * 4_294_967_296.0) as u64;
    half() << 32 | half()
}
