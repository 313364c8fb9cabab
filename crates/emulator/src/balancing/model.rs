//! Load balancers of both versions, in one form.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{Check, conditions::Condition};
use crate::reach::Source;

/// All load balancers of an account, with what they lead to.
#[derive(Debug, Default)]
pub(crate) struct Balancing {
    /// Each of them.
    pub balancers: Vec<Arc<Balancer>>,
    /// What they lead to, by its key.
    pub pools: BTreeMap<String, Arc<Pool>>,
}

impl Balancing {
    /// The one that a name leads to.
    pub fn named(&self, dns_name: &str) -> Option<&Arc<Balancer>> {
        let mut all = self.balancers.iter();
        all.find(|balancer| balancer.dns_name.eq_ignore_ascii_case(dns_name))
    }

    /// What a key names.
    pub fn pool(&self, key: &str) -> Option<&Arc<Pool>> {
        self.pools.get(key)
    }
}

/// A load balancer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Balancer {
    /// Its name.
    pub name: String,
    /// The name that leads to it, lower case.
    pub dns_name: String,
    /// Its version.
    pub kind: Kind,
    /// What it listens on.
    pub listeners: Vec<Listener>,
    /// How long a target may take to begin its answer.
    pub idle: Duration,
}

impl Balancer {
    /// What listens on a port.
    pub fn listener(&self, port: u16) -> Option<&Listener> {
        self.listeners.iter().find(|listener| listener.port == port)
    }
}

/// What a load balancer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The first version.
    Classic,
    /// For requests.
    Application,
    /// For connections.
    Network,
}

/// What a load balancer listens on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Listener {
    /// Its port.
    pub port: u16,
    /// What is spoken on it.
    pub protocol: Protocol,
    /// What is done with a request: the first one that fits; the last fits all.
    pub rules: Vec<Rule>,
}

/// What is spoken on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Requests.
    Http,
    /// Connections.
    Tcp,
    /// Nothing that can be served here, for example `HTTPS`, for which there are no certificates.
    Unserved(String),
}

/// What is done with some requests.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Which requests: those that meet all of it.
    pub conditions: Vec<Condition>,
    /// What is done with them.
    pub action: Action,
}

/// What is done with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// A target answers it.
    Forward(Forward),
    /// The client is sent elsewhere; the parts may hold `#{host}` and the like.
    Redirect {
        /// 301 or 302.
        status: u16,
        /// `#{protocol}://#{host}:#{port}/#{path}?#{query}`, with what was set.
        location: String,
    },
    /// It is answered by the load balancer itself.
    Fixed {
        /// The status.
        status: u16,
        /// The type of the body.
        content_type: String,
        /// The body.
        body: String,
    },
    /// Nothing that can be done here, for example `authenticate-oidc`.
    Unserved(String),
}

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Forward {
    /// Pools by their keys, each with how often it is taken, in proportion; 0 is never.
    pub pools: Vec<(String, u32)>,
    /// How long visitors come back to the same pool; none is not at all.
    pub sticky: Option<Duration>,
}

/// Targets that stand in for each other.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pool {
    /// What names it.
    pub key: String,
    /// What is asked once for all pools of the same name, of the same targets.
    pub health: String,
    /// What is registered.
    pub targets: Vec<Target>,
    /// How it is found out whether they are well.
    pub check: Check,
    /// Whether visitors come back to the same target.
    pub sticky: Option<Sticky>,
    /// How long connections may last after their target was taken out.
    pub drain: Duration,
    /// Whether all targets are taken when none is well.
    pub fails_open: bool,
    /// Whether any load balancer leads here.
    pub is_used: bool,
    /// Who its load balancer is for the targets' security groups.
    pub source: Source,
}

/// A port of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Target {
    /// The instance's id; of a target that was registered by an address of nobody's, that address.
    pub instance: String,
    /// The port.
    pub port: u16,
}

/// How visitors come back to the same target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sticky {
    /// For a time, or for the browser's session.
    For(Option<Duration>),
    /// As long as the application's own cookie lives.
    With(String),
}
