//! The server put together: its state, its start and its stop.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use emulator::Emulator;
use routing::Front;
use sandbox::{Launcher, Level};
use sqlx::AnyPool;
use tokio::{
    net::{TcpListener, UnixListener},
    sync::Notify,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::{
    Error, Result, accounts, applications,
    config::{self, Config, Https},
    db,
    deployments::{self, Underway},
    events::{self, Events},
    home, https, infrastructures,
    instances::{self, Signer, agent::Sent},
    lease::{self, Lease},
    original::Followers,
    outward,
    predecessor::Server,
    processes::Process,
    providers::Seal,
    quota, recordings, router, routes, self_test,
    terminals::{
        self,
        hosts::{self, Hosts},
    },
    tutorials, webhooks,
};

/// What every request may need; cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// The database.
    pub pool: AnyPool,
    /// Where changes are told.
    pub events: Events,
    /// The settings.
    pub config: Arc<Config>,
    /// Starts the sandboxes of macfile commands; knows how well this machine isolates.
    pub launcher: Arc<Launcher>,
    /// The processes that hold terminals.
    pub terminals: Arc<terminals::hosts::Hosts>,
    /// The emulated cloud.
    pub emulator: Emulator,
    /// The names that lead to applications.
    pub names: Arc<router::Names>,
    /// Leads applications' addresses to their live versions.
    pub router: Arc<routing::Router>,
    /// Signs what instances' agents show.
    pub signer: Signer,
    /// Seals credentials.
    pub seal: Seal,
    /// Rings when something of any instance changes; who waits looks again.
    pub instances_changed: Arc<Notify>,
    /// How far callers of the original client follow logs.
    pub followers: Followers,
    /// What agents have sent.
    pub sent: Sent,
    /// The deployments that are carried out now.
    pub underway: Underway,
    /// What homes hold.
    pub homes: quota::Book,
    /// Rings when a webhook is to be told of something.
    pub webhooks_due: Arc<Notify>,
    /// That this server, and no other, carries deployments out.
    pub lease: Lease,
    /// Who carried deployments out before.
    pub predecessor: Option<Server>,
    /// Asks the allowed names of the internet.
    pub internet: outward::Client,
    /// The tutorials.
    pub tutorials: Arc<tutorials::Tutorials>,
    /// What the last self-test found.
    pub self_test: Arc<self_test::Found>,
    /// How the emulated cloud is started.
    emulator_process: Process,
}

/// When to stop what.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    /// Stop serving; terminals and instances stay for the next server.
    pub serving: CancellationToken,
    /// Stop serving, and then terminals and instances.
    pub everything: CancellationToken,
}

/// How long requests under way may take to end when the server stops.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

impl App {
    /// Opens what the settings name, and tries how well this machine isolates.
    pub async fn open(config: Config) -> anyhow::Result<Self> {
        let pool = db::open(config.database_url.as_deref(), &config.data).await?;
        let folders = config.folders();
        if config.isolation == config::Needed::C {
            home::open_folders(&folders).context("open the folders of homes and sandboxes")?;
        }
        let launcher = if config.no_sandbox {
            Launcher::unconfined()
        } else {
            Launcher::new(
                config::sandbox_helper(config.helper.clone()),
                folders.run("serve"),
            )
            .await?
        };
        let terminals = terminals_hosts(&config)?;
        let (lease, predecessor) = Lease::take(&pool).await.context("take the place")?;
        let names = Arc::new(router::Names::of(&config)?);
        let app = Self {
            lease,
            predecessor,
            pool,
            events: Events::default(),
            launcher: Arc::new(launcher),
            terminals: Arc::new(terminals),
            router: Arc::new(router::of(&names)),
            names,
            underway: Underway::default(),
            signer: Signer::open(&folders.key("agents.key"))?,
            seal: Seal::open_key(&folders.key("secret.key"))?,
            instances_changed: Arc::default(),
            followers: Followers::default(),
            internet: outward::Client::default(),
            self_test: Arc::default(),
            tutorials: Arc::new(tutorials::Tutorials::open(&config.tutorials)),
            sent: Sent::default(),
            homes: quota::Book::default(),
            webhooks_due: Arc::default(),
            emulator: Emulator::new(folders.emulator_socket()),
            emulator_process: process(&config, "emulator", folders.emulator_socket()),
            config: Arc::new(config),
        };
        app.report();
        Ok(app)
    }

