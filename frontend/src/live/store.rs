//! The signed-in account's lists, kept fresh by the server's events.

use std::{collections::BTreeMap, rc::Rc};

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use shared::{
    Application, Deployment, Event, Health, Infrastructure, Instant, Recording, Terminal, paths,
};
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use super::{Loaded, Reading, address, delay_ms, loaded::upsert, read, server};
use crate::routes;

/// How often "3 min ago" is counted anew.
const CLOCK_MS: u32 = 5_000;

/// The server closes so what is shown by a login that counts no longer: a policy forbids it (RFC 6455,
/// section 7.4.1).
const SIGNED_OUT: u16 = 1008;

type Listener = Rc<dyn Fn(&Event)>;

/// Whether the server's events arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// Not yet.
    Opening,
    /// They do.
    Open,
    /// They did; the page tries again.
    Lost,
    /// They did, until this browser was signed out.
    SignedOut,
}

/// The signed-in account's lists, and whether they are live.
#[derive(Clone, Copy)]
pub struct Live {
    /// All applications.
    pub applications: Reading<Vec<Application>>,
    /// All infrastructures.
    pub infrastructures: Reading<Vec<Infrastructure>>,
    /// The history.
    pub deployments: Reading<Vec<Deployment>>,
    /// All terminals.
    pub terminals: Reading<Vec<Terminal>>,
    /// All recordings.
    pub recordings: Reading<Vec<Recording>>,
    /// How the server is.
    pub health: Reading<Health>,
    /// Whether the server's events arrive.
    pub connection: RwSignal<Connection>,
    /// The time, a few seconds exact.
    pub now: RwSignal<Instant>,
    listeners: StoredValue<BTreeMap<u64, Listener>, LocalStorage>,
    next_listener: StoredValue<u64>,
}

impl Live {
    /// Reads all lists and listens to events; ends with the current owner.
    pub fn start() -> Self {
        let live = Self {
            applications: read(|| async {
                Ok(client::applications::list(&server()?).await?.items)
            }),
            infrastructures: read(|| async {
                Ok(client::infrastructures::list(&server()?).await?.items)
            }),
            deployments: read(|| async { Ok(client::deployments::list(&server()?).await?.items) }),
            terminals: read(|| async { Ok(client::terminals::list(&server()?).await?.items) }),
            recordings: read(|| async { Ok(client::recordings::list(&server()?).await?.items) }),
            health: read(|| async { client::health(&server()?).await }),
            connection: RwSignal::new(Connection::Opening),
            now: RwSignal::new(Instant::now()),
            listeners: StoredValue::new_local(BTreeMap::new()),
            next_listener: StoredValue::new(0),
        };
        live.connect(0);
        spawn_local(live.tick());
        live
    }

    /// The store of this page.
    pub fn current() -> Self {
        expect_context()
    }

    /// Calls `listener` with each event until the current owner ends.
    pub fn listen(self, listener: impl Fn(&Event) + 'static) {
        let key = self.next_listener.get_value();
        self.next_listener.set_value(key + 1);
        self.listeners.update_value(|listeners| {
            listeners.insert(key, Rc::new(listener));
        });
        on_cleanup(move || {
            self.listeners
                .try_update_value(|listeners| listeners.remove(&key));
        });
    }

    async fn tick(self) {
        while self.now.try_set(Instant::now()).is_none() {
            TimeoutFuture::new(CLOCK_MS).await;
        }
    }

    fn connect(self, attempt: u32) {
        let Ok(socket) = WebSocket::new(&address(&routes::server(), paths::EVENTS)) else {
            return self.lost(attempt);
        };
        let opened = StoredValue::new(false);
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            opened.try_set_value(true);
            self.connection.try_set(Connection::Open);
            let event = message
                .data()
                .as_string()
                .and_then(|text| serde_json::from_str(&text).ok());
            if let Some(event) = event {
                self.apply(event);
            }
        });
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        // Dropped with the page: one for each connection that was tried.
        on_message.forget();
        let on_close = Closure::once_into_js(move |event: CloseEvent| {
            if event.code() == SIGNED_OUT {
                self.connection.try_set(Connection::SignedOut);
                return;
            }
            let attempt = if opened.try_get_value() == Some(true) {
                0
            } else {
                attempt + 1
            };
            self.lost(attempt);
        });
        socket.set_onclose(Some(on_close.unchecked_ref()));
    }

    fn lost(self, attempt: u32) {
        if self.connection.try_set(Connection::Lost).is_some() {
            return;
        }
        spawn_local(async move {
            TimeoutFuture::new(delay_ms(attempt, js_sys::Math::random())).await;
            if self.connection.try_get_untracked().is_some() {
                self.connect(attempt);
            }
        });
    }

    /// Reads every list again.
    fn resync(self) {
        self.applications.again();
        self.infrastructures.again();
        self.deployments.again();
        self.terminals.again();
        self.recordings.again();
        self.health.again();
    }

    fn apply(self, event: Event) {
        self.change(&event);
        let listeners = self
            .listeners
            .try_with_value(|all| all.values().cloned().collect::<Vec<_>>());
        for listener in listeners.unwrap_or_default() {
            listener(&event);
        }
    }

    fn change(self, event: &Event) {
        match event.clone() {
            Event::Resync => self.resync(),
            Event::Application { application } => {
                put(self.applications, application, |item| item.id);
            }
            Event::Infrastructure { infrastructure } => {
                put(self.infrastructures, infrastructure, |item| item.id);
            }
            Event::InfrastructureGone { id } => remove(self.infrastructures, |item| item.id == id),
            Event::Deployment { deployment } => put(self.deployments, deployment, |item| item.id),
            Event::Terminal { terminal } => put(self.terminals, terminal, |item| item.id),
            Event::TerminalGone { id } => remove(self.terminals, |item| item.id == id),
            Event::Recording { recording } => put(self.recordings, recording, |item| item.id),
            Event::RecordingGone { id } => remove(self.recordings, |item| item.id == id),
            Event::Step { .. }
            | Event::Log { .. }
            | Event::Traffic { .. }
            | Event::Sharing { .. }
            | Event::TutorialPreview { .. }
            | Event::TutorialPreviewGone { .. }
            | Event::Home { .. } => {}
        }
    }
}

/// Puts an item into its list; newest first, as the server lists them.
pub fn put<T: Send + Sync, K: PartialEq>(list: Reading<Vec<T>>, item: T, key: impl Fn(&T) -> K) {
    list.signal().try_update(|list| upsert(list, item, key));
}

fn remove<T: Send + Sync>(list: Reading<Vec<T>>, is_gone: impl Fn(&T) -> bool) {
    list.signal().try_update(|list| {
        if let Loaded::Ready(items) = list {
            items.retain(|item| !is_gone(item));
        }
    });
}
