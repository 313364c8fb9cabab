//! The process that holds terminals, and what it answers on its socket.
//!
//! `/control` is for the server, `/terminals/{id}` for a page whose handshake the server has
//! passed on: its bytes are spliced and its frames are read here alone.

use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use futures_util::{SinkExt as _, StreamExt as _};
use proxy::{Handed, Lanes};
use sandbox::Launcher;
use tokio::{
    io::{self, AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    sync::watch,
    time::{sleep, timeout},
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async_with_config,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request as Upgrade},
        http::{StatusCode, Uri},
        protocol::Role as Side,
    },
};
use tokio_util::{either::Either, sync::CancellationToken, task::TaskTracker};
use tracing::{debug, info};

use crate::{
    Connection, Token, Viewing, Visitor,
    beat::Beat,
    handing,
    protocol::{Answer, Listed, Record, Recorded, Request},
    recording::Writer,
    route::Route,
    shell::Shell,
    socket,
    viewers::Viewer,
};

/// How long who connects may take to say what for.
const GREETED_WITHIN: Duration = Duration::from_secs(10);
/// How long a server of another machine may ask nothing until it is taken for gone.
const SILENT_SERVER: Duration = Duration::from_secs(60);
/// How often a host that is to end looks whether its last terminal has ended.
const DRAIN_ROUND: Duration = Duration::from_millis(250);

/// How long a server may take to hand over a connection that it has announced.
const HANDED_WITHIN: Duration = Duration::from_secs(30);

/// How long it is waited until what was recorded is written.
const WRITTEN_WITHIN: Duration = Duration::from_secs(10);
/// The same where somebody waits for something else.
const SOON_WRITTEN: Duration = Duration::from_secs(2);

/// Where a host works.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens.
    pub listen: Listen,
    /// Where sandboxes have their control sockets.
    pub run_dir: PathBuf,
    /// The program with the sandboxes' helper subcommands.
    pub helper: PathBuf,
    /// Whether a single person asked for shells without a sandbox.
    pub is_unconfined: bool,
    /// How long terminals are kept for a server that doesn't come back.
    pub alone_for: Duration,
    /// How often pages are asked whether they are there, more often than proxies lose patience with
    /// connections on which nothing passes.
    pub ping_every: Duration,
}

/// Where a host listens.
#[derive(Debug, Clone)]
pub enum Listen {
    /// A socket whose folder is made for this user alone.
    Socket(PathBuf),
    /// An address for servers of other machines.
    Network {
        /// The address.
        address: SocketAddr,
        /// What it lets in who shows it.
        token: Token,
    },
}

/// Holds terminals until it is shut down, or no server has asked for long.
pub async fn run(config: Config, shutdown: CancellationToken) -> anyhow::Result<()> {
    let listener = Listener::open(&config.listen).await?;
    let launcher = if config.is_unconfined {
        Launcher::unconfined()
    } else {
        Launcher::new(&config.helper, &config.run_dir).await?
    };
    let lanes_end = CancellationToken::new();
    let _lanes_end = lanes_end.clone().drop_guard();
    let host = Arc::new(Host {
        launcher,
        lanes: Lanes::start("terminals", &lanes_end)?,
        shells: Mutex::default(),
        recordings: Writer::start().context("start the thread of recordings")?,
        servers: watch::Sender::new(0),
        draining: CancellationToken::new(),
        beat: Beat::new(config.ping_every),
        tasks: TaskTracker::new(),
    });
    listener.tell()?;
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = host.left_alone(config.alone_for) => info!("no server has come back: ending"),
        () = host.drained() => info!("another build has taken over, and nothing runs here: ending"),
        () = host.clone().accept_all(&listener) => {}
    }
    host.end_recordings().await;
    for shell in host.shells().values() {
        shell.end();
    }
    host.launcher.clear().await;
    match &config.listen {
        Listen::Socket(socket) => fs::remove_file(socket).context("remove the socket"),
        Listen::Network { .. } => Ok(()),
    }
}

