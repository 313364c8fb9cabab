//! The whole: every account's realm with its sockets, and the socket by which all are made.

use std::{
    collections::HashMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use proxy::Lanes;
use sandbox::{Launcher, Machine};
use tokio::{net::TcpListener, runtime::Handle, sync::watch, time};
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::{
    accounts::{Account, Accounts, REGION},
    azure::{self, Azure},
    client::{Credentials, Health, Ran},
    command, control,
    front::{self, AllRoom, Front},
    gateway::{self, Gateway},
    moto::{Moto, Standing},
    network, prober,
    realm::{self, Ground, Realm},
};

/// Where an emulated cloud works.
#[derive(Debug, Clone)]
pub struct Config {
    /// The control socket; its folder is made for this user alone.
    pub control: PathBuf,
    /// Everything durable: accounts, and what instances have.
    pub data: PathBuf,
    /// For sockets; a short path.
    pub run_dir: PathBuf,
    /// The program with the sandboxes' helper subcommands.
    pub helper: PathBuf,
    /// Where moto lies.
    pub toolbox: PathBuf,
    /// How long everything is kept for a server that doesn't come back.
    pub alone_for: Duration,
    /// The socket where instances tell the server of themselves, by [`SERVER_PORT`] inside; it may
    /// be opened later, and again.
    pub server: Option<PathBuf>,
}

/// The port of each instance's own loopback that leads to the server.
///
/// [RFC 6335](https://www.rfc-editor.org/rfc/rfc6335) gives it to nobody.
pub const SERVER_PORT: u16 = 4571;

/// Every account's realm.
pub(crate) struct Emulator {
    accounts: Accounts,
    azure: Arc<Azure>,
    ground: Arc<Ground>,
    realms: Mutex<HashMap<String, (Arc<Realm>, CancellationToken)>>,
    opening: tokio::sync::Mutex<()>,
    run_dir: PathBuf,
    endpoint: String,
    asked: watch::Sender<time::Instant>,
    /// Memory for what is sent to the AWS endpoints.
    pub room: AllRoom,
    /// Where load balancers are served.
    lanes: Arc<Lanes>,
    /// Where the AWS endpoints are.
    endpoints: Lanes,
    /// Where those of their requests are carried out that are more work than most.
    pub apart: Handle,
    shutdown: CancellationToken,
}

/// Serves until it is shut down, or no server has asked for long.
pub async fn run(config: Config, shutdown: CancellationToken) -> anyhow::Result<()> {
    let control = sandbox::listen(&config.control).await?;
    for folder in [&config.data, &config.run_dir] {
        fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    let everyone = std::net::TcpListener::bind("127.0.0.1:0").context("listen on loopback")?;
    everyone.set_nonblocking(true)?;
    let azure = azure::Everyone::listen().await?;
    let emulator = Emulator::open(&config, &everyone, &azure, shutdown.clone()).await?;
    let emulator = Arc::new(emulator);
    for account in emulator.accounts.all() {
        emulator.open_realm(account).await?;
    }
    emulator.serve_everyone(everyone)?;
    azure.serve(&emulator.azure, &emulator.shutdown);
    tokio::spawn(emulator.clone().look_when_moto_is_back());
    // held until all is gone, so that no other one starts in the same place before
    let mut serving = pin!(axum::serve(control, control::routes(emulator.clone())).into_future());
    info!("the emulated cloud answers at {}", emulator.endpoint);
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = emulator.left_alone(config.alone_for) => info!("no server has come back: ending"),
        served = &mut serving => served?,
    }
    emulator.shutdown.cancel();
    emulator.ground.launcher.clear().await;
    fs::remove_file(&config.control).context("remove the control socket")
}

impl Emulator {
    async fn open(
        config: &Config,
        everyone: &std::net::TcpListener,
        azure: &azure::Everyone,
        shutdown: CancellationToken,
    ) -> anyhow::Result<Self> {
        // beside those of the server's other launchers, with whom limits are shared
        let launcher = Launcher::new(&config.helper, config.run_dir.with_file_name("box")).await?;
        let moto = Moto::start(
            launcher.clone(),
            &config.toolbox,
            &config.data,
            shutdown.clone(),
        )?;
        Ok(Self {
            azure: Arc::new(Azure::new(&config.data, azure.addresses()?)?),
            accounts: Accounts::open(config.data.join("accounts.json"))?,
            ground: Arc::new(Ground {
                moto,
                launcher,
                data: config.data.clone(),
                server: config.server.clone(),
            }),
            realms: Mutex::default(),
            opening: tokio::sync::Mutex::default(),
            run_dir: config.run_dir.clone(),
            endpoint: format!("http://{}", everyone.local_addr()?),
            asked: watch::Sender::new(time::Instant::now()),
            room: AllRoom::default(),
            lanes: Arc::new(Lanes::start("balancers", &shutdown)?),
            endpoints: Lanes::start("endpoints", &shutdown)?,
            apart: Handle::current(),
            shutdown,
        })
    }

    /// Each time that moto is back, what runs is held against its books, of which the last may be
    /// missing, or all if no file of them could be read.
    async fn look_when_moto_is_back(self: Arc<Self>) {
        let mut standing = self.ground.moto.standing();
        while standing.changed().await.is_ok() {
            if *standing.borrow_and_update() == Standing::Answers {
                self.realms().values().for_each(|(realm, _)| realm.touch());
            }
        }
    }

    /// Serves the endpoint of all accounts.
    fn serve_everyone(self: &Arc<Self>, listener: std::net::TcpListener) -> anyhow::Result<()> {
        let lane = self.endpoints.next();
        let listener = {
            let _here = lane.enter();
            TcpListener::from_std(listener)?
        };
        let served = front::serve(listener, Front::new(self.clone(), None));
        lane.spawn(self.shutdown.clone().run_until_cancelled_owned(served));
        Ok(())
    }

    fn realms(&self) -> MutexGuard<'_, HashMap<String, (Arc<Realm>, CancellationToken)>> {
        self.realms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The secret half of an account's own key, and its realm.
    pub fn by_key(&self, access_key_id: &str) -> Option<(String, Arc<Realm>)> {
        let account = self.accounts.by_key(access_key_id)?;
        let realm = self.realms().get(&account.id)?.0.clone();
        Some((account.secret_access_key.clone(), realm))
    }

    /// The realm of the account with a number.
    pub fn by_number(&self, number: &str) -> Option<Arc<Realm>> {
        let realms = self.realms();
        let mut all = realms.values().map(|(realm, _)| realm);
        all.find(|realm| realm.account.number == number).cloned()
    }

    /// What keeps the books.
    pub fn moto(&self) -> &Moto {
        &self.ground.moto
    }

    fn sockets(&self, account: &Account) -> (PathBuf, PathBuf) {
        let folder = self.folder(account);
        (folder.join("aws.sock"), folder.join("web.sock"))
    }

    /// Where an account's sockets are.
    fn folder(&self, account: &Account) -> PathBuf {
        self.run_dir.join(&account.number)
    }

    /// Opens an account's sockets, and begins to keep what runs for it.
    async fn open_realm(self: &Arc<Self>, account: Arc<Account>) -> anyhow::Result<()> {
        let (aws, web) = self.sockets(&account);
        let realm = Arc::new(Realm::new(
            account.clone(),
            self.ground.clone(),
            self.folder(&account),
        ));
        let shutdown = self.shutdown.child_token();
        let front = Front::new(self.clone(), Some(account.id.clone()));
        let lane = self.endpoints.next();
        let listening = lane.spawn(async move { sandbox::listen(&aws).await });
        let front = front::serve(listening.await??, front);
        lane.spawn(shutdown.clone().run_until_cancelled_owned(front));
        self.azure.open(&account)?;
        azure::serve_account(&self.azure, &account, &self.folder(&account), &shutdown).await?;
        let gateways = Gateway::of(&realm, &self.lanes);
        let [connections, names] = realm::outside(&self.folder(&account));
        let connections = sandbox::listen(&connections).await?;
        let connections = network::serve_connections(
            connections,
            realm.clone(),
            gateways.clone(),
            self.lanes.clone(),
            shutdown.clone(),
        );
        tokio::spawn(shutdown.clone().run_until_cancelled_owned(connections));
        let names = network::serve_names(sandbox::listen(&names).await?, realm.clone());
        tokio::spawn(shutdown.clone().run_until_cancelled_owned(names));
        let web = sandbox::listen(&web).await?;
        let web = gateway::serve(web, gateways, self.lanes.clone(), shutdown.clone());
        tokio::spawn(shutdown.clone().run_until_cancelled_owned(web));
        tokio::spawn(realm.clone().keep(shutdown.clone()));
        tokio::spawn(prober::keep(realm.clone(), shutdown.clone()));
        self.realms().insert(account.id.clone(), (realm, shutdown));
        Ok(())
    }

    /// Makes an account, or finds it.
    pub async fn account(self: &Arc<Self>, id: &str, tenant: u32) -> anyhow::Result<Credentials> {
        let account = self.accounts.ensure(id, tenant)?;
        let _one_at_a_time = self.opening.lock().await;
        if !self.realms().contains_key(id) {
            self.open_realm(account.clone()).await?;
        }
        Ok(self.credentials(&account))
    }

    /// Gives an account a new key; none when nobody has its id.
    pub fn renew_key(&self, id: &str) -> anyhow::Result<Option<Credentials>> {
        let renewed = self.accounts.renew(id)?;
        Ok(renewed.map(|account| self.credentials(&account)))
    }

    fn credentials(&self, account: &Account) -> Credentials {
        let (aws_socket, web_socket) = self.sockets(account);
        let [azure_socket, _] = azure::sockets(&self.folder(account));
        let outbound = realm::outbound(&self.folder(account), network::TERMINAL);
        Credentials {
            access_key_id: account.access_key_id.clone(),
            secret_access_key: account.secret_access_key.clone(),
            account_number: account.number.clone(),
            region: REGION.to_owned(),
            aws_socket,
            web_socket,
            endpoint: self.endpoint.clone(),
            outbound: Some(outbound),
            azure_socket,
            azure_endpoint: self.azure.endpoint.clone(),
            azure_token: azure::token(account),
            azure_subscription: azure::subscription(account),
            az: Some(azure::az(&self.azure, account, &self.folder(account))),
        }
    }

    /// Removes an account with everything that it runs.
    pub async fn remove(&self, id: &str) -> anyhow::Result<()> {
        let removed = self.realms().remove(id);
        if let Some((realm, shutdown)) = removed {
            shutdown.cancel();
            self.azure.remove(&realm.account)?;
            self.ground.moto.forget(&realm.account).await?;
            let instances = self.ground.data.join("instances");
            let left = [instances, self.run_dir.clone()].map(|at| at.join(&realm.account.number));
            for folder in left.iter().filter(|folder| folder.exists()) {
                fs::remove_dir_all(folder)?;
            }
        }
        self.accounts.remove(id).map(drop)
    }

    /// Returns once no server has asked for long.
    async fn left_alone(&self, alone_for: Duration) {
        let mut asked = self.asked.subscribe();
        loop {
            let deadline = *asked.borrow_and_update() + alone_for;
            tokio::select! {
                () = time::sleep_until(deadline) => return,
                _ = asked.changed() => {}
            }
        }
    }

    /// Runs a line of shell on an account's running instance.
    pub async fn command(&self, id: &str, instance: &str, line: &str) -> anyhow::Result<Ran> {
        let machine = self.machine(id, instance)?;
        command::run(&machine, line).await
    }

    /// An account's running instance.
    pub fn machine(&self, id: &str, instance: &str) -> anyhow::Result<Arc<Machine>> {
        let realm = self.realms().get(id).map(|(realm, _)| realm.clone());
        let machine = realm.and_then(|realm| realm.machine(instance));
        machine.with_context(|| format!("{instance} does not run"))
    }

    /// Whether a name stands for a load balancer of an account's.
    pub fn knows(&self, id: &str, name: &str) -> bool {
        let realm = self.realms().get(id).map(|(realm, _)| realm.clone());
        realm.is_some_and(|realm| realm.balancer_of(name).is_some())
    }

    /// How it is.
    pub fn health(&self) -> Health {
        let realms = self.realms();
        Health {
            accounts: realms.len(),
            instances: realms.values().map(|(realm, _)| realm.running()).sum(),
            isolation: format!("{:?}", self.ground.launcher.level().level),
        }
    }

    /// A server has asked for something.
    pub fn heard(&self) {
        self.asked.send_replace(time::Instant::now());
    }
}
