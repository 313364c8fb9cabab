//! What an account's books say of all that runs, as `moto/picture.py` writes it down.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::BookedInstance;

/// All of it.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Picture {
    /// Instances of all regions, also those that are no more.
    pub instances: Vec<BookedInstance>,
    /// Security groups.
    pub groups: Vec<Group>,
    /// Classic load balancers.
    pub classic: Vec<Classic>,
    /// Load balancers of the second version: application and network ones.
    pub balancers: Vec<Balancer>,
    /// What the latter lead to.
    pub target_groups: Vec<TargetGroup>,
    /// Hosted zones of Route 53.
    pub zones: Vec<Zone>,
}

impl Picture {
    /// The instance that an id names.
    pub fn instance(&self, id: &str) -> Option<&BookedInstance> {
        self.instances.iter().find(|instance| instance.id == id)
    }
}

/// A security group.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Group {
    /// For example `sg-0abc…`.
    pub id: String,
    /// The private network that it belongs to.
    pub vpc: String,
    /// Whether it is what instances and load balancers are in that were given none.
    pub is_default: bool,
    /// What it lets in.
    pub ingress: Vec<Ingress>,
}

/// What a security group lets in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Ingress {
    /// `tcp`, `udp`, `icmp`, or `-1` for all.
    pub protocol: Option<String>,
    /// The lowest port; none for all.
    pub from: Option<i32>,
    /// The highest port; none for all.
    pub to: Option<i32>,
    /// The addresses it is for, as `10.0.0.0/8`.
    pub range: Option<String>,
    /// The group whose members it is for.
    pub group: Option<String>,
}

/// A classic load balancer.
#[derive(Debug, Deserialize)]
pub(crate) struct Classic {
    /// Where it is.
    pub region: String,
    /// Its name.
    pub name: String,
    /// The name that leads to it, as moto says it: always in `us-east-1`.
    pub dns_name: String,
    /// Its security groups.
    pub groups: Vec<String>,
    /// Its private network.
    pub vpc: String,
    /// What it listens on.
    pub listeners: Vec<ClassicListener>,
    /// The instances that are registered.
    pub instances: Vec<String>,
    /// How it finds out whether they are well; none is AWS's own default.
    pub check: Option<ClassicCheck>,
    /// How many seconds connections may last after their instance was taken out; 0 is no time.
    pub draining: u64,
    /// How many seconds an instance may be silent.
    pub idle: u64,
}

/// What a classic load balancer listens on.
#[derive(Debug, Deserialize)]
pub(crate) struct ClassicListener {
    /// `HTTP`, `TCP`, `HTTPS` or `SSL`.
    pub protocol: String,
    /// Its own port.
    pub port: u16,
    /// The port on its instances.
    pub instance_port: u16,
    /// Whether visitors come back to the same instance.
    pub sticky: Option<ClassicSticky>,
}

/// How visitors come back to the same instance.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum ClassicSticky {
    /// As long as the application's own cookie lives.
    Cookie {
        /// The application's cookie.
        cookie: String,
    },
    /// For some time, or for the browser's session.
    Seconds {
        /// How long.
        seconds: Option<u64>,
    },
}

/// How a classic load balancer finds out whether its instances are well. Times are in seconds.
#[derive(Debug, Deserialize)]
pub(crate) struct ClassicCheck {
    /// For example `HTTP:8080/health`.
    pub target: String,
    /// Between two checks.
    pub interval: u64,
    /// For one.
    pub timeout: u64,
    /// How many passed ones in a row bring an instance back.
    pub healthy: u32,
    /// How many failed ones in a row take it out.
    pub unhealthy: u32,
}

/// A load balancer of the second version.
#[derive(Debug, Deserialize)]
pub(crate) struct Balancer {
    /// Its name.
    pub name: String,
    /// The name that leads to it.
    pub dns_name: String,
    /// `application`, `network` or `gateway`.
    pub kind: String,
    /// Its security groups.
    pub groups: Vec<String>,
    /// Its private network.
    pub vpc: String,
    /// What it listens on.
    pub listeners: Vec<Listener>,
    /// How many seconds a target may be silent.
    pub idle: u64,
}

/// What it listens on.
#[derive(Debug, Deserialize)]
pub(crate) struct Listener {
    /// `HTTP`, `TCP`, …
    pub protocol: String,
    /// Its port.
    pub port: u16,
    /// In the order in which they are tried; the default one is last.
    pub rules: Vec<Rule>,
}

/// A rule, in the words of the request that made it.
#[derive(Debug, Deserialize)]
pub(crate) struct Rule {
    /// All of which must be met.
    pub conditions: Vec<Value>,
    /// What is done then.
    pub actions: Vec<Value>,
}

/// What load balancers of the second version lead to.
#[derive(Debug, Deserialize)]
pub(crate) struct TargetGroup {
    /// Its whole name.
    pub arn: String,
    /// What is registered.
    pub targets: Vec<Registered>,
    /// How it is found out whether they are well.
    pub check: TargetCheck,
    /// For example `stickiness.enabled`.
    pub attributes: BTreeMap<String, String>,
}

/// A registered target.
#[derive(Debug, Deserialize)]
pub(crate) struct Registered {
    /// An instance's id, or an address.
    pub id: String,
    /// The port on it.
    pub port: u16,
}

/// How it is found out whether targets are well. Times are in seconds.
#[derive(Debug, Deserialize)]
pub(crate) struct TargetCheck {
    /// `HTTP`, `TCP`, …
    pub protocol: Option<String>,
    /// The port that is asked; none is the one that requests go to.
    pub port: Option<u16>,
    /// What is asked for.
    pub path: String,
    /// Between two checks.
    pub interval: u64,
    /// For one.
    pub timeout: u64,
    /// How many passed ones in a row bring a target back.
    pub healthy: u32,
    /// How many failed ones in a row take it out.
    pub unhealthy: u32,
    /// Which statuses pass, as `200-299,301`.
    pub matcher: Option<String>,
}

/// A hosted zone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Zone {
    /// For example `example.com.`.
    pub name: String,
    /// What is in it.
    pub records: Vec<Record>,
}

/// A set of records of one name and kind.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Record {
    /// Whose they are.
    pub name: String,
    /// `A`, `CNAME`, …
    pub kind: String,
    /// How many seconds an answer may be kept.
    pub ttl: u32,
    /// As Route 53 writes them.
    pub values: Vec<String>,
    /// The name whose addresses these are.
    pub alias: Option<String>,
    /// How often it is answered beside others of its name; none is always.
    pub weight: Option<u32>,
}
