//! One account's part of the emulated cloud: what runs is made to match what moto's books say.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use sandbox::{Launcher, Machine};
use tokio::{sync::Notify, time};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    accounts::Account,
    books::{self, Balancer, BookedInstance},
    instances::{self, Place},
    moto::Moto,
    plan::{self, Act},
    prober::Health,
};

/// How often the books are read when nothing was changed by a request: autoscaling and the like
/// change them by themselves.
const SAFETY_ROUND: Duration = Duration::from_secs(20);
/// How many requests of one account moto answers at once; it has a thread for each.
pub(crate) const MOST_ASKING: u32 = 16;
/// What of moto's answers is read.
const EC2: &str = "2016-11-15";
const ELB: &str = "2012-06-01";

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
    /// Held while something is launched, so that no two count what runs at once.
    pub launching: tokio::sync::Mutex<()>,
    /// A place for each request of the account's that moto answers at once.
    pub asking: tokio::sync::Semaphore,
    machines: Mutex<HashMap<String, Arc<Machine>>>,
    balancers: Mutex<Arc<Vec<Balancer>>>,
    changed: Notify,
    turn: AtomicUsize,
}

impl Realm {
    /// An account's part, in which nothing runs yet.
    pub fn new(account: Arc<Account>, ground: Arc<Ground>) -> Self {
        Self {
            account,
            ground,
            health: Health::default(),
            launching: tokio::sync::Mutex::default(),
            asking: tokio::sync::Semaphore::const_new(MOST_ASKING as usize),
            machines: Mutex::default(),
            balancers: Mutex::default(),
            changed: Notify::new(),
            turn: AtomicUsize::new(0),
        }
    }

    /// The books may have changed.
    pub fn touch(&self) {
        self.changed.notify_one();
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
    pub fn balancers(&self) -> Arc<Vec<Balancer>> {
        held(&self.balancers).clone()
    }

    /// The balancer that a name leads to.
    pub fn balancer(&self, dns_name: &str) -> Option<Balancer> {
        let name = dns_name.to_ascii_lowercase();
        let balancers = self.balancers();
        let mut all = balancers.iter();
        all.find(|balancer| balancer.dns_name == name).cloned()
    }

    /// The instances of a balancer that are well, each time another one first.
    pub fn in_service(&self, balancer: &Balancer) -> Vec<String> {
        let well = |id: &&String| self.health.is_well(id, &balancer.check);
        let mut ids: Vec<String> = balancer.instances.iter().filter(well).cloned().collect();
        if !ids.is_empty() {
            let turn = self.turn.fetch_add(1, Ordering::Relaxed) % ids.len();
            ids.rotate_left(turn);
        }
        ids
    }

    /// Where an instance keeps what it has.
    pub fn place(&self, id: &str) -> Place {
        Place::of(&self.ground.data, &self.account.number, id)
    }

    /// Makes what runs match the books, at once and whenever they change, until it is cancelled.
    pub async fn keep(self: Arc<Self>, shutdown: CancellationToken) {
        self.touch();
        loop {
            let changed = self.changed.notified();
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = changed => {}
                () = time::sleep(SAFETY_ROUND), if self.running() > 0 => {}
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
        let regions = self.ground.moto.regions(&self.account).await?;
        let (mut booked, mut balancers) = (Vec::new(), Vec::new());
        for region in &regions {
            let form = [("Action", "DescribeInstances"), ("Version", EC2)];
            let xml = self.query(region, "ec2", &form).await?;
            let found = books::instances(&xml)?;
            booked.extend(found.into_iter().map(|instance| (region.clone(), instance)));
            let form = [
                ("Action", "DescribeLoadBalancers"),
                ("Version", ELB),
                ("PageSize", "400"),
            ];
            let xml = self.query(region, "elasticloadbalancing", &form).await?;
            balancers.extend(books::balancers(&xml, region)?);
        }
        *held(&self.balancers) = Arc::new(balancers);
        let done = self.carry_out(&booked).await;
        if booked.is_empty() {
            instances::clear_all(&self.ground.data, &self.account.number);
        }
        self.health.look_now();
        done
    }

    async fn query(
        &self,
        region: &str,
        service: &str,
        form: &[(&str, &str)],
    ) -> anyhow::Result<String> {
        let moto = &self.ground.moto;
        moto.query(&self.account, region, service, form).await
    }

    /// Does what makes the books true; one that does not boot keeps no other from it.
    async fn carry_out(
        self: &Arc<Self>,
        booked: &[(String, BookedInstance)],
    ) -> anyhow::Result<()> {
        let running: HashSet<String> = held(&self.machines).keys().cloned().collect();
        let mut done = Ok(());
        for act in plan::acts(booked, &running) {
            match act {
                Act::Boot(region, instance) => {
                    let booted = self.boot(region, instance).await;
                    done = done.and(booted.with_context(|| instance.id.clone()));
                }
                Act::Stop(id) => self.end(id),
                Act::Remove(id) => {
                    self.end(id);
                    self.place(id).clear();
                }
            }
        }
        done
    }

    fn end(&self, id: &str) {
        if let Some(machine) = held(&self.machines).remove(id) {
            info!("ending {id}");
            machine.kill();
        }
    }

    async fn boot(self: &Arc<Self>, region: &str, instance: &BookedInstance) -> anyhow::Result<()> {
        let (id, place) = (&instance.id, self.place(&instance.id));
        if !place.is_made() {
            let form = [
                ("Action", "DescribeInstanceAttribute"),
                ("Version", EC2),
                ("Attribute", "userData"),
                ("InstanceId", id),
            ];
            let xml = self.query(region, "ec2", &form).await?;
            place.make(books::user_data(&xml)?.as_deref(), self.account.tenant)?;
        }
        let address = &instance.private_address;
        let machine = instances::boot(&self.ground, &place, self.account.tenant, address).await?;
        held(&self.machines).insert(id.clone(), machine.clone());
        let (realm, id) = (self.clone(), id.clone());
        tokio::spawn(async move {
            let status = machine.wait().await;
            let mut machines = held(&realm.machines);
            // one that was ended on purpose is no longer listed, or another one of its name is
            if machines
                .get(&id)
                .is_some_and(|known| Arc::ptr_eq(known, &machine))
            {
                warn!("{id} ended by itself: {status:?}");
                machines.remove(&id);
            }
        });
        Ok(())
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
