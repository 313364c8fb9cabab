//! Load balancers as the books have them.

mod actions;
mod pools;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use super::{
    Action, Balancer, Balancing, Check, Forward, Kind, Listener, Pool, Probe, Protocol, Sticky,
    Target, check::statuses, model::Rule,
};
use crate::{
    books::{self, Classic, ClassicListener, ClassicSticky, Picture, in_region},
    reach::Source,
};

impl Balancing {
    /// Reads what the books say.
    pub fn read(picture: &Picture) -> Self {
        let mut balancing = Self::default();
        for group in &picture.target_groups {
            let pool = pools::pool(picture, group);
            balancing.pools.insert(group.arn.clone(), Arc::new(pool));
        }
        for classic in &picture.classic {
            let pools = classic.listeners.iter();
            let pools = pools.map(|listener| classic_pool(classic, listener));
            let pools = pools.map(|pool| (pool.key.clone(), Arc::new(pool)));
            balancing.pools.extend(pools);
            balancing
                .balancers
                .push(Arc::new(classic_balancer(classic)));
        }
        let second = picture.balancers.iter().map(balancer).map(Arc::new);
        balancing.balancers.extend(second);
        balancing
    }
}

/// The pool of a classic load balancer's listener.
fn key(classic: &Classic, listener: &ClassicListener) -> String {
    format!("{}/{}:{}", classic.region, classic.name, listener.port)
}

fn classic_balancer(classic: &Classic) -> Balancer {
    let listeners = classic.listeners.iter().map(|listener| Listener {
        port: listener.port,
        protocol: protocol(&listener.protocol),
        rules: vec![Rule {
            conditions: Vec::new(),
            action: Action::Forward(Forward {
                pools: vec![(key(classic, listener), 1)],
                sticky: None,
            }),
        }],
    });
    Balancer {
        name: classic.name.clone(),
        dns_name: in_region(&classic.dns_name, &classic.region).to_ascii_lowercase(),
        kind: Kind::Classic,
        listeners: listeners.collect(),
        idle: Duration::from_secs(classic.idle),
    }
}

fn classic_pool(classic: &Classic, listener: &ClassicListener) -> Pool {
    let targets = classic.instances.iter().map(|instance| Target {
        instance: instance.clone(),
        port: listener.instance_port,
    });
    Pool {
        key: key(classic, listener),
        health: format!("{}/{}", classic.region, classic.name),
        targets: targets.collect(),
        check: classic_check(classic),
        sticky: listener.sticky.clone().map(|sticky| match sticky {
            ClassicSticky::Cookie { cookie } => Sticky::With(cookie),
            ClassicSticky::Seconds { seconds } => Sticky::For(seconds.map(Duration::from_secs)),
        }),
        drain: Duration::from_secs(classic.draining),
        fails_open: false,
        is_used: true,
        source: source(&classic.groups, &classic.vpc),
    }
}

fn classic_check(classic: &Classic) -> Check {
    let first = classic.listeners.first();
    let port = first.map_or(80, |listener| listener.instance_port);
    let Some(check) = &classic.check else {
        return Check::of_port(port);
    };
    let (probe, port) = read_target(&check.target).unwrap_or((Probe::Tcp, port));
    Check {
        probe,
        port: Some(port),
        interval: Duration::from_secs(check.interval),
        timeout: Duration::from_secs(check.timeout),
        healthy: check.healthy,
        unhealthy: check.unhealthy,
    }
}

/// Reads a target as AWS writes it: `TCP:80`, `HTTP:8080/health`.
fn read_target(target: &str) -> Option<(Probe, u16)> {
    let (protocol, rest) = target.split_once(':')?;
    let (port, path) = match rest.split_once('/') {
        Some((port, path)) => (port, format!("/{path}")),
        None => (rest, "/".to_owned()),
    };
    let probe = match protocol.to_ascii_uppercase().as_str() {
        "HTTP" => Probe::Http {
            path,
            passing: statuses("200"),
        },
        // what is inside of TLS cannot be asked without certificates
        _ => Probe::Tcp,
    };
    Some((probe, port.parse().ok()?))
}

fn balancer(of: &books::Balancer) -> Balancer {
    let listeners = of.listeners.iter().map(|listener| Listener {
        port: listener.port,
        protocol: protocol(&listener.protocol),
        rules: listener.rules.iter().map(actions::rule).collect(),
    });
    Balancer {
        name: of.name.clone(),
        dns_name: of.dns_name.to_ascii_lowercase(),
        kind: match of.kind.as_str() {
            "application" => Kind::Application,
            _ => Kind::Network,
        },
        listeners: listeners.collect(),
        idle: Duration::from_secs(of.idle),
    }
}

fn protocol(name: &str) -> Protocol {
    match name.to_ascii_uppercase().as_str() {
        "HTTP" => Protocol::Http,
        "TCP" => Protocol::Tcp,
        other => Protocol::Unserved(other.to_owned()),
    }
}

fn source(groups: &[String], vpc: &str) -> Source {
    Source {
        groups: groups.to_vec(),
        vpc: vpc.to_owned(),
        ..Source::default()
    }
}
