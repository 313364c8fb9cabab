//! Tells open pages what changed: a websocket of [`Event`]s, each account its own.

mod listening;

use std::{collections::BTreeSet, time::Duration};

use axum::{
    extract::{
        State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    },
    response::Response,
};
use listening::{Listening, Place};
use shared::{AccountId, Event, paths};
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::{Instant, interval_at, sleep, timeout},
};

use crate::{
    accounts::{self, SignedIn},
    app::App,
};

/// Events that a page may lag behind before it is told to read everything again.
const BACKLOG: usize = 1024;

/// How often it is looked whether the logins count by which pages listen.
const ROUND: Duration = Duration::from_secs(1);

/// How long a page may take to hear why it is closed.
const FAREWELL: Duration = Duration::from_millis(500);

/// Where changes are told and heard.
#[derive(Debug, Clone)]
pub struct Events {
    told: broadcast::Sender<(AccountId, Event)>,
    listening: Listening,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            told: broadcast::channel(BACKLOG).0,
            listening: Listening::default(),
        }
    }
}

impl Events {
    /// Tells an account's open pages; with none open nothing happens.
    pub fn tell(&self, account: AccountId, event: Event) {
        self.told.send((account, event)).ok(); // nobody listens
    }

    /// Hears every account's events; the hearer picks its own.
    pub fn hear(&self) -> broadcast::Receiver<(AccountId, Event)> {
        self.told.subscribe()
    }

    /// Closes the pages' sockets of a login that counts no longer.
    pub fn dismiss(&self, login: &str) {
        self.listening.dismiss(login);
    }
}

/// Closes the sockets of logins that count no longer, whoever has ended them; never returns.
pub async fn keep_dismissing(app: App) {
    loop {
        let logins = app.events.listening.logins();
        let logins: BTreeSet<&str> = logins.iter().map(String::as_str).collect();
        match accounts::ended(&app, logins).await {
            Ok(ended) => ended
                .into_iter()
                .for_each(|login| app.events.dismiss(login)),
            Err(error) => tracing::warn!("it is not known which logins count: {error}"),
        }
        sleep(ROUND).await;
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
    let place = app.events.listening.take(&signed_in.login);
    upgrade.on_upgrade(move |socket| send(socket, signed_in.account.id, (events, every), place))
}

async fn send(
    mut socket: WebSocket,
    account: AccountId,
    heard: (broadcast::Receiver<(AccountId, Event)>, Duration),
    place: Place,
) {
    tokio::select! {
        () = tell(&mut socket, account, heard) => {}
        () = place.dismissed() => farewell(socket).await,
    }
}

async fn tell(
    socket: &mut WebSocket,
    account: AccountId,
    (mut events, ping_every): (broadcast::Receiver<(AccountId, Event)>, Duration),
) {
    // nothing may happen in an account for longer than proxies let a connection be
    let mut pings = interval_at(Instant::now() + ping_every, ping_every);
    if deliver(socket, &Event::Resync).await.is_err() {
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
            Ok((whose, event)) if whose == account => deliver(socket, &event).await,
            Ok(_) => Ok(()),
            Err(RecvError::Lagged(_)) => deliver(socket, &Event::Resync).await,
            Err(RecvError::Closed) => return,
        };
        if sent.is_err() {
            return;
        }
    }
}

/// Says why it is closed: a policy forbids it (RFC 6455, section 7.4.1).
async fn farewell(mut socket: WebSocket) {
    let over = CloseFrame {
        code: close_code::POLICY,
        reason: "You are signed out.".into(),
    };
    // who is gone need not be told
    let told = timeout(FAREWELL, socket.send(Message::Close(Some(over))));
    told.await.ok();
}

async fn deliver(socket: &mut WebSocket, event: &Event) -> Result<(), axum::Error> {
    let text = serde_json::to_string(event).map_err(axum::Error::new)?;
    socket.send(Message::Text(text.into())).await
}
