//! What a load balancer bears, beside haproxy in front of the same server.

use std::thread::available_parallelism;

use super::{account::Account, haproxy::Haproxy, nginx::Bare};
use crate::{
    figure::{Table, Target, number},
    load::{Rush, Visitors},
    processes::{self, Process},
    server::Server,
};

/// How many visitors go one after the other, and for how long.
const VISITORS: usize = 8;
const SECONDS: u64 = 1;
/// How often each is visited, in turn, so that what else the machine does hits both; medians
/// count, of the two in each turn as well.
const ROUNDS: usize = 15;
/// How much of haproxy's requests are enough.
const ENOUGH: f64 = 0.6;
/// What is answered.
const PAGE: &str = "forwarded";

/// One of the two that are compared, and what its visitors saw.
pub struct Side {
    process: Process,
    visitors: Visitors,
    busy_before: f64,
    rushes: Vec<Rush>,
}

impl Side {
    /// What visitors of a process will see.
    pub fn new(process: Process, visitors: Visitors) -> Self {
        Self {
            busy_before: process.busy_seconds(),
            process,
            visitors,
            rushes: Vec::new(),
        }
    }

    /// Has it visited for a turn.
    pub async fn visited(&mut self) -> anyhow::Result<()> {
        let rush = self.visitors.hasty(VISITORS, SECONDS).await?;
        self.rushes.push(rush);
        Ok(())
    }

    /// How many came each second.
    pub fn per_second(&self) -> f64 {
        median(self.rushes.iter().map(|rush| rush.per_second).collect())
    }

    /// How many came each second, in proportion to those who came to the other in the same turn.
    pub fn part_of(&self, other: &Self) -> f64 {
        let pairs = self.rushes.iter().zip(&other.rushes);
        median(pairs.map(|(a, b)| a.per_second / b.per_second).collect())
    }

    /// How long the slowest hundredth took at least, in milliseconds.
    pub fn p99(&self) -> f64 {
        let all = self.rushes.iter().map(|rush| rush.answers.ms(99));
        median(all.collect())
    }

    /// Microseconds that its process is busy for each request.
    fn busy_each(&self) -> f64 {
        let requests: usize = self.rushes.iter().map(|rush| rush.answers.count()).sum();
        (self.process.busy_seconds() - self.busy_before) * 1e6 / requests as f64
    }
}

/// Measures both in turn.
pub async fn measure(server: &Server, account: &Account, table: &mut Table) -> anyhow::Result<()> {
    let instances = account.launch(PAGE, 1).await?;
    let balancer = account.balancer("forwarding").await?;
    balancer.register(&instances[0]).await?;
    let threads = available_parallelism()?.get();
    let bare = Bare::start(PAGE).await?;
    let haproxy = Haproxy::start(bare.address, threads).await?;
    let visitors = Visitors::of_socket(&haproxy.socket, "bench")?;
    let mut ours = Side::new(processes::emulator(server)?, balancer.visitors()?);
    let mut peer = Side::new(processes::numbered(haproxy.pid), visitors);
    for _ in 0..ROUNDS {
        ours.visited().await?;
        peer.visited().await?;
    }
    report(&ours, &peer, threads, table);
    account.terminate(&instances).await
}

fn report(ours: &Side, peer: &Side, threads: usize, table: &mut Table) {
    let (our, its) = (ours.per_second(), peer.per_second());
    let beside = format!(
        "ours: {}/s; haproxy, {threads} threads: {}/s",
        number(our),
        number(its)
    );
    let what = "emulator: forwarded, part of haproxy's";
    let part = ours.part_of(peer);
    table.add(what, Target::AtLeast(ENOUGH), part, "", &beside);
    for (what, ours, its, unit) in [
        ("p99", ours.p99(), peer.p99(), "ms"),
        ("busy for each", ours.busy_each(), peer.busy_each(), "µs"),
    ] {
        let what = format!("emulator: forwarded, {what}");
        let beside = format!("haproxy: {} {unit}", number(its));
        table.add(&what, Target::None, ours, unit, &beside);
    }
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}
