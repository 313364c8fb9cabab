//! One account's part of the emulated cloud: what runs is made to match what moto's books say.

use std::{
    collections::{HashMap, HashSet},
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use arc_swap::ArcSwap;
use sandbox::{Launcher, Machine, Outbound};
use tokio::{
    sync::{Notify, watch},
    time,
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    accounts::Account,
    balancing::{Balancing, Drains, Pool, Target, Verdict},
    books::{BookedInstance, Picture},
    boot,
    instances::{self, Place},
    moto::Moto,
    network::{Directory, Found, Kind, Leads, Preface, answer},
    plan::{self, Act},
    prober::Health,
    reach::{self, Source},
    vitals::{Progress, Vitals},
};

/// How often the books are read when nothing was changed by a request: autoscaling and the like
/// change them by themselves.
const SAFETY_ROUND: Duration = Duration::from_secs(20);
/// How often when nothing runs: consoles of what was terminated are dropped then.
const QUIET_ROUND: Duration = Duration::from_secs(3600);
/// How many requests of one account moto answers at once; it has a thread for each.
pub(crate) const MOST_ASKING: u32 = 16;

/// What every realm works with.
pub(crate) struct Ground {
    /// Keeps the books.
    pub moto: Moto,
    /// Starts instances.
    pub launcher: Launcher,
    /// Where instances keep what they have.
    pub data: PathBuf,
    /// Where instances tell the server of themselves.
    pub server: Option<PathBuf>,
}

/// One account's part.
pub(crate) struct Realm {
    /// Whose it is.
    pub account: Arc<Account>,
    /// What it works with.
    pub ground: Arc<Ground>,
    /// Which instances are well.
    pub health: Health,
    /// What is under way to targets of load balancers.
    pub drains: Drains,
    /// Held while something is launched, so that no two count what runs at once.
    pub launching: tokio::sync::Mutex<()>,
    run_dir: PathBuf,
    /// How those that run are.
    pub vitals: Vitals,
    rebooting: Mutex<HashSet<String>>,
    /// A place for each request of the account's that moto answers at once.
    pub asking: tokio::sync::Semaphore,
    machines: Mutex<HashMap<String, Arc<Machine>>>,
    known: ArcSwap<Known>,
    balancing: watch::Sender<Arc<Balancing>>,
    changed: Notify,
    turn: AtomicUsize,
}

/// What the books said when they were last read.
#[derive(Default)]
struct Known {
    picture: Picture,
    directory: Directory,
}

impl Realm {
    /// An account's part, in which nothing runs yet; its sockets are in `run_dir`.
    pub fn new(account: Arc<Account>, ground: Arc<Ground>, run_dir: PathBuf) -> Self {
        Self {
            account,
            ground,
            health: Health::default(),
            drains: Drains::default(),
            launching: tokio::sync::Mutex::default(),
            run_dir,
            vitals: Vitals::default(),
            rebooting: Mutex::default(),
            asking: tokio::sync::Semaphore::const_new(MOST_ASKING as usize),
            machines: Mutex::default(),
            known: ArcSwap::default(),
            balancing: watch::Sender::default(),
            changed: Notify::new(),
            turn: AtomicUsize::new(0),
        }
    }

    /// The outside of a sandbox of the account's.
    pub fn outbound(&self, address: Ipv4Addr) -> Outbound {
        outbound(&self.run_dir, address)
    }

    /// The books may have changed.
    pub fn touch(&self) {
        self.changed.notify_one();
    }

    /// These are ended and booted again, with their disks, soon.
    pub fn reboot(&self, ids: Vec<String>) {
        held(&self.rebooting).extend(ids);
        self.touch();
    }

    /// The sandbox of a running instance.
    pub fn machine(&self, id: &str) -> Option<Arc<Machine>> {
        held(&self.machines).get(id).cloned()
    }

    /// How many instances run.
    pub fn running(&self) -> usize {
        held(&self.machines).len()
    }

    /// The load balancers of all regions.
    pub fn balancing(&self) -> Arc<Balancing> {
        self.balancing.borrow().clone()
    }

    /// The same, as they change.
    pub fn balancing_changes(&self) -> watch::Receiver<Arc<Balancing>> {
        self.balancing.subscribe()
    }

    /// The load balancer that a name stands for.
    pub fn balancer_of(&self, name: &str) -> Option<String> {
        let known = self.known.load();
        let found = self.resolve(name, Kind::A)?;
        let mut addresses = found.iter().filter_map(Found::address);
        let balancer = addresses.find_map(|address| known.directory.balancer_at(address));
        balancer.map(str::to_owned)
    }

    /// What a name is.
    pub fn resolve(&self, name: &str, kind: Kind) -> Option<Vec<Found>> {
        let known = self.known.load();
        let zones = &known.picture.zones;
        answer(&known.directory, zones, name, kind, rand::random)
    }

    /// Where a connection leads.
    pub fn leads(&self, preface: &Preface) -> Leads {
        let known = self.known.load();
        known.directory.leads(&known.picture, preface)
    }

    /// Whether an instance's security groups let somebody in.
    pub fn admits(&self, instance: &str, source: &Source, port: u16) -> bool {
        let known = self.known.load();
        let instance = known.picture.instance(instance);
        instance.is_some_and(|one| reach::admits(&known.picture.groups, one, source, port))
    }

    /// Whether an address is an instance's.
    pub fn has_address(&self, instance: &str, address: &str) -> bool {
        let known = self.known.load();
        let instance = known.picture.instance(instance);
        address
            .parse()
            .is_ok_and(|address| instance.is_some_and(|one| one.has(address)))
    }

    /// The targets of a pool that take requests: those that are well, and, where it fails open and
    /// none is, all.
    pub fn takers(&self, pool: &Pool) -> Vec<Target> {
        let targets = pool.targets.iter();
        let well = targets.filter(|target| self.health.verdict(pool, target) == Verdict::Well);
        let well: Vec<Target> = well.cloned().collect();
        match well.is_empty() && pool.fails_open {
            true => pool.targets.clone(),
            false => well,
        }
    }

    /// A number that is each time another one.
    pub fn turn(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }

    /// Where an instance keeps what it has.
    pub fn place(&self, id: &str) -> Place {
        Place::of(&self.ground.data, &self.account.number, id)
    }

    /// Makes what runs match the books, at once and whenever they change, until it is cancelled.
    pub async fn keep(self: Arc<Self>, shutdown: CancellationToken) {
        self.touch();
        loop {
            let is_quiet = self.running() == 0;
            let round = if is_quiet { QUIET_ROUND } else { SAFETY_ROUND };
            let changed = self.changed.notified();
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = changed => {}
                () = time::sleep(round) => {}
            }
            if let Err(error) = self.reconcile().await {
                warn!("account {}: {error:#}", self.account.number);
                time::sleep(Duration::from_secs(1)).await;
                self.changed.notify_one();
            }
        }
        self.stop_all().await;
    }

    async fn stop_all(&self) {
        let machines: Vec<_> = held(&self.machines).drain().collect();
        for (_, machine) in machines {
            machine.kill();
        }
    }

    async fn reconcile(self: &Arc<Self>) -> anyhow::Result<()> {
        let picture = self.ground.moto.picture(&self.account).await?;
        let balancing = Arc::new(Balancing::read(&picture));
        let directory = Directory::new(&picture, &balancing);
        let known = Arc::new(Known { picture, directory });
        self.known.store(known.clone());
        self.drains.settle(&balancing);
        self.balancing.send_replace(balancing);
        let booked = &known.picture.instances;
        let done = self.carry_out(booked).await;
        if booked.is_empty() {
            instances::clear_all(&self.ground.data, &self.account.number);
        }
        self.health.look_now();
        done
    }

    /// Does what makes the books true; one that does not boot keeps no other from it.
    async fn carry_out(self: &Arc<Self>, booked: &[BookedInstance]) -> anyhow::Result<()> {
        self.vitals.learn(booked.iter());
        let rebooting = std::mem::take(&mut *held(&self.rebooting));
        for id in &rebooting {
            self.end(id, "reboots").await;
        }
        let running: HashSet<String> = held(&self.machines).keys().cloned().collect();
        let mut done = Ok(());
        for act in plan::acts(booked, &running) {
            match act {
                Act::Boot(instance) => {
                    let booted = self.boot(instance).await;
                    done = done.and(booted.with_context(|| instance.id.clone()));
                }
                Act::Stop(id) => self.end(id, "stops").await,
                Act::Remove(id) => {
                    self.end(id, "is terminated").await;
                    self.place(id).clear(SystemTime::now());
                }
            }
        }
        done
    }

    /// Ends an instance that runs, and returns once it is gone: what is next may need its disk.
    async fn end(&self, id: &str, how: &str) {
        self.vitals.end(id);
        let machine = held(&self.machines).remove(id);
        let Some(machine) = machine else { return };
        info!("ending {id}, which {how}");
        machine.kill();
        machine.wait().await.ok(); // somebody else may have waited before
        if let Ok(console) = self.place(id).open_console() {
            console.say(&format!(
                "[boot] {id} {how} at {:.0}",
                jiff::Timestamp::now()
            ));
        }
    }

    async fn boot(self: &Arc<Self>, instance: &BookedInstance) -> anyhow::Result<()> {
        let machine = boot::boot(self, instance).await?;
        let id = instance.id.clone();
        held(&self.machines).insert(id.clone(), machine.clone());
        tokio::spawn(self.clone().look_after(id, machine));
        Ok(())
    }

    /// Notices an end that nobody asked for.
    async fn look_after(self: Arc<Self>, id: String, machine: Arc<Machine>) {
        let status = machine.wait().await;
        let mut machines = held(&self.machines);
        // one that was ended on purpose is no longer listed, or another one of its name is
        let is_listed = machines.get(&id);
        if is_listed.is_some_and(|known| Arc::ptr_eq(known, &machine)) {
            warn!("{id} ended by itself: {status:?}");
            machines.remove(&id);
            if let Some(vital) = self.vitals.of(&id) {
                vital.comes_to(Progress::Dead, SystemTime::now());
            }
        }
    }
}

/// The sockets of an account that lead out of its sandboxes: for connections, and for names.
pub(crate) fn outside(run_dir: &Path) -> [PathBuf; 2] {
    ["net.sock", "dns.sock"].map(|name| run_dir.join(name))
}

/// The outside of a sandbox of the account's.
pub(crate) fn outbound(run_dir: &Path, address: Ipv4Addr) -> Outbound {
    let [connections, names] = outside(run_dir);
    Outbound {
        address,
        connections,
        names,
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
