//! Which instances are well, found by asking them as a load balancer does.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use futures_util::future::join_all;
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tokio::{sync::Notify, time};
use tokio_util::sync::CancellationToken;

use crate::{books::Check, realm::Realm};

/// How often each instance is asked; AWS's own default of 30 s would make every lesson wait.
const ROUND: Duration = Duration::from_millis(500);
/// How long an instance may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many answers in a row must be missing until an instance is out of service.
const MISSES: u32 = 2;

/// What was found so far.
#[derive(Default)]
pub(crate) struct Health {
    misses: Mutex<HashMap<(String, Check), u32>>,
    look: Notify,
}

impl Health {
    fn misses(&self) -> MutexGuard<'_, HashMap<(String, Check), u32>> {
        self.misses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an instance passes a check; one that was never asked does not.
    pub fn is_well(&self, id: &str, check: &Check) -> bool {
        let key = (id.to_owned(), check.clone());
        self.misses()
            .get(&key)
            .is_some_and(|misses| *misses < MISSES)
    }

    /// Asks before the next round would.
    pub fn look_now(&self) {
        self.look.notify_one();
    }

    fn found(&self, key: (String, Check), is_well: bool) {
        let mut misses = self.misses();
        if is_well {
            misses.insert(key, 0);
        } else {
            let count = misses.entry(key).or_insert(MISSES);
            *count = count.saturating_add(1);
        }
    }

    fn forget_others(&self, keys: &[(String, Check)]) {
        self.misses().retain(|key, _| keys.contains(key));
    }
}

/// Asks the instances of every load balancer, until it is cancelled.
pub(crate) async fn keep(realm: Arc<Realm>, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        let balancers = realm.balancers();
        let pairs = balancers.iter().flat_map(|balancer| {
            let check = balancer.check.clone();
            let pair = move |id: &String| (id.clone(), check.clone());
            balancer.instances.iter().map(pair)
        });
        let keys: Vec<(String, Check)> = pairs.collect();
        realm.health.forget_others(&keys);
        let has_any = !keys.is_empty();
        join_all(keys.into_iter().map(|key| ask(&realm, key))).await;
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = realm.health.look.notified() => {}
            () = time::sleep(ROUND), if has_any => {}
        }
    }
}

async fn ask(realm: &Realm, key: (String, Check)) {
    let asked = time::timeout(PATIENCE, check(realm, &key.0, &key.1)).await;
    let is_well = matches!(asked, Ok(Ok(())));
    realm.health.found(key, is_well);
}

async fn check(realm: &Realm, id: &str, check: &Check) -> anyhow::Result<()> {
    let machine = realm.machine(id).context("it does not run")?;
    match check {
        Check::Tcp(port) => Ok(machine.dial(*port).await.map(drop)?),
        Check::Http(port, path) => {
            let stream = TokioIo::new(machine.dial(*port).await?);
            let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
            let request = http::Request::get(path)
                .header(http::header::HOST, id)
                .header(http::header::USER_AGENT, "ELB-HealthChecker/1.0")
                .body(Empty::<Bytes>::new())?;
            let answer = async move { sender.send_request(request).await };
            let (answer, _closed) = tokio::join!(answer, connection);
            let status = answer?.status();
            anyhow::ensure!(status == http::StatusCode::OK, "it answers {status}");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Check, Health};

    #[test]
    fn one_answer_brings_an_instance_in_and_one_missing_leaves_it() {
        let (health, check) = (Health::default(), Check::Tcp(80));
        let found = |is_well| health.found(("i-1".into(), Check::Tcp(80)), is_well);
        assert!(!health.is_well("i-1", &check));
        found(false);
        assert!(!health.is_well("i-1", &check));
        found(true);
        assert!(health.is_well("i-1", &check));
        found(false);
        assert!(health.is_well("i-1", &check));
        found(false);
        assert!(!health.is_well("i-1", &check));
    }
}
