//! The server's side of a host's `/control`.

use std::{net::IpAddr, os::fd::AsFd, path::Path, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use sandbox::Spec;
use tokio::{net::UnixStream, sync::Mutex, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};
use tokio_util::either::Either;

use crate::{
    Connection, Visitor, Way, handing,
    protocol::{Answer, Listed, Record, Request},
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

/// How long a host may take to answer; starting a shell on a busy machine takes longest.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);

/// A connection to a host of terminals.
///
/// While one is open the host keeps its terminals; requests take turns.
#[derive(Debug)]
pub struct Host {
    /// Nothing while a request is under way, and for good once one had no answer: what comes then would
    /// be taken for the answer to another.
    socket: Mutex<Option<WebSocketStream<Connection>>>,
    seen_as: Option<IpAddr>,
}

impl Host {
    /// Connects to the host to which a way leads.
    ///
    /// # Errors
    /// Nobody is there, or it doesn't let us in.
    pub async fn connect(way: &Way) -> Result<Self, Error> {
        let stream = way.connect().await.map_err(Error::unreachable)?;
        let seen_as = match &stream {
            Either::Left(_) => None,
            Either::Right(tcp) => Some(tcp.local_addr().map_err(Error::unreachable)?.ip()),
        };
        let mut handshake = "ws://localhost/control".into_client_request()?;
        way.sign(handshake.headers_mut());
        let greeted = timeout(ANSWERED_WITHIN, client_async(handshake, stream)).await;
        let (socket, _) = greeted.map_err(Error::unreachable)??;
        Ok(Self {
            socket: Mutex::new(Some(socket)),
            seen_as,
        })
    }

    /// The address of this machine's by which the host's reaches it, if that is another machine.
    pub fn seen_as(&self) -> Option<IpAddr> {
        self.seen_as
    }

    /// Whether nothing can be asked by this connection any more.
    pub fn is_broken(&self) -> bool {
        // who asks now holds it
        self.socket.try_lock().is_ok_and(|socket| socket.is_none())
    }

    /// Has a program started on a new terminal, which pages may show from now on.
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
            Answer::Done | Answer::Marked(..) | Answer::Refused(_) => {
                Err(Error::unreachable("a wrong answer"))
            }
        }
    }

    /// Has it end once its last terminal has ended, as nothing new will be launched there.
    pub async fn drain(&self) -> Result<(), Error> {
        self.ask(&Request::Drain).await.map(drop)
    }

    /// Closes the pages of a login that counts no longer, in all terminals.
    pub async fn dismiss(&self, login: &str) -> Result<(), Error> {
        let login = login.to_owned();
        self.ask(&Request::Dismiss { login }).await.map(drop)
    }

    /// Records what a terminal writes from now on.
    ///
    /// # Errors
    /// There is no such terminal, it ended or is recorded already, or the folder cannot be made.
    pub async fn record(&self, id: &str, record: Record) -> Result<(), Error> {
        let id = id.to_owned();
        self.ask(&Request::Record { id, record }).await.map(drop)
    }

    /// Stops recording a terminal, and returns when all is written; nothing happens if it is not recorded.
    pub async fn stop_recording(&self, id: &str) -> Result<(), Error> {
        let id = id.to_owned();
        self.ask(&Request::StopRecording { id }).await.map(drop)
    }

    /// Marks this moment in the recording of a terminal: says in which recording, when in milliseconds
    /// of that, and at which offset.
    ///
    /// # Errors
    /// It is not recorded.
    pub async fn mark(&self, id: &str, label: [u8; 16]) -> Result<(String, u64, u64), Error> {
        let id = id.to_owned();
        match self.ask(&Request::Mark { id, label }).await? {
            Answer::Marked(name, at_ms, offset) => Ok((name, at_ms, offset)),
            Answer::Done | Answer::Terminals(_) | Answer::Refused(_) => {
                Err(Error::unreachable("a wrong answer"))
            }
        }
    }

    /// Ends a terminal and forgets it; nothing happens if there is none.
    pub async fn end(&self, id: &str) -> Result<(), Error> {
        self.ask(&Request::End { id: id.to_owned() })
            .await
            .map(drop)
    }

    async fn ask(&self, request: &Request) -> Result<Answer, Error> {
        let text = serde_json::to_string(request).map_err(Error::unreachable)?;
        let mut turn = self.socket.lock().await;
        let mut socket = turn
            .take()
            .ok_or_else(|| Error::unreachable("an earlier request had no answer"))?;
        let answered = timeout(ANSWERED_WITHIN, exchange(&mut socket, text)).await;
        let answer = answered.map_err(Error::unreachable)??;
        *turn = Some(socket);
        match answer {
            Answer::Refused(reason) => Err(Error::Refused(reason)),
            answer => Ok(answer),
        }
    }
}

async fn exchange(
    socket: &mut WebSocketStream<Connection>,
    request: String,
) -> Result<Answer, Error> {
    socket.send(Message::text(request)).await?;
    loop {
        let message = socket.next().await;
        match message.ok_or_else(|| Error::unreachable("it hung up"))?? {
            Message::Text(text) => return serde_json::from_str(&text).map_err(Error::unreachable),
            Message::Binary(_)
            | Message::Ping(_)
            | Message::Pong(_)
            | Message::Close(_)
            | Message::Frame(_) => {}
        }
    }
}

/// How long a page waits for a host that doesn't answer.
const SEATED_WITHIN: Duration = Duration::from_secs(5);

/// A place at a terminal, kept for a page whose connection is about to be handed over.
#[derive(Debug)]
pub struct Seat(UnixStream);

impl Seat {
    /// Asks the host that listens at a socket for a place at one of its terminals.
    ///
    /// # Errors
    /// There is no such terminal, which is [`Error::Refused`]; or no host.
    pub async fn take(socket: &Path, id: &str, visitor: Visitor) -> Result<Self, Error> {
        let path = Route::Handed(id.to_owned(), visitor).path();
        let asked = async {
            let stream = UnixStream::connect(socket).await?;
            client_async(format!("ws://localhost{path}"), stream).await
        };
        match timeout(SEATED_WITHIN, asked)
            .await
            .map_err(Error::unreachable)?
        {
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