    /// Tells the operator what was found.
    fn report(&self) {
        let probe = self.launcher.level();
        let (level, missing) = (probe.level, probe.missing.join("; "));
        match level {
            Level::A => tracing::info!("isolation is at level A"),
            Level::B | Level::C | Level::D => {
                tracing::warn!("isolation is at level {level:?}, not A: {missing}");
            }
        }
        let off = self.sandboxes_off().or_else(|| self.emulator_off());
        let said = [self.warning(), off];
        for said in said.into_iter().flatten() {
            tracing::warn!("{said}");
        }
    }

    /// What starts sandboxes, if this machine isolates as well as the settings ask for.
    pub fn sandboxes(&self) -> Result<&Launcher> {
        match self.sandboxes_off() {
            None => Ok(&self.launcher),
            Some(reason) => Err(Error::Unavailable(reason)),
        }
    }

    /// What everybody who uses this server must know.
    pub fn warning(&self) -> Option<String> {
        let said = "Shells and commands run without a sandbox, with all rights of the user that \
                    started this server.";
        self.config.no_sandbox.then(|| said.to_owned())
    }

    /// Why terminals and commands are off; none when they are on.
    pub fn sandboxes_off(&self) -> Option<String> {
        if self.config.no_sandbox {
            return None;
        }
        let (needed, probe) = (self.config.isolation, self.launcher.level());
        (!needed.is_met_by(probe.level)).then(|| {
            format!(
                "terminals, commands and instances are off: they need isolation level \
                 {needed:?}, and this machine has {:?} ({})",
                probe.level,
                probe.missing.join("; ")
            )
        })
    }

    /// Whether sandboxes have a network of their own, in which we lead what they connect to.
    pub fn leads_sandboxes(&self) -> bool {
        match self.launcher.level().level {
            Level::A | Level::B => true,
            Level::C | Level::D => false,
        }
    }

    /// Why there is no emulated cloud; none when there is one.
    pub fn emulator_off(&self) -> Option<String> {
        let missing = "there is no emulated cloud, as the server was started without --toolbox";
        if self.config.no_sandbox {
            return Some("there is no emulated cloud without sandboxes to run instances in".into());
        }
        if self.launcher.level().level == Level::C {
            let why =
                "there is no emulated cloud at isolation level C: its instances need namespaces";
            return self.sandboxes_off().or_else(|| Some(why.into()));
        }
        let no_toolbox = || self.config.toolbox.is_none().then(|| missing.to_owned());
        self.sandboxes_off().or_else(no_toolbox)
    }

    /// Starts and watches the other processes, as far as they are on.
    async fn start_processes(&self) {
        if self.sandboxes_off().is_none() {
            tokio::spawn(terminals::hosts::watch(self.clone()));
        }
        if self.emulator_off().is_none() {
            tokio::spawn(keep_emulator(self.clone()));
        }
        tokio::spawn(quota::keep_measuring(self.clone()));
        tokio::spawn(instances::keep_watch(self.clone()));
        tokio::spawn(instances::keep_lifespans(self.clone()));
        tokio::spawn(accounts::keep_removing(self.clone()));
        tokio::spawn(events::keep_dismissing(self.clone()));
        tokio::spawn(infrastructures::keep_retention(self.clone()));
        tokio::spawn(infrastructures::keep_destroying(self.clone()));
        tokio::spawn(recordings::keep_retention(self.clone()));
    }

    async fn stop_processes(&self) {
        self.terminals.stop().await;
        self.emulator_process.stop().await;
    }
}

/// The hosts of terminals; this build's is started later.
fn terminals_hosts(config: &Config) -> anyhow::Result<Hosts> {
    let folders = config.folders();
    let build = hosts::build(&config.helper);
    let socket = hosts::socket(&folders.sockets(), &build);
    let mut process = process(config, "pty-host", socket.clone());
    process.add(["--socket".into(), socket.display().to_string()]);
    let machines = config.terminals.machines()?;
    Hosts::new(folders.sockets(), build, process, &machines)
}

