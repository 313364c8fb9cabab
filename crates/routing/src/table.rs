//! Where each application's address leads, and what is under way to each version.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use shared::{AccountId, Instant, VersionTraffic, Visitors};
use tokio::sync::OnceCell;

use crate::{
    door::Door,
    traffic::{Flight, Traffic, Window},
    upstream::Upstream,
};

/// Where one address leads.
#[derive(Debug)]
pub struct Route {
    /// Whose application it is.
    pub account: AccountId,
    /// The application's name.
    pub application: String,
    /// The version.
    pub version: String,
    /// The number of this route; a newer one replaces it, an older one never.
    pub epoch: u64,
    /// The host name that the version serves under.
    pub endpoint: String,
    /// How that is reached, found out by the first request.
    pub(crate) upstream: OnceCell<Upstream>,
    /// What is under way to the version through this address.
    pub(crate) traffic: Traffic,
    /// Whether the address lets visitors in.
    pub(crate) door: Door,
}

/// A route that is to be taken.
#[derive(Debug, Clone)]
pub struct NewRoute {
    /// The first label of the address.
    pub host: String,
    /// Whose application it is.
    pub account: AccountId,
    /// The application's name.
    pub application: String,
    /// The version.
    pub version: String,
    /// Newer than any route of the address before.
    pub epoch: u64,
    /// The host name that the version serves under.
    pub endpoint: String,
}

/// Every address, and what is under way to each version by host and version.
#[derive(Debug, Default)]
pub struct Table {
    routes: Mutex<HashMap<String, Arc<Route>>>,
    traffic: Mutex<HashMap<(String, String), Traffic>>,
    doors: Mutex<HashMap<String, Door>>,
}

/// How visitors of an application were answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// Whose it is.
    pub account: AccountId,
    /// The application's name.
    pub application: String,
    /// For each version that was asked.
    pub versions: Vec<VersionTraffic>,
}

impl Table {
    /// Takes a route, unless a newer one is known, whose number is returned then.
    ///
    /// The same route may be taken twice.
    pub fn take(&self, new: NewRoute) -> Result<(), u64> {
        let traffic = self.traffic(&new.host, &new.version);
        let door = self.door(&new.host);
        let mut routes = held(&self.routes);
        if let Some(known) = routes.get(&new.host)
            && known.epoch > new.epoch
        {
            return Err(known.epoch);
        }
        // it may have been drained, and is to be asked again
        traffic.stay();
        let route = Route {
            account: new.account,
            application: new.application,
            version: new.version,
            epoch: new.epoch,
            endpoint: new.endpoint,
            upstream: OnceCell::new(),
            traffic,
            door,
        };
        routes.insert(new.host, Arc::new(route));
        Ok(())
    }

    /// Lets an address lead nowhere.
    pub fn remove(&self, host: &str) {
        held(&self.routes).remove(host);
    }

    /// Forgets an address that is nobody's any more: whoever has it next begins with an open door.
    pub fn forget(&self, host: &str) {
        self.remove(host);
        held(&self.doors).remove(host);
        held(&self.traffic).retain(|(at, _), _| at != host);
    }

    /// Where an address leads.
    pub fn route(&self, host: &str) -> Option<Arc<Route>> {
        held(&self.routes).get(host).cloned()
    }

    /// The number of an address's newest route, 0 before the first.
    ///
    /// It is above the number that is stored once a rollout has gone back, as that commits nothing.
    pub fn newest_epoch(&self, host: &str) -> u64 {
        self.route(host).map_or(0, |route| route.epoch)
    }

    /// Where an address leads, for a request that counts from now on.
    ///
    /// Both under one lock: who drains a version after another route was taken sees every request
    /// that follows the old one.
    pub(crate) fn enter(&self, host: &str) -> Option<(Arc<Route>, Flight)> {
        let routes = held(&self.routes);
        let route = routes.get(host)?;
        Some((route.clone(), route.traffic.fly()))
    }

    /// Counts a request to a version that the address need not lead to.
    pub fn fly(&self, host: &str, version: &str) -> Flight {
        self.traffic(host, version).fly()
    }

    /// Waits until no request to a version through an address is under way.
    ///
    /// Websockets do not end by themselves: each is asked to go at a moment of its own within the
    /// window, so that those who come again do not all come at once.
    pub async fn drain(&self, host: &str, version: &str, window: Window) {
        let traffic = self.traffic(host, version);
        traffic.leave(window);
        traffic.is_empty().await;
    }

    /// Says what becomes of visitors at an address, also of those who wait.
    pub fn set_visitors(&self, host: &str, visitors: Visitors) {
        self.door(host).set(visitors);
    }

    /// How visitors of an address were answered in the seconds that are remembered and over.
    pub fn answered(&self, host: &str, now: Instant) -> Vec<VersionTraffic> {
        let traffic = held(&self.traffic);
        let of_host = traffic.iter().filter(|((at, _), _)| at == host);
        of_host
            .filter_map(|((_, version), traffic)| told(version, traffic, 0, now))
            .collect()
    }