/// What a host hears.
enum Listener {
    /// This machine's servers.
    Here(UnixListener),
    /// Those of others that show the token.
    Network(TcpListener, Token),
}

impl Listener {
    async fn open(listen: &Listen) -> anyhow::Result<Self> {
        match listen {
            Listen::Socket(socket) => sandbox::listen(socket).await.map(Self::Here),
            Listen::Network { address, token } => {
                let listener = TcpListener::bind(address).await;
                let listener = listener.with_context(|| format!("listen on {address}"))?;
                Ok(Self::Network(listener, token.clone()))
            }
        }
    }

    fn tell(&self) -> io::Result<()> {
        match self {
            Self::Here(listener) => info!("terminals are held at {:?}", listener.local_addr()?),
            Self::Network(listener, _) => {
                info!(
                    "terminals are held for other machines at {}",
                    listener.local_addr()?
                );
            }
        }
        Ok(())
    }

    async fn accept(&self) -> io::Result<Connection> {
        match self {
            Self::Here(listener) => listener.accept().await.map(|(unix, _)| Either::Left(unix)),
            Self::Network(listener, _) => {
                let (tcp, _) = listener.accept().await?;
                tcp.set_nodelay(true)?;
                Ok(Either::Right(tcp))
            }
        }
    }

    /// What who connects must show.
    fn token(&self) -> Option<Token> {
        match self {
            Self::Here(_) => None,
            Self::Network(_, token) => Some(token.clone()),
        }
    }
}

struct Host {
    launcher: Launcher,
    lanes: Lanes,
    shells: Mutex<BTreeMap<String, Arc<Shell>>>,
    recordings: Writer,
    servers: watch::Sender<usize>,
    draining: CancellationToken,
    beat: Beat,
    tasks: TaskTracker,
}

impl Host {
    fn shells(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Shell>>> {
        self.shells.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns once no server has been connected for long.
    async fn left_alone(&self, alone_for: Duration) {
        let mut servers = self.servers.subscribe();
        loop {
            if servers.wait_for(|count| *count == 0).await.is_err() {
                return;
            }
            tokio::select! {
                () = sleep(alone_for) => return,
                _ = servers.wait_for(|count| *count > 0) => {}
            }
        }
    }

    /// Returns once nothing runs here any more, and nothing is to be launched.
    async fn drained(&self) {
        self.draining.cancelled().await;
        loop {
            sleep(DRAIN_ROUND).await;
            let runs = || {
                self.shells()
                    .values()
                    .any(|shell| shell.state().exit.is_none())
            };
            if !runs() {
                return;
            }
        }
    }

    async fn accept_all(self: Arc<Self>, listener: &Listener) {
        loop {
            match listener.accept().await {
                Ok(stream) => {
                    let (host, token) = (self.clone(), listener.token());
                    self.tasks.spawn(async move {
                        if let Err(error) = host.greet(stream, token).await {
                            debug!("a connection ended: {error:#}");
                        }
                    });
                }
                Err(_) => sleep(Duration::from_millis(100)).await, // most likely out of descriptors
            }
        }
    }

    async fn greet(&self, stream: Connection, token: Option<Token>) -> anyhow::Result<()> {
        if let Either::Left(unix) = &stream {
            let peer = unix.peer_cred()?.uid();
            anyhow::ensure!(
                peer == rustix::process::geteuid().as_raw(),
                "a stranger: user {peer}"
            );
        }
        let mut found = None;
        #[expect(
            clippy::result_large_err,
            reason = "the websocket library's own signature"
        )]
        let route = |upgrade: &Upgrade, response| {
            if token.is_some_and(|token| !token.is_shown_by(upgrade.headers())) {
                return Err(refusal(StatusCode::UNAUTHORIZED, "the token is another"));
            }
            found = self.find(upgrade.uri());
            match found {
                Some(_) => Ok(response),
                None => Err(refusal(StatusCode::NOT_FOUND, "no such terminal")),
            }
        };
        let greeting = accept_hdr_async_with_config(stream, route, Some(socket::config()));
        let socket = timeout(GREETED_WITHIN, greeting).await??;
        let beat = self.beat;
        match found.context("no way")? {
            (Route::Control, _) => self.control(socket).await?,
            (Route::Page(_, visitor), Some(shell)) => match socket.into_inner() {
                Either::Left(unix) => {
                    show::<UnixStream>(shell, (visitor, beat), unix.free()?, Vec::new());
                }
                Either::Right(tcp) => {
                    show::<TcpStream>(shell, (visitor, beat), tcp.free()?, Vec::new());
                }
            },
            (Route::Handed(_, visitor), Some(shell)) => {
                let Either::Left(mut server) = socket.into_inner() else {
                    anyhow::bail!("a connection can't be handed over from another machine");
                };
                let (page, already) = timeout(HANDED_WITHIN, handing::take(&mut server)).await??;
                let page = std::net::TcpStream::from(page);
                page.set_nonblocking(true)?;
                show::<TcpStream>(shell, (visitor, beat), page, already);
            }
            (Route::Page(..) | Route::Handed(..), None) => {}
        }
        Ok(())
    }