/// A subcommand of this program that works on the same data folder.
fn process(config: &Config, name: &str, socket: PathBuf) -> Process {
    let data = config.data.display().to_string();
    let keep = config.keep_seconds.to_string();
    let mut arguments = vec![
        name.to_owned(),
        "--data".into(),
        data,
        "--keep-seconds".into(),
        keep,
        "--ping-seconds".into(),
        config.ping_seconds.to_string(),
    ];
    if config.no_sandbox {
        arguments.push("--no-sandbox".into());
    }
    if let Some(toolbox) = &config.toolbox {
        arguments.extend(["--toolbox".into(), toolbox.display().to_string()]);
    }
    let log = config.folders().logs().join(format!("{name}.log"));
    Process::new(&config.helper, arguments, socket, log)
}

/// How often the emulated cloud is looked after.
const ROUND: Duration = Duration::from_secs(5);

/// Starts the emulated cloud anew when it is gone, and tells it that there is a server.
async fn keep_emulator(app: App) {
    loop {
        if app.emulator.health().await.is_err()
            && let Err(error) = app.emulator_process.ensure().await
        {
            tracing::warn!("{error:#}");
        }
        tokio::time::sleep(ROUND).await;
    }
}

/// Serves until it is stopped.
pub async fn run(config: Config, listener: TcpListener, stop: Stop) -> anyhow::Result<()> {
    // before anything is begun that a certificate which can't be used would end
    let by_tls = listen_by_tls(&config.https).await?;
    let app = App::open(config.prepare()?).await?;
    app.start_processes().await;
    applications::restore_routes(&app).await?;
    deployments::resume(&app).await?;
    instances::resume(&app).await?;
    if app.emulator_off().is_none() {
        hear_agents(&app, stop.clone()).await?;
    }
    let way_out = take_over(&app.config.folders().outward_socket()).await?;
    let until = stop.clone().either();
    tokio::spawn(outward::serve(app.clone(), way_out, until));
    tokio::spawn(webhooks::run(app.clone()));
    tokio::spawn(lease::keep(app.clone(), stop.clone()));
    tokio::spawn(router::keep_telling(app.clone()));
    let front = Front::new(app.router.clone(), routes::router(app.clone()))?;
    let until = stop.clone().either();
    let plain = front.clone().serve(listener, None, until.clone());
    let secure = async {
        if let Some((listener, acceptor)) = by_tls {
            front.serve(listener, Some(acceptor), until).await;
        }
    };
    tokio::select! {
        ((), ()) = async { tokio::join!(plain, secure) } => {}
        () = last_requests(stop.clone()) => {}
    }
    if stop.everything.is_cancelled() {
        app.stop_processes().await;
    }
    app.launcher.clear().await;
    let is_replaced = app.lease.is_lost(&app.pool).await;
    app.pool.close().await;
    anyhow::ensure!(!is_replaced, "another server has taken this one's place");
    Ok(())
}

/// Listens by TLS, if the settings ask for that.
async fn listen_by_tls(https: &Https) -> anyhow::Result<Option<(TcpListener, TlsAcceptor)>> {
    let (Some(listen), Some(acceptor)) = (https.listen, https::acceptor(https)?) else {
        return Ok(None);
    };
    let listener = TcpListener::bind(listen).await;
    let listener = listener.with_context(|| format!("listen on {listen}"))?;
    Ok(Some((listener, acceptor)))
}

/// Serves instances of the emulated cloud, which reach nothing else of this server.
async fn hear_agents(app: &App, stop: Stop) -> anyhow::Result<()> {
    let listener = take_over(&app.config.folders().agents_socket()).await?;
    let router = routes::agents(app.clone());
    let serving = axum::serve(listener, router).with_graceful_shutdown(stop.asked());
    tokio::spawn(serving.into_future());
    Ok(())
}

/// Listens at a socket: who had it has been replaced, even if it is there and sleeps.
async fn take_over(socket: &Path) -> anyhow::Result<UnixListener> {
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("take over {}", socket.display()));
        }
        Ok(()) | Err(_) => {}
    }
    sandbox::listen(socket).await
}

impl Stop {
    /// Is cancelled once one of both is.
    fn either(self) -> CancellationToken {
        let either = CancellationToken::new();
        let set = either.clone();
        tokio::spawn(async move {
            self.asked().await;
            set.cancel();
        });
        either
    }

    /// Returns once one of both was asked for.
    async fn asked(self) {
        tokio::select! {
            () = self.serving.cancelled() => {}
            () = self.everything.cancelled() => {}
        }
    }
}

/// Open sockets would keep a graceful stop waiting for ever.
async fn last_requests(stop: Stop) {
    stop.asked().await;
    tokio::time::sleep(LAST_REQUESTS).await;
}
