//! moto, which keeps the books of the emulated cloud.

mod life;

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use life::Life;
use sandbox::Launcher;
use tokio::{
    net::UnixStream,
    sync::{Semaphore, watch},
    time,
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{accounts::Account, books::Picture, keys::Made};

/// How long moto may take until it answers.
const STARTING: Duration = Duration::from_secs(60);
/// The header by which moto tells accounts apart.
pub(crate) const ACCOUNT: &str = "x-moto-account-id";
/// The header of what changes the books, `more` or `less`: they are on the disk before it is
/// answered.
pub(crate) const CHANGES: &str = "x-moto-changes";
/// The header that names a launch, which is done once and answered as often as it is asked.
pub(crate) const LAUNCH: &str = "x-moto-launch";
/// The header of an answer that says why something was not done.
pub(crate) const REFUSED: &str = "x-moto-refused";
/// The header that names a key that is asked about.
const KEY: &str = "x-moto-key";
/// How many of its users' requests it answers at once: it has a thread for each, of 512 at most,
/// and one that waits for a message takes 20 seconds.
const MOST_ANSWERED: usize = 384;
/// How long moto may take for an answer; it is asked whether it is alive meanwhile.
const LONGEST: Duration = Duration::from_secs(60);
/// The header of a launch that is answered if it was done before, and is not done now: 404 then.
pub(crate) const KNOWN_ONLY: &str = "x-moto-known-only";

/// Speaks to moto.
#[derive(Clone)]
pub(crate) struct Moto {
    socket: Arc<Path>,
    standing: watch::Receiver<Standing>,
    places: Arc<Semaphore>,
}

/// How it stands with moto.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is about to answer for the first time.
    Starting,
    /// It answers.
    Answers,
    /// It ended, and is about to come back with its books.
    Down,
}

impl Moto {
    /// Starts moto, and again whenever it ends, until it is cancelled.
    ///
    /// It runs in a sandbox of its own and listens on a socket there, as some of the services that
    /// it emulates send requests to wherever their users say: they find nothing to reach.
    pub fn start(
        launcher: Launcher,
        toolbox: &Path,
        data: &Path,
        shutdown: CancellationToken,
    ) -> anyhow::Result<Self> {
        let life = Life::prepare(launcher, toolbox, data)?;
        let (standing, known) = watch::channel(Standing::Starting);
        let moto = Self::at(life.socket(), known);
        tokio::spawn(async move {
            while !shutdown.is_cancelled() {
                let lived = life.live(&standing, &shutdown).await;
                standing.send_replace(Standing::Down);
                if shutdown.is_cancelled() {
                    return;
                }
                warn!("moto ended, and is started again: {lived:?}");
                time::sleep(Duration::from_secs(1)).await;
            }
        });
        Ok(moto)
    }

    fn at(socket: &Path, standing: watch::Receiver<Standing>) -> Self {
        Self {
            socket: socket.into(),
            standing,
            places: Arc::new(Semaphore::new(MOST_ANSWERED)),
        }
    }

