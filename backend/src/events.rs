//! Tells open pages what changed: a websocket of [`Event`]s, each account its own.

use std::time::Duration;

use axum::{
    extract::{
        State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    response::Response,
};
use shared::{AccountId, Event, paths};
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::{Instant, interval_at},
};

use crate::{accounts::SignedIn, app::App};

/// Events that a page may lag behind before it is told to read everything again.
const BACKLOG: usize = 1024;

/// Where changes are told and heard.
#[derive(Debug, Clone)]
pub struct Events(broadcast::Sender<(AccountId, Event)>);

impl Default for Events {
    fn default() -> Self {
        Self(broadcast::channel(BACKLOG).0)
    }
}

impl Events {
    /// Tells an account's open pages; with none open nothing happens.
    pub fn tell(&self, account: AccountId, event: Event) {
        self.0.send((account, event)).ok(); // nobody listens
    }

    /// Hears every account's events; the hearer picks its own.
    pub fn hear(&self) -> broadcast::Receiver<(AccountId, Event)> {
        self.0.subscribe()
    }
}

/// A websocket of what changes in the account
///
/// One [`Event`] in each text frame, as JSON.
#[utoipa::path(
    get,
    path = paths::EVENTS,
    tag = "server",
    responses((status = 101, description = "the websocket", body = Event)),
)]
pub async fn socket(
    State(app): State<App>,
    signed_in: SignedIn,
    upgrade: WebSocketUpgrade,
) -> Response {
    let (events, every) = (app.events.hear(), app.config.ping_every());
    upgrade.on_upgrade(move |socket| send(socket, signed_in.account.id, (events, every)))
}

async fn send(
    mut socket: WebSocket,
    account: AccountId,
    (mut events, ping_every): (broadcast::Receiver<(AccountId, Event)>, Duration),
) {
    // nothing may happen in an account for longer than proxies let a connection be
    let mut pings = interval_at(Instant::now() + ping_every, ping_every);
    if deliver(&mut socket, &Event::Resync).await.is_err() {
        return;
    }
    loop {
        let event = tokio::select! {
            event = events.recv() => event,
            _ = pings.tick() => match socket.send(Message::Ping(Vec::new().into())).await {
                Ok(()) => continue,
                Err(_) => return,
            },
            frame = socket.recv() => match frame {
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return,
            },
        };
        let sent = match event {
            Ok((whose, event)) if whose == account => deliver(&mut socket, &event).await,
            Ok(_) => Ok(()),
            Err(RecvError::Lagged(_)) => deliver(&mut socket, &Event::Resync).await,
            Err(RecvError::Closed) => return,
        };
        if sent.is_err() {
            return;
        }
    }
}

async fn deliver(socket: &mut WebSocket, event: &Event) -> Result<(), axum::Error> {
    let text = serde_json::to_string(event).map_err(axum::Error::new)?;
    socket.send(Message::Text(text.into())).await
}
