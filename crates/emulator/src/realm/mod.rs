//! One account's part of the emulated cloud: what runs is made to match what moto's books say.

mod keep;
mod outlook;

use std::{
    collections::{HashMap, HashSet},
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicUsize},
};

use anyhow::Context as _;
use arc_swap::ArcSwap;
use sandbox::{Launcher, Machine, Outbound};
use tokio::sync::{Notify, watch};

use crate::{
    accounts::Account,
    balancing::{Balancing, Drains},
    books::Picture,
    instances::Place,
    moto::Moto,
    network::Directory,
    prober::Health,
    ssh,
    vitals::Vitals,
};

/// How many requests of one account moto answers at once; it has a thread for each.
pub(crate) const MOST_ASKING: u32 = 16;
/// How many connections by SSH one account may have to its instances; each costs some computing.
const MOST_VISITS: usize = 64;

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
    /// A place for each connection by SSH to an instance.
    pub visits: tokio::sync::Semaphore,
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
            visits: tokio::sync::Semaphore::const_new(MOST_VISITS),
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

    /// An instance as who enters it by SSH sees it.
    ///
    /// # Errors
    /// It does not run, or its host key is neither there nor can be made.
    pub fn host(&self, id: &str) -> anyhow::Result<ssh::Host> {
        let machine = self.machine(id);
        let vital = self.vitals.of(id);
        Ok(ssh::Host {
            machine: machine.with_context(|| format!("{id} does not run"))?,
            launch_key: vital.and_then(|vital| vital.launch_key()),
            host_key: self.place(id).host_key()?,
        })
    }

    /// How many instances run.
    pub fn running(&self) -> usize {
        held(&self.machines).len()
    }

    /// Where an instance keeps what it has.
    pub fn place(&self, id: &str) -> Place {
        Place::of(&self.ground.data, &self.account.number, id)
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
