//! What the account's network and load balancers ask of it: answers by what the books said last.

use std::sync::{Arc, atomic::Ordering};

use tokio::sync::watch;

use super::Realm;
use crate::{
    balancing::{Balancing, Pool, Target, Verdict},
    network::{Found, Kind, Leads, Preface, answer},
    reach::{self, Source},
};

impl Realm {
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
}
