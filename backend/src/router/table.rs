//! Where each application's address leads, and what is under way to each version.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use shared::AccountId;
use tokio::sync::OnceCell;

pub(super) use super::traffic::Flight;
use super::{
    traffic::{Traffic, Window},
    upstream::Upstream,
};

/// Where one address leads.
#[derive(Debug)]
pub struct Route {
    /// Whose application it is.
    pub account: AccountId,
    /// The version.
    pub version: String,
    /// The number of this route; a newer one replaces it, an older one never.
    pub epoch: u64,
    /// The host name that the version serves under.
    pub endpoint: String,
    /// How that is reached, found out by the first request.
    pub(super) upstream: OnceCell<Upstream>,
    /// What is under way to the version through this address.
    pub(super) traffic: Traffic,
}

/// A route that is to be taken.
#[derive(Debug, Clone)]
pub struct NewRoute {
    /// The first label of the address.
    pub host: String,
    /// Whose application it is.
    pub account: AccountId,
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
}

impl Table {
    /// Takes a route, unless a newer one is known, whose number is returned then.
    ///
    /// The same route may be taken twice.
    pub fn take(&self, new: NewRoute) -> Result<(), u64> {
        let traffic = self.traffic(&new.host, &new.version);
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
            version: new.version,
            epoch: new.epoch,
            endpoint: new.endpoint,
            upstream: OnceCell::new(),
            traffic,
        };
        routes.insert(new.host, Arc::new(route));
        Ok(())
    }

    /// Lets an address lead nowhere.
    pub fn remove(&self, host: &str) {
        held(&self.routes).remove(host);
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
    pub(super) fn enter(&self, host: &str) -> Option<(Arc<Route>, Flight)> {
        let routes = held(&self.routes);
        let route = routes.get(host)?;
        Some((route.clone(), route.traffic.fly()))
    }

    /// Counts a request to a version that the address need not lead to.
    pub(super) fn fly(&self, host: &str, version: &str) -> Flight {
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

    fn traffic(&self, host: &str, version: &str) -> Traffic {
        let key = (host.to_owned(), version.to_owned());
        held(&self.traffic).entry(key).or_default().clone()
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::AccountId;

    use super::{NewRoute, Table, Window};

    fn route(version: &str, epoch: u64) -> NewRoute {
        NewRoute {
            host: "demo".into(),
            account: AccountId::new(),
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
}
