//! moto, which keeps the books of the emulated cloud.

mod life;

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use life::Life;
use proxy::UnixDial;
use sandbox::Launcher;
use tokio::{sync::watch, time};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::accounts::Account;

/// How long moto may take until it answers.
const STARTING: Duration = Duration::from_secs(60);
/// The header by which moto tells accounts apart.
pub(crate) const ACCOUNT: &str = "x-moto-account-id";

/// Speaks to moto.
#[derive(Clone)]
pub(crate) struct Moto {
    http: Client<UnixDial, Full<Bytes>>,
    socket: Arc<Path>,
    answers: watch::Receiver<bool>,
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
        let (answers, known) = watch::channel(false);
        let moto = Self::at(life.socket(), known);
        tokio::spawn(async move {
            while !shutdown.is_cancelled() {
                let lived = life.live(&answers, &shutdown).await;
                answers.send_replace(false);
                if shutdown.is_cancelled() {
                    return;
                }
                warn!("moto ended, and what it knew is lost: {lived:?}");
                time::sleep(Duration::from_secs(1)).await;
            }
        });
        Ok(moto)
    }

    fn at(socket: &Path, answers: watch::Receiver<bool>) -> Self {
        Self {
            http: Client::builder(TokioExecutor::new()).build(UnixDial),
            socket: socket.into(),
            answers,
        }
    }

    /// Whether moto answers; no longer once it has ended and its books are lost.
    pub fn answers(&self) -> watch::Receiver<bool> {
        self.answers.clone()
    }

    /// Sends a request that speaks for an account, once moto answers.
    pub async fn send(&self, mut request: Request<Full<Bytes>>) -> anyhow::Result<Response<Bytes>> {
        self.until_it_answers().await?;
        let path = request.uri().path_and_query();
        let path = path.map_or("/", |path| path.as_str());
        *request.uri_mut() = proxy::unix_address(&self.socket, path)?;
        let answer = self.http.request(request).await.context("ask moto")?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.context("hear moto")?.to_bytes();
        Ok(Response::from_parts(parts, body))
    }

    /// Asks an AWS query API, and returns the answer's XML.
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
        let answer = self.send(request).await?;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        anyhow::ensure!(answer.status().is_success(), "moto refused: {text}");
        Ok(text)
    }

    async fn until_it_answers(&self) -> anyhow::Result<()> {
        let mut answers = self.answers.clone();
        let answers = time::timeout(STARTING, answers.wait_for(|answers| *answers)).await;
        answers
            .context("moto does not start")?
            .context("moto is over")?;
        Ok(())
    }
}
