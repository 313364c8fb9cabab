//! Where a host of terminals listens, and how it is reached.

use std::{
    fmt, fs, io,
    net::{SocketAddr, ToSocketAddrs as _},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use subtle::ConstantTimeEq as _;
use tokio::{
    net::{TcpStream, UnixStream},
    task::spawn_blocking,
    time::timeout,
};
use tokio_tungstenite::tungstenite::http::{HeaderMap, header};
use tokio_util::either::Either;

/// A connection to a host.
pub type Connection = Either<UnixStream, TcpStream>;

/// How long a host may take to take a connection.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);

/// The way to a host of terminals.
#[derive(Debug, Clone)]
pub enum Way {
    /// A socket of this machine's, which only its user reaches.
    Socket(PathBuf),
    /// Another machine, by TCP. Nothing is encrypted: lead it through a network that is.
    Machine {
        /// Its name or address, and its port.
        address: String,
        /// What it lets in who shows it.
        token: Token,
    },
}

impl Way {
    /// Connects.
    ///
    /// # Errors
    /// Nobody is there, or nobody answers for five seconds.
    pub async fn connect(&self) -> io::Result<Connection> {
        match timeout(CONNECTED_WITHIN, self.try_to_connect()).await {
            Ok(connected) => connected,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    async fn try_to_connect(&self) -> io::Result<Connection> {
        match self {
            Self::Socket(socket) => UnixStream::connect(socket).await.map(Either::Left),
            Self::Machine { address, .. } => {
                let stream = TcpStream::connect(resolve(address.clone()).await?).await?;
                stream.set_nodelay(true)?;
                Ok(Either::Right(stream))
            }
        }
    }

    /// The socket, if it is one of this machine's: connections can be handed over there.
    pub fn socket(&self) -> Option<&Path> {
        match self {
            Self::Socket(socket) => Some(socket),
            Self::Machine { .. } => None,
        }
    }

    /// Adds to a handshake what the host lets in.
    pub fn sign(&self, headers: &mut HeaderMap) {
        if let Self::Machine { token, .. } = self
            && let Ok(mut value) = format!("Bearer {}", token.0).parse::<header::HeaderValue>()
        {
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
    }
}

/// Names are looked up each time, as machines move.
async fn resolve(address: String) -> io::Result<SocketAddr> {
    let found = spawn_blocking(move || address.to_socket_addrs().map(|mut all| all.next()));
    found.await??.ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// What a host of another machine and its servers share.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// A token that can be guessed opens every terminal.
const SHORTEST_TOKEN_BYTES: usize = 32;

impl Token {
    /// Reads it from a file, in which it stands alone.
    ///
    /// # Errors
    /// The file can't be read, or what it holds is too short or of other than printable letters.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(file);
        let text = text.with_context(|| format!("read the token in {}", file.display()))?;
        let token = text.trim();
        anyhow::ensure!(
            token.len() >= SHORTEST_TOKEN_BYTES
                && token.bytes().all(|byte| byte.is_ascii_graphic()),
            "the token in {} must have {SHORTEST_TOKEN_BYTES} printable characters or more; \
             `openssl rand -hex 32` makes one",
            file.display()
        );
        Ok(Self(token.to_owned()))
    }

    /// Whether a handshake shows it, in time that tells nothing of it.
    pub(crate) fn is_shown_by(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(header::AUTHORIZATION);
        let shown = shown.and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        shown.is_some_and(|shown| bool::from(shown.ct_eq(self.0.as_bytes())))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

#[cfg(test)]
mod tests {
    use tokio_tungstenite::tungstenite::http::HeaderMap;

    use super::{Token, Way};

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    fn token(text: &str) -> anyhow::Result<Token> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, text).unwrap();
        Token::read(&file)
    }

    #[test]
    fn a_token_is_let_in_and_no_other() {
        let known = token(&format!("{TOKEN}\n")).unwrap();
        let mut headers = HeaderMap::new();
        assert!(!known.is_shown_by(&headers));
        let way = |token| Way::Machine {
            address: "other:1".into(),
            token,
        };
        way(known.clone()).sign(&mut headers);
        assert!(known.is_shown_by(&headers));
        way(token(&TOKEN.replace('f', "e")).unwrap()).sign(&mut headers);
        assert!(!known.is_shown_by(&headers));
    }

    #[test]
    fn a_token_that_can_be_guessed_is_refused() {
        let error = token("secret").unwrap_err().to_string();
        assert!(error.contains("32 printable characters or more"), "{error}");
    }

    #[test]
    fn a_token_is_not_shown_by_what_is_logged() {
        assert_eq!(format!("{:?}", token(TOKEN).unwrap()), "Token");
    }
}
