//! Making what runs match what the books say.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use sandbox::Machine;
use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{Known, Realm, held};
use crate::{
    balancing::Balancing,
    books::BookedInstance,
    boot, instances,
    network::Directory,
    plan::{self, Act},
    vitals::Progress,
};

/// How often the books are read when nothing was changed by a request: autoscaling and the like
/// change them by themselves.
const SAFETY_ROUND: Duration = Duration::from_secs(20);
/// How often when nothing runs: consoles of what was terminated are dropped then.
const QUIET_ROUND: Duration = Duration::from_secs(3600);

impl Realm {
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
