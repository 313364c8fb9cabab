//! Which targets are well, found by asking them as a load balancer does.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::Context as _;
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tokio::{sync::Notify, task::AbortHandle, time};
use tokio_util::sync::CancellationToken;

use crate::{
    balancing::{Balancing, Check, Passed, Pool, Probe, Reason, Tally, Target, Verdict},
    gateway::dial,
    reach::Source,
    realm::Realm,
};

/// A target, asked for all pools of one name.
type Key = (String, Target);

/// What was found so far.
#[derive(Default)]
pub(crate) struct Health {
    tallies: Mutex<HashMap<Key, Tally>>,
    look: Notify,
}

impl Health {
    fn tallies(&self) -> MutexGuard<'_, HashMap<Key, Tally>> {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of a pool's target.
    pub fn verdict(&self, pool: &Pool, target: &Target) -> Verdict {
        let key = (pool.health.clone(), target.clone());
        let known = self.tallies().get(&key).map(|tally| tally.verdict.clone());
        known.unwrap_or(Verdict::Initial)
    }

    /// Asks before the next round would.
    pub fn look_now(&self) {
        self.look.notify_waiters();
    }

    /// Counts a check, and returns the tally.
    fn count(&self, key: &Key, passed: Passed, check: &Check) -> Tally {
        let mut tallies = self.tallies();
        let tally = tallies.entry(key.clone()).or_default();
        tally.count(passed, check);
        tally.clone()
    }
}

/// How a target is asked.
#[derive(Clone, PartialEq, Eq)]
struct Asking {
    check: Check,
    source: Source,
}

/// Who asks; it ends when this is dropped.
struct Asker(Asking, AbortHandle);

impl Drop for Asker {
    fn drop(&mut self) {
        self.1.abort();
    }
}

/// Asks the targets of every load balancer, until it is cancelled.
pub(crate) async fn keep(realm: Arc<Realm>, shutdown: CancellationToken) {
    let mut askers: HashMap<Key, Asker> = HashMap::new();
    let mut changes = realm.balancing_changes();
    while !shutdown.is_cancelled() {
        let wanted = wanted(&changes.borrow_and_update());
        askers.retain(|key, asker| wanted.get(key) == Some(&asker.0));
        realm
            .health
            .tallies()
            .retain(|key, _| wanted.contains_key(key));
        for (key, asking) in wanted {
            if askers.contains_key(&key) {
                continue;
            }
            let task = ask(realm.clone(), key.clone(), asking.clone());
            let handle = tokio::spawn(task).abort_handle();
            askers.insert(key, Asker(asking, handle));
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            changed = changes.changed() => if changed.is_err() { return },
        }
    }
}

fn wanted(balancing: &Balancing) -> HashMap<Key, Asking> {
    let mut wanted = HashMap::new();
    for pool in balancing.pools.values().filter(|pool| pool.is_used) {
        for target in &pool.targets {
            let key = (pool.health.clone(), target.clone());
            let asking = Asking {
                check: pool.check.clone(),
                source: pool.source.clone(),
            };
            wanted.insert(key, asking);
        }
    }
    wanted
}

async fn ask(realm: Arc<Realm>, key: Key, asking: Asking) {
    let check = &asking.check;
    let mut checks = 0_u32;
    loop {
        let looked = realm.health.look.notified();
        if realm.machine(&key.1.instance).is_none() {
            // one that comes back is as new
            realm.health.tallies().remove(&key);
        }
        let asked = time::timeout(check.timeout, probe(&realm, &key.1, &asking)).await;
        let passed = asked.unwrap_or(Err(Reason::Timeout));
        let tally = realm.health.count(&key, passed, check);
        checks = checks.saturating_add(1);
        tokio::select! {
            () = looked => {}
            () = time::sleep(tally.pause(check, checks)) => {}
        }
    }
}

async fn probe(realm: &Realm, target: &Target, asking: &Asking) -> Passed {
    let port = asking.check.port.unwrap_or(target.port);
    if !realm.admits(&target.instance, &asking.source, port) {
        return Err(Reason::Failed);
    }
    match &asking.check.probe {
        Probe::Tcp => match dial(realm, &target.instance, port).await {
            Ok(_) => Ok(()),
            Err(_) => Err(Reason::Failed),
        },
        probe @ Probe::Http { path, .. } => {
            match status(realm, &target.instance, port, path).await {
                Ok(status) if probe.passes(status) => Ok(()),
                Ok(status) => Err(Reason::Status(status)),
                Err(_) => Err(Reason::Failed),
            }
        }
    }
}

async fn status(realm: &Realm, id: &str, port: u16, path: &str) -> anyhow::Result<u16> {
    let stream = TokioIo::new(dial(realm, id, port).await?);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
    let request = http::Request::get(path)
        .header(http::header::HOST, id)
        .header(http::header::USER_AGENT, "ELB-HealthChecker/2.0")
        .header(http::header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .context("make a request")?;
    // the answer may be heard by the same poll that ends the connection
    let answer = async move { sender.send_request(request).await };
    let (answer, _ended) = tokio::join!(answer, connection);
    Ok(answer?.status().as_u16())
}