    /// What a connection is for, and the terminal if it is for one that there is.
    fn find(&self, uri: &Uri) -> Option<(Route, Option<Arc<Shell>>)> {
        let route = Route::read(uri.path(), uri.query())?;
        let shell = match &route {
            Route::Control => None,
            Route::Page(id, _) | Route::Handed(id, _) => Some(self.shells().get(id).cloned()?),
        };
        Some((route, shell))
    }

    async fn control(&self, mut socket: WebSocketStream<Connection>) -> anyhow::Result<()> {
        let _connected = Connected::new(&self.servers);
        // one of another machine may vanish without a word; a living one asks each second
        let is_far = matches!(socket.get_ref(), Either::Right(_));
        let silence = if is_far { SILENT_SERVER } else { Duration::MAX };
        while let Some(message) = timeout(silence, socket.next()).await? {
            if let Message::Text(text) = message? {
                let answer = match serde_json::from_str(&text) {
                    Ok(request) => self.answer(request).await,
                    Err(error) => Answer::Refused(format!("not understood: {error}")),
                };
                socket
                    .send(Message::text(serde_json::to_string(&answer)?))
                    .await?;
            }
        }
        Ok(())
    }

    async fn answer(&self, request: Request) -> Answer {
        match request {
            Request::Launch { id, .. } if self.shells().contains_key(&id) => {
                Answer::Refused(format!("terminal {id} is there already"))
            }
            Request::Launch {
                id,
                spec,
                cols,
                rows,
            } => {
                let lane = self.lanes.next();
                let shell = Shell::launch(&self.launcher, lane, *spec, (cols, rows));
                self.hold(id, shell)
            }
            Request::Drain => {
                self.draining.cancel();
                Answer::Done
            }
            Request::List => Answer::Terminals(self.list()),
            Request::Dismiss { login } => {
                for shell in self.shells().values() {
                    shell.dismiss(&login);
                }
                Answer::Done
            }
            Request::Record { id, record } => self.record(&id, record).await,
            Request::StopRecording { id } => {
                self.stop_recording(&id, WRITTEN_WITHIN).await;
                Answer::Done
            }
            Request::Mark { id, label } => {
                let marked = self.shell(&id).and_then(|shell| shell.mark(label));
                marked.map_or_else(
                    || Answer::Refused("it is not recorded".to_owned()),
                    |(name, at_ms, offset)| Answer::Marked(name, at_ms, offset),
                )
            }
            Request::End { id } => {
                self.stop_recording(&id, SOON_WRITTEN).await;
                if let Some(shell) = self.shells().remove(&id) {
                    shell.end();
                }
                Answer::Done
            }
        }
    }

