//! A websocket as a terminal's: pings, binary messages, nothing held back.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use axum::extract::ws::{Message, WebSocket};
use shared::self_test::{WORD_EVERY_MS, WORDS};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, interval, interval_at, sleep, timeout},
};

use crate::{Error, Result};

/// How many may be open at a time: nobody need be signed in to open one.
const MOST: usize = 64;
/// How long one stays open: longer than proxies let idle connections be.
const LASTS: Duration = Duration::from_secs(150);

static PLACES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(MOST)));

/// One of the sockets that may be open.
#[derive(Debug)]
pub(super) struct Place {
    _taken: OwnedSemaphorePermit,
}

impl Place {
    /// Takes one.
    ///
    /// # Errors
    /// All are taken.
    pub(super) fn take() -> Result<Self> {
        let free = PLACES.clone().try_acquire_owned();
        let free =
            free.map_err(|_| Error::Unavailable("others test this server now: try again".into()))?;
        Ok(Self { _taken: free })
    }
}

/// Says its words, one by one, and then what it hears.
pub(super) async fn serve(mut socket: WebSocket, place: Place, ping_every: Duration) {
    // who is gone need not be told
    timeout(LASTS, talk(&mut socket, ping_every)).await.ok();
    drop(place);
}

async fn talk(socket: &mut WebSocket, ping_every: Duration) -> Option<()> {
    let mut words = interval(Duration::from_millis(WORD_EVERY_MS));
    for word in 0..WORDS {
        words.tick().await;
        socket
            .send(Message::Text(word.to_string().into()))
            .await
            .ok()?;
    }
    let mut pings = interval_at(Instant::now() + ping_every, ping_every);
    loop {
        tokio::select! {
            _ = pings.tick() => socket.send(Message::Ping(Vec::new().into())).await.ok()?,
            heard = socket.recv() => match heard?.ok()? {
                Message::Binary(bytes) => socket.send(Message::Binary(bytes)).await.ok()?,
                Message::Close(_) => return None,
                Message::Text(_) | Message::Ping(_) | Message::Pong(_) => {
                    // nothing that a page of ours sends; not to be spun on
                    sleep(Duration::from_millis(10)).await;
                }
            },
        }
    }
}