    /// How it stands with moto, as it changes.
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.clone()
    }

    /// Sends a request that speaks for an account: once moto answers for the first time, and not
    /// while it is down.
    ///
    /// # Errors
    /// It is down, does not start, or goes down meanwhile; whether the request was carried out is
    /// then not known.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> anyhow::Result<Response<Bytes>> {
        let mut standing = self.standing.clone();
        let known = time::timeout(
            STARTING,
            standing.wait_for(|now| *now != Standing::Starting),
        );
        let now = *known
            .await
            .context("moto does not start")?
            .context("moto is over")?;
        anyhow::ensure!(now == Standing::Answers, "moto is down");
        let _place = self.places.acquire().await?;
        self.pass(request).await
    }

    /// Each request has a connection of its own, as moto's server closes it with its answer.
    async fn pass(&self, mut request: Request<Full<Bytes>>) -> anyhow::Result<Response<Bytes>> {
        let path = request.uri().path_and_query();
        *request.uri_mut() = path.map_or("/", |path| path.as_str()).parse()?;
        let headers = request.headers_mut();
        if !headers.contains_key(header::HOST) {
            headers.insert(header::HOST, HeaderValue::from_static("localhost"));
        }
        let answering = async {
            let stream = UnixStream::connect(&self.socket).await;
            let stream = TokioIo::new(stream.context("reach moto")?);
            let (mut sender, mut connection) = http1::handshake(stream).await?;
            let answer = async {
                let answer = sender.send_request(request).await.context("ask moto")?;
                let (parts, body) = answer.into_parts();
                let body = body.collect().await.context("hear moto")?.to_bytes();
                Ok(Response::from_parts(parts, body))
            };
            tokio::pin!(answer);
            // driven by whoever asks: a task of its own would have to be woken each time
            tokio::select! {
                answer = &mut answer => answer,
                ended = &mut connection => {
                    ended.context("hear moto")?;
                    answer.await
                }
            }
        };
        let answered = time::timeout(LONGEST, answering).await;
        answered.context("moto does not answer")?
    }

    /// A key that somebody made by IAM or STS; none if there is none that may be used.
    pub async fn key(&self, access_key_id: &str) -> anyhow::Result<Option<Made>> {
        let request = own(Method::GET, "key").header(KEY, access_key_id);
        let answer = self.send(request.body(Full::default())?).await?;
        anyhow::ensure!(answer.status().is_success(), "a key: {}", answer.status());
        serde_json::from_slice(answer.body()).context("read a key")
    }

    /// Returns when it answers anything.
    async fn look(&self) -> anyhow::Result<()> {
        let request = own(Method::GET, "alive").body(Full::default())?;
        self.pass(request).await.map(drop)
    }

    /// What an account's books say of all that runs.
    pub async fn picture(&self, account: &Account) -> anyhow::Result<Picture> {
        let answer = self.own(account, Method::GET, "picture").await?;
        serde_json::from_slice(answer.body()).context("read the books")
    }

    /// What an instance was told at its launch, in base64; it may have changed while it was stopped.
    pub async fn user_data(
        &self,
        account: &Account,
        instance: &str,
    ) -> anyhow::Result<Option<String>> {
        let what = format!("user-data/{instance}");
        let answer = self.own(account, Method::GET, &what).await?;
        serde_json::from_slice(answer.body()).context("read the user-data")
    }

    /// Removes an account's books.
    pub async fn forget(&self, account: &Account) -> anyhow::Result<()> {
        self.own(account, Method::DELETE, "account").await.map(drop)
    }

    /// Asks the program around moto, once it answers.
    async fn own(
        &self,
        account: &Account,
        method: Method,
        what: &str,
    ) -> anyhow::Result<Response<Bytes>> {
        self.until_it_answers().await?;
        let request = own(method, what)
            .header(ACCOUNT, HeaderValue::from_str(&account.number)?)
            .body(Full::default())?;
        let answer = self.pass(request).await?;
        anyhow::ensure!(answer.status().is_success(), "{what}: {}", answer.status());
        Ok(answer)
    }

    /// Asks an AWS query API, once moto answers, and returns the answer's XML.
    pub async fn query(
        &self,
        account: &Account,
        region: &str,
        service: &str,
        form: &[(&str, &str)],
    ) -> anyhow::Result<String> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        // moto reads service and region from here, and nothing else
        let scope =
            format!("AWS4-HMAC-SHA256 Credential=moto/20260101/{region}/{service}/aws4_request");
        let request = Request::post("/")
            .header(header::AUTHORIZATION, scope)
            .header(header::HOST, format!("{service}.{region}.amazonaws.com"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCOUNT, HeaderValue::from_str(&account.number)?)
            .body(Full::from(body))?;
        self.until_it_answers().await?;
        let answer = self.pass(request).await?;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        anyhow::ensure!(answer.status().is_success(), "moto refused: {text}");
        Ok(text)
    }

    async fn until_it_answers(&self) -> anyhow::Result<()> {
        let mut standing = self.standing.clone();
        let answers = standing.wait_for(|now| *now == Standing::Answers);
        let answers = time::timeout(STARTING, answers).await;
        answers
            .context("moto does not start")?
            .context("moto is over")?;
        Ok(())
    }
}

/// A request to the program around moto.
fn own(method: Method, what: &str) -> http::request::Builder {
    let request = Request::builder().method(method);
    let request = request.uri(format!("/moto-api/keeper/{what}"));
    request.header(header::HOST, "keeper")
}
