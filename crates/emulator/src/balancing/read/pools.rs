//! What load balancers of the second version lead to.

use std::time::Duration;

use super::{actions::action, source};
use crate::{
    balancing::{Action, Check, Pool, Probe, Sticky, Target, check::statuses},
    books::{self, Picture, TargetGroup},
    reach::Source,
};

/// A target group, with what the books say of those who lead to it.
pub(super) fn pool(picture: &Picture, group: &TargetGroup) -> Pool {
    let users = picture.balancers.iter();
    let user = users
        .clone()
        .find(|balancer| leads_to(balancer, &group.arn));
    let attribute = |name: &str| group.attributes.get(name).map(String::as_str);
    let seconds = |name: &str| attribute(name).and_then(|text| text.parse().ok());
    let targets = group.targets.iter().map(|target| Target {
        instance: instance(picture, &target.id),
        port: target.port,
    });
    let drain = seconds("deregistration_delay.timeout_seconds").unwrap_or(300);
    Pool {
        key: group.arn.clone(),
        health: group.arn.clone(),
        targets: targets.collect(),
        check: check(group),
        sticky: sticky(attribute),
        drain: Duration::from_secs(drain),
        fails_open: true,
        is_used: user.is_some(),
        source: user.map_or_else(Source::default, |user| source(&user.groups, &user.vpc)),
    }
}

fn leads_to(balancer: &books::Balancer, arn: &str) -> bool {
    let rules = balancer
        .listeners
        .iter()
        .flat_map(|listener| &listener.rules);
    rules.into_iter().any(|rule| {
        matches!(action(&rule.actions), Action::Forward(forward)
            if forward.pools.iter().any(|(pool, _)| pool == arn))
    })
}

/// The instance of a target: of an address, the one that has it.
fn instance(picture: &Picture, id: &str) -> String {
    let address = id.parse().ok();
    let found = address.and_then(|address| {
        let mut instances = picture.instances.iter();
        instances.find(|instance| instance.has(address))
    });
    found.map_or_else(|| id.to_owned(), |instance| instance.id.clone())
}

fn check(group: &TargetGroup) -> Check {
    let check = &group.check;
    Check {
        probe: match check.protocol.as_deref() {
            Some("HTTP") => Probe::Http {
                path: check.path.clone(),
                passing: statuses(check.matcher.as_deref().unwrap_or("200")),
            },
            _ => Probe::Tcp,
        },
        port: check.port,
        interval: Duration::from_secs(check.interval),
        timeout: Duration::from_secs(check.timeout),
        healthy: check.healthy,
        unhealthy: check.unhealthy,
    }
}

fn sticky<'a>(attribute: impl Fn(&str) -> Option<&'a str>) -> Option<Sticky> {
    let is_on = attribute("stickiness.enabled").is_some_and(|on| on.eq_ignore_ascii_case("true"));
    if !is_on {
        return None;
    }
    match attribute("stickiness.type") {
        Some("app_cookie") => {
            let cookie = attribute("stickiness.app_cookie.cookie_name")?;
            Some(Sticky::With(cookie.to_owned()))
        }
        Some("lb_cookie") | None => {
            let seconds = attribute("stickiness.lb_cookie.duration_seconds");
            let seconds = seconds.and_then(|text| text.parse().ok()).unwrap_or(86_400);
            Some(Sticky::For(Some(Duration::from_secs(seconds))))
        }
        // connections of one address: all come from one here
        Some(_) => None,
    }
}