    fn shell(&self, id: &str) -> Option<Arc<Shell>> {
        self.shells().get(id).cloned()
    }

    async fn record(&self, id: &str, record: Record) -> Answer {
        let Some(shell) = self.shell(id) else {
            return Answer::Refused("no such terminal".to_owned());
        };
        let Record {
            name,
            folder,
            most_bytes,
        } = record;
        let made = tokio::task::spawn_blocking(move || Writer::prepare(folder, most_bytes, name));
        match made.await {
            Ok(Ok(tape)) => match shell.record(&self.recordings, tape) {
                Ok(begun) => {
                    timeout(WRITTEN_WITHIN, begun.cancelled()).await.ok();
                    Answer::Done
                }
                Err(why) => Answer::Refused(why.to_owned()),
            },
            Ok(Err(error)) => Answer::Refused(format!("a recording cannot be written: {error}")),
            Err(error) => Answer::Refused(error.to_string()),
        }
    }

    async fn stop_recording(&self, id: &str, within: Duration) {
        if let Some(done) = self.shell(id).and_then(|shell| shell.stop_recording()) {
            // a disk that hangs is not waited for; the listing says once it is done
            timeout(within, done.cancelled()).await.ok();
        }
    }

    async fn end_recordings(&self) {
        let all: Vec<String> = self.shells().keys().cloned().collect();
        for id in all {
            self.stop_recording(&id, SOON_WRITTEN).await;
        }
    }

    fn hold(&self, id: String, shell: anyhow::Result<Arc<Shell>>) -> Answer {
        match shell {
            Ok(shell) => {
                self.shells().insert(id, shell);
                Answer::Done
            }
            Err(error) => Answer::Refused(format!("{error:#}")),
        }
    }

    fn list(&self) -> Vec<Listed> {
        let shells = self.shells();
        let listed = shells.iter().map(|(id, shell)| {
            let state = shell.state();
            let viewing = |viewer: &Viewer| Viewing {
                visitor: Visitor {
                    role: viewer.role,
                    login: viewer.login.to_string(),
                },
                for_s: viewer.since.elapsed().as_secs(),
            };
            let alone = state.viewers.alone_since().map(|since| since.elapsed());
            Listed {
                id: id.clone(),
                exit: state.exit,
                viewers: state.viewers.all().map(viewing).collect(),
                alone_s: alone.map(|alone| alone.as_secs()),
                recording: state.recorded().map(|progress| {
                    let counts = progress.counts().clone();
                    Recorded {
                        name: progress.name.clone(),
                        kept_bytes: counts.kept_bytes,
                        missing_bytes: counts.missing_bytes,
                        trouble: counts.trouble,
                    }
                }),
            }
        });
        listed.collect()
    }
}

fn refusal(status: StatusCode, why: &str) -> ErrorResponse {
    let mut refusal = ErrorResponse::new(Some(why.to_owned()));
    *refusal.status_mut() = status;
    refusal
}

/// Serves a page of a terminal by the thread that reads the terminal, so that neither wakes another.
fn show<S>(shell: Arc<Shell>, (visitor, beat): (Visitor, Beat), stream: S::Free, already: Vec<u8>)
where
    S: Handed + AsyncRead + AsyncWrite + Unpin + 'static,
{
    let beside = shell.clone();
    beside.beside(async move {
        let stream = match S::known_here(stream) {
            Ok(stream) => stream,
            Err(error) => return debug!("a page is lost: {error}"),
        };
        let config = Some(socket::config());
        let socket =
            WebSocketStream::from_partially_read(stream, already, Side::Server, config).await;
        socket::serve(socket, shell, visitor, beat).await;
    });
}

/// Counts a server for as long as it is connected.
struct Connected<'a>(&'a watch::Sender<usize>);

impl<'a> Connected<'a> {
    fn new(servers: &'a watch::Sender<usize>) -> Self {
        servers.send_modify(|count| *count += 1);
        Self(servers)
    }
}

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