    /// How visitors of all addresses were answered from a second on, in unix seconds; of what is over.
    ///
    /// What nobody asks for any more is forgotten.
    pub fn answered_since(&self, first: i64, now: Instant) -> Vec<Told> {
        let mut by_host: HashMap<String, Vec<VersionTraffic>> = HashMap::new();
        held(&self.traffic).retain(|(host, version), traffic| {
            if let Some(told) = told(version, traffic, first, now) {
                by_host.entry(host.clone()).or_default().push(told);
            }
            !(traffic.is_unused() && traffic.record().is_idle(now))
        });
        let routed = by_host.into_iter().filter_map(|(host, versions)| {
            let route = self.route(&host)?;
            Some(Told {
                account: route.account,
                application: route.application.clone(),
                versions,
            })
        });
        routed.collect()
    }

    fn door(&self, host: &str) -> Door {
        held(&self.doors)
            .entry(host.to_owned())
            .or_default()
            .clone()
    }

    fn traffic(&self, host: &str, version: &str) -> Traffic {
        let key = (host.to_owned(), version.to_owned());
        held(&self.traffic).entry(key).or_default().clone()
    }
}

fn told(version: &str, traffic: &Traffic, first: i64, now: Instant) -> Option<VersionTraffic> {
    let seconds = traffic.record().since(first, now);
    (!seconds.is_empty()).then(|| VersionTraffic {
        version: version.to_owned(),
        seconds,
    })
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::{AccountId, Instant, Visitors};

    use super::{NewRoute, Table, Window};
    use crate::record::Answered;

    fn route(version: &str, epoch: u64) -> NewRoute {
        NewRoute {
            host: "demo".into(),
            account: AccountId::new(),
            application: "demo".into(),
            version: version.into(),
            epoch,
            endpoint: "demo.elb.amazonaws.com".into(),
        }
    }

    #[test]
    fn an_older_route_is_refused_and_the_same_one_taken_again() {
        let table = Table::default();
        assert_eq!(table.take(route("7", 2)), Ok(()));
        assert_eq!(table.take(route("8", 1)), Err(2));
        assert_eq!(table.route("demo").unwrap().version, "7");
        assert_eq!(table.take(route("7", 2)), Ok(()));
        assert_eq!(table.take(route("8", 3)), Ok(()));
        assert_eq!(table.route("demo").unwrap().version, "8");
        assert_eq!(
            (table.newest_epoch("demo"), table.newest_epoch("other")),
            (3, 0)
        );
    }

    #[test]
    fn how_visitors_were_answered_is_told_by_version_and_forgotten_with_it() {
        let table = Table::default();
        let at = |second: i64| Instant::from_unix_ms(second * 1000);
        for (version, epoch) in [("7", 1), ("8", 2)] {
            table.take(route(version, epoch)).unwrap();
            let route = table.route("demo").unwrap();
            let record = route.traffic.record();
            record.add(at(100), Answered::Well, Duration::ZERO);
        }
        let mut told = table.answered_since(100, at(101));
        assert_eq!(told.len(), 1);
        let told = told.remove(0);
        assert_eq!(
            (told.application.as_str(), told.versions.len()),
            ("demo", 2)
        );
        assert_eq!(table.answered("demo", at(101)).len(), 2);
        assert!(table.answered("other", at(101)).is_empty());
        assert!(table.answered_since(101, at(102)).is_empty());
        // the address leads to the newer one, so that is not forgotten
        assert!(table.answered_since(200, at(200)).is_empty());
        let known = table.traffic.lock().unwrap();
        assert_eq!(
            known.keys().map(|(_, version)| version).collect::<Vec<_>>(),
            ["8"]
        );
    }

    #[tokio::test]
    async fn a_version_is_drained_once_its_last_request_has_ended() {
        let table = Table::default();
        table.take(route("7", 1)).unwrap();
        let (_, flight) = table.enter("demo").unwrap();
        table.take(route("8", 2)).unwrap();
        let moment = Duration::from_millis(20);
        let drain = || table.drain("demo", "7", Window::of(Duration::from_secs(9)));
        let early = tokio::time::timeout(moment, drain()).await;
        assert!(early.is_err(), "a request is under way");
        drop(flight);
        drain().await;
    }

    #[test]
    fn whoever_has_an_address_next_begins_anew() {
        let table = Table::default();
        table.take(route("1", 7)).unwrap();
        let notice = "Back at noon.".to_owned();
        table.set_visitors("demo", Visitors::TurnedAway { notice });
        assert!(!table.route("demo").unwrap().door.is_open());
        table.forget("demo");
        assert!(table.route("demo").is_none());
        table.take(route("1", 1)).unwrap();
        assert!(table.route("demo").unwrap().door.is_open());
    }
}
