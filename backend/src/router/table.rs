//! Where each application's address leads, and what is under way to each version.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use shared::AccountId;
use tokio::sync::{OnceCell, watch};

use super::upstream::Upstream;

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
    /// How many requests are under way to the version through this address.
    pub(super) flights: Arc<watch::Sender<usize>>,
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

/// How many requests are under way to each version, by host and version.
type Flights = HashMap<(String, String), Arc<watch::Sender<usize>>>;

/// Every address.
#[derive(Debug, Default)]
pub struct Table {
    routes: Mutex<HashMap<String, Arc<Route>>>,
    flights: Mutex<Flights>,
}

impl Table {
    /// Takes a route, unless a newer one is known, whose number is returned then.
    ///
    /// The same route may be taken twice.
    pub fn take(&self, new: NewRoute) -> Result<(), u64> {
        let flights = self.flights(&new.host, &new.version);
        let mut routes = held(&self.routes);
        if let Some(known) = routes.get(&new.host)
            && known.epoch > new.epoch
        {
            return Err(known.epoch);
        }
        let route = Route {
            account: new.account,
            version: new.version,
            epoch: new.epoch,
            endpoint: new.endpoint,
            upstream: OnceCell::new(),
            flights,
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
        Some((route.clone(), route.fly()))
    }

    /// Waits until no request to a version through an address is under way.
    pub async fn drained(&self, host: &str, version: &str) {
        let mut flights = self.flights(host, version).subscribe();
        // the sender is kept in this table, so it does not go away meanwhile
        flights.wait_for(|count| *count == 0).await.ok();
    }

    fn flights(&self, host: &str, version: &str) -> Arc<watch::Sender<usize>> {
        let key = (host.to_owned(), version.to_owned());
        let mut flights = held(&self.flights);
        let new = || Arc::new(watch::Sender::new(0));
        flights.entry(key).or_insert_with(new).clone()
    }
}

impl Route {
    /// Counts a request until what is returned is dropped.
    fn fly(&self) -> Flight {
        self.flights.send_modify(|count| *count += 1);
        Flight(self.flights.clone())
    }
}

/// A request that is under way.
#[derive(Debug)]
pub(super) struct Flight(Arc<watch::Sender<usize>>);

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::AccountId;

    use super::{NewRoute, Table};

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
        let early = tokio::time::timeout(moment, table.drained("demo", "7")).await;
        assert!(early.is_err(), "a request is under way");
        drop(flight);
        table.drained("demo", "7").await;
    }
}
