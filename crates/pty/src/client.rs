//! The server's side of a host's `/control`.

use std::{os::fd::AsFd, path::Path};

use futures_util::{SinkExt as _, StreamExt as _};
use sandbox::Spec;
use tokio::{net::UnixStream, sync::Mutex};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message},
};

use crate::{
    Visitor, handing,
    protocol::{Answer, Listed, Request},
    route::Route,
};

/// Why a host did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not there, or went away: connect again.
    #[error("the terminals' host cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It refused, for this reason.
    #[error("the terminals' host refused: {0}")]
    Refused(String),
}

impl Error {
    fn unreachable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unreachable(error.into())
    }
}

impl From<tungstenite::Error> for Error {
    fn from(error: tungstenite::Error) -> Self {
        Self::unreachable(error)
    }
}

/// A connection to a host of terminals.
///
/// While one is open the host keeps its terminals; requests take turns.
#[derive(Debug)]
pub struct Host {
    socket: Mutex<WebSocketStream<UnixStream>>,
}

impl Host {
    /// Connects to the host that listens there.
    pub async fn connect(socket: &Path) -> Result<Self, Error> {
        let stream = UnixStream::connect(socket)
            .await
            .map_err(Error::unreachable)?;
        let (socket, _) = client_async("ws://localhost/control", stream).await?;
        Ok(Self {
            socket: Mutex::new(socket),
        })
    }

    /// Starts a program on a new terminal.
    pub async fn launch(&self, id: &str, spec: Spec, cols: u16, rows: u16) -> Result<(), Error> {
        let (id, spec) = (id.to_owned(), Box::new(spec));
        self.ask(&Request::Launch {
            id,
            spec,
            cols,
            rows,
        })
        .await
        .map(drop)
    }

    /// Tells which terminals there are, with the exit codes of those that ended.
    pub async fn list(&self) -> Result<Vec<Listed>, Error> {
        match self.ask(&Request::List).await? {
            Answer::Terminals(listed) => Ok(listed),
            Answer::Done | Answer::Refused(_) => Err(Error::unreachable("a wrong answer")),
        }
    }

    /// Closes the pages of a login that counts no longer, in all terminals.
    pub async fn dismiss(&self, login: &str) -> Result<(), Error> {
        let login = login.to_owned();
        self.ask(&Request::Dismiss { login }).await.map(drop)
    }

    /// Ends a terminal and forgets it; nothing happens if there is none.
    pub async fn end(&self, id: &str) -> Result<(), Error> {
        self.ask(&Request::End { id: id.to_owned() })
            .await
            .map(drop)
    }

    async fn ask(&self, request: &Request) -> Result<Answer, Error> {
        let text = serde_json::to_string(request).map_err(Error::unreachable)?;
        let mut socket = self.socket.lock().await;
        socket.send(Message::text(text)).await?;
        loop {
            let message = socket
                .next()
                .await
                .ok_or_else(|| Error::unreachable("it hung up"))??;
            if let Message::Text(text) = message {
                return match serde_json::from_str(&text).map_err(Error::unreachable)? {
                    Answer::Refused(reason) => Err(Error::Refused(reason)),
                    answer => Ok(answer),
                };
            }
        }
    }
}

/// A place at a terminal, kept for a page whose connection is about to be handed over.
#[derive(Debug)]
pub struct Seat(UnixStream);

impl Seat {
    /// Asks the host that listens at a socket for a place at one of its terminals.
    ///
    /// # Errors
    /// There is no such terminal, which is [`Error::Refused`]; or no host.
    pub async fn take(socket: &Path, id: &str, visitor: Visitor) -> Result<Self, Error> {
        let stream = UnixStream::connect(socket)
            .await
            .map_err(Error::unreachable)?;
        let path = Route::Handed(id.to_owned(), visitor).path();
        match client_async(format!("ws://localhost{path}"), stream).await {
            Ok((socket, _)) => Ok(Self(socket.into_inner())),
            Err(tungstenite::Error::Http(_)) => Err(Error::Refused("no such terminal".into())),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives the host a page's connection whose handshake was answered, with what was read of it.
    ///
    /// # Errors
    /// The host is gone.
    pub async fn hand_over(mut self, page: impl AsFd, already: &[u8]) -> Result<(), Error> {
        let handed = handing::hand(&mut self.0, page, already).await;
        handed.map_err(Error::unreachable)
    }
}

/// The path of a terminal's websocket at its host, for a page whose bytes are passed on.
pub fn path(id: &str, visitor: Visitor) -> String {
    Route::Page(id.to_owned(), visitor).path()
}
