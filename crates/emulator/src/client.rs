//! Asking a running emulator over its control socket.

use std::fmt;
use std::path::{Path, PathBuf};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use sandbox::Outbound;
use serde::{Deserialize, Serialize};
use tokio::net::UnixStream;

use crate::azure::Az;

/// What an account needs to use its own part of the emulated cloud.
#[derive(Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// The public half of the account's key.
    pub access_key_id: String,
    /// The secret half, hidden in `Debug`.
    pub secret_access_key: String,
    /// Twelve digits.
    pub account_number: String,
    /// The region that the account works in.
    pub region: String,
    /// The API for this account alone, as a unix socket.
    pub aws_socket: PathBuf,
    /// What the account's load balancers serve, as a unix socket.
    pub web_socket: PathBuf,
    /// The API on loopback, where signatures are verified.
    pub endpoint: String,
    /// The network that the account's terminals see; none when the emulator is of a release before
    /// it had one.
    #[serde(default)]
    pub outbound: Option<Outbound>,
    /// Azure for this account alone, as a unix socket; this and the next three are empty when the
    /// emulator is of a release before it had Azure.
    #[serde(default)]
    pub azure_socket: PathBuf,
    /// Azure on loopback, where tokens are verified.
    #[serde(default)]
    pub azure_endpoint: String,
    /// What Azure's command line shows, for a year from now; hidden in `Debug`.
    #[serde(default)]
    pub azure_token: String,
    /// The id of the account's only subscription of Azure, a GUID.
    #[serde(default)]
    pub azure_subscription: String,
    /// What `az` needs; none when the emulator is of a release before it had Resource Manager.
    #[serde(default)]
    pub az: Option<Az>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("secret_access_key", &"hidden")
            .field("azure_token", &"hidden")
            .field("account_number", &self.account_number)
            .finish_non_exhaustive()
    }
}

/// How the emulator is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Health {
    /// Accounts that the emulator knows.
    pub accounts: usize,
    /// Instances whose sandbox is running.
    pub instances: usize,
    /// The isolation level that instances run at.
    pub isolation: String,
}

/// Body of the request that makes an account.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct NewAccount {
    /// The number that the sandbox turns into an owner of its own.
    pub tenant: u32,
}

/// How a command on an instance ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ran {
    /// Its exit code; none when a signal ended it.
    pub exit_code: Option<i32>,
    /// What it wrote to standard output, at most 1 MiB of it.
    pub stdout: String,
    /// What it wrote to standard error, at most 1 MiB of it.
    pub stderr: String,
}

/// Why the emulator did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answers on the control socket; it may be starting.
    #[error("the emulator does not answer")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The emulator answered, and said no.
    #[error("the emulator refused with {status}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The emulator's words.
        message: String,
    },
}

/// The emulator behind one control socket.
#[derive(Clone, Debug)]
pub struct Emulator {
    socket: PathBuf,
}

impl Emulator {
    /// Names the control socket; nothing is opened yet.
    pub fn new(control_socket: impl AsRef<Path>) -> Self {
        Self {
            socket: control_socket.as_ref().to_owned(),
        }
    }

    /// Makes the account, or finds it.
    pub async fn account(&self, account_id: &str, tenant: u32) -> Result<Credentials, Error> {
        let body = serde_json::to_vec(&NewAccount { tenant }).map_err(unreachable)?;
        let answer = self
            .ask(Method::PUT, &format!("/accounts/{account_id}"), body)
            .await?;
        serde_json::from_slice(&answer).map_err(unreachable)
    }

    /// Gives the account a new key: the one before it is refused from now on. Keys that its users
    /// made by IAM and STS stay.
    pub async fn renew_key(&self, account_id: &str) -> Result<Credentials, Error> {
        let path = format!("/accounts/{account_id}/key");
        let answer = self.ask(Method::POST, &path, Vec::new()).await?;
        serde_json::from_slice(&answer).map_err(unreachable)
    }

    /// Removes the account and everything that it runs.
    pub async fn remove(&self, account_id: &str) -> Result<(), Error> {
        self.ask(
            Method::DELETE,
            &format!("/accounts/{account_id}"),
            Vec::new(),
        )
        .await
        .map(drop)
    }

    /// Runs a line of shell on a running instance of the account's.
    pub async fn command(
        &self,
        account_id: &str,
        instance: &str,
        line: &str,
    ) -> Result<Ran, Error> {
        let path = format!("/accounts/{account_id}/instances/{instance}/command");
        let answer = self.ask(Method::POST, &path, line.into()).await?;
        serde_json::from_slice(&answer).map_err(unreachable)
    }

    /// Whether a name stands for a load balancer of the account's.
    pub async fn knows(&self, account_id: &str, name: &str) -> Result<bool, Error> {
        let path = format!("/accounts/{account_id}/names/{name}");
        match self.ask(Method::GET, &path, Vec::new()).await {
            Ok(_) => Ok(true),
            Err(Error::Refused { status: 404, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Tells how the emulator is.
    pub async fn health(&self) -> Result<Health, Error> {
        let answer = self.ask(Method::GET, "/health", Vec::new()).await?;
        serde_json::from_slice(&answer).map_err(unreachable)
    }

    async fn ask(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Bytes, Error> {
        let stream = UnixStream::connect(&self.socket)
            .await
            .map_err(unreachable)?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(unreachable)?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "emulator")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(unreachable)?;
        let exchange = async {
            let response = sender.send_request(request).await?;
            let status = response.status();
            let bytes = response.into_body().collect().await?.to_bytes();
            drop(sender);
            Ok::<_, hyper::Error>((status, bytes))
        };
        let (outcome, _closed) = tokio::join!(exchange, connection);
        match outcome.map_err(unreachable)? {
            (StatusCode::OK | StatusCode::NO_CONTENT, bytes) => Ok(bytes),
            (status, bytes) => Err(Error::Refused {
                status: status.as_u16(),
                message: String::from_utf8_lossy(&bytes).into_owned(),
            }),
        }
    }
}

fn unreachable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Unreachable(Box::new(error))
}
