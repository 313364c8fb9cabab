//! moto, which keeps the books of the emulated cloud: a child process on loopback.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::Context as _;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{oneshot, watch},
    time,
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::accounts::{Account, REGION};

/// The images that there are, in moto's own form.
const IMAGES: &str = include_str!("images.json");
/// How long moto may take until it answers.
const STARTING: Duration = Duration::from_secs(60);
/// How often it is tried meanwhile.
const GLANCE: Duration = Duration::from_millis(50);
/// The header by which moto tells accounts apart.
pub(crate) const ACCOUNT: &str = "x-moto-account-id";

/// Speaks to moto.
#[derive(Clone)]
pub(crate) struct Moto {
    http: Client<HttpConnector, Full<Bytes>>,
    address: watch::Receiver<Option<String>>,
}

impl Moto {
    /// Starts moto, and again whenever it ends, until it is cancelled.
    pub fn start(toolbox: &Path, data: &Path, shutdown: CancellationToken) -> anyhow::Result<Self> {
        let images = data.join("images.json");
        std::fs::write(&images, IMAGES).context("write the list of images")?;
        let (address, known) = watch::channel(None);
        let program = toolbox.join("moto/bin/moto_server");
        tokio::spawn(async move {
            while !shutdown.is_cancelled() {
                let lived = live(&program, &images, &address, &shutdown).await;
                address.send_replace(None);
                if shutdown.is_cancelled() {
                    return;
                }
                warn!("moto ended, and what it knew is lost: {lived:?}");
                time::sleep(Duration::from_secs(1)).await;
            }
        });
        Ok(Self {
            http: Client::builder(TokioExecutor::new()).build_http(),
            address: known,
        })
    }

    /// Changes each time that moto has started or ended.
    pub fn starts(&self) -> watch::Receiver<Option<String>> {
        self.address.clone()
    }

    /// Sends a request that speaks for an account, once moto answers.
    pub async fn send(&self, mut request: Request<Full<Bytes>>) -> anyhow::Result<Response<Bytes>> {
        let address = self.address().await?;
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        *request.uri_mut() = format!("http://{address}{path}").parse::<Uri>()?;
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

    async fn address(&self) -> anyhow::Result<String> {
        let mut known = self.address.clone();
        let known = time::timeout(STARTING, known.wait_for(Option::is_some)).await;
        let address = known
            .context("moto does not start")?
            .context("moto is over")?;
        Ok(address.clone().unwrap_or_default())
    }
}

/// One life of moto, until it ends or is cancelled.
async fn live(
    program: &Path,
    images: &PathBuf,
    address: &watch::Sender<Option<String>>,
    shutdown: &CancellationToken,
) -> anyhow::Result<()> {
    let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", "--"])
        .arg(program)
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .env("MOTO_AMIS_PATH", images)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let (child, mut ended) = spawn(command)?;
    let own = format!("127.0.0.1:{port}");
    let outcome = tokio::select! {
        status = &mut ended => Err(anyhow::anyhow!("it ended with {status:?}")),
        () = shutdown.cancelled() => Ok(()),
        ready = warm_up(&own) => ready,
    };
    if outcome.is_ok() && !shutdown.is_cancelled() {
        info!("moto answers at {own}");
        address.send_replace(Some(own));
        tokio::select! {
            _ = &mut ended => {}
            () = shutdown.cancelled() => {}
        }
    }
    child.kill();
    outcome
}

/// Returns once moto has answered a call, which loads most of it.
async fn warm_up(address: &str) -> anyhow::Result<()> {
    let listening = async {
        while TcpStream::connect(address).await.is_err() {
            time::sleep(GLANCE).await;
        }
    };
    time::timeout(STARTING, listening)
        .await
        .context("moto does not listen")?;
    let (_, known) = watch::channel(Some(address.to_owned()));
    let moto = Moto {
        http: Client::builder(TokioExecutor::new()).build_http(),
        address: known,
    };
    let nobody = Account {
        id: String::new(),
        tenant: 0,
        number: "000000000000".to_owned(),
        access_key_id: String::new(),
        secret_access_key: String::new(),
    };
    for (service, version, action) in [
        ("ec2", "2016-11-15", "DescribeInstances"),
        (
            "elasticloadbalancing",
            "2012-06-01",
            "DescribeLoadBalancers",
        ),
    ] {
        let form = [("Action", action), ("Version", version)];
        moto.query(&nobody, REGION, service, &form).await?;
    }
    Ok(())
}

/// Ends a child by its pid; its own thread waits for it.
struct Handle(rustix::process::Pid);

impl Handle {
    fn kill(&self) {
        // it may have ended by itself, which is as well
        rustix::process::kill_process(self.0, rustix::process::Signal::KILL).ok();
    }
}

/// Starts a child from a thread that lives as long as it: the kernel ends it with that thread.
fn spawn(mut command: Command) -> anyhow::Result<(Handle, oneshot::Receiver<String>)> {
    let (started, start) = std::sync::mpsc::channel::<std::io::Result<u32>>();
    let (ended, end) = oneshot::channel();
    std::thread::spawn(move || {
        let mut child: Child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                started.send(Err(error)).ok(); // the starter waits for exactly this
                return;
            }
        };
        started.send(Ok(child.id())).ok();
        let status = child.wait().map(|status| status.to_string());
        ended
            .send(status.unwrap_or_else(|error| error.to_string()))
            .ok();
    });
    let id = start.recv().context("start moto")?.context("start moto")?;
    let pid = rustix::process::Pid::from_raw(id.cast_signed()).context("moto has no pid")?;
    Ok((Handle(pid), end))
}
