//! Load balancers as the books have them.

use std::{sync::Arc, time::Duration};

use serde_json::Value;

use super::{
    Action, Balancer, Balancing, Check, Forward, Kind, Listener, Pool, Probe, Protocol, Sticky,
    Target, check::statuses, conditions::Condition, model::Rule,
};
use crate::{
    books::{self, Classic, ClassicListener, ClassicSticky, Picture, TargetGroup, in_region},
    reach::Source,
};

impl Balancing {
    /// Reads what the books say.
    pub fn read(picture: &Picture) -> Self {
        let mut balancing = Self::default();
        for group in &picture.target_groups {
            let pool = pool(picture, group);
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
        rules: listener.rules.iter().map(rule).collect(),
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

fn rule(rule: &books::Rule) -> Rule {
    Rule {
        conditions: rule.conditions.iter().map(Condition::read).collect(),
        action: action(&rule.actions),
    }
}

/// What actions amount to: all before the last would have to sign the visitor in.
fn action(actions: &[Value]) -> Action {
    let kind = |action: &Value| action["Type"].as_str().unwrap_or_default().to_owned();
    let unserved = actions
        .iter()
        .find(|one| kind(one).starts_with("authenticate"));
    let Some(last) = unserved.or(actions.last()) else {
        return Action::Unserved("nothing".to_owned());
    };
    match kind(last).as_str() {
        "forward" => Action::Forward(forward(last)),
        "redirect" => redirect(&last["RedirectConfig"]),
        "fixed-response" => fixed(&last["FixedResponseConfig"]),
        other => Action::Unserved(other.to_owned()),
    }
}

fn forward(action: &Value) -> Forward {
    let config = &action["ForwardConfig"];
    let groups = config["TargetGroups"].as_array();
    let weighted = groups.into_iter().flatten().filter_map(|group| {
        let weight = number(&group["Weight"]).unwrap_or(1);
        Some((group["TargetGroupArn"].as_str()?.to_owned(), weight))
    });
    let mut pools: Vec<_> = weighted.collect();
    if pools.is_empty() {
        let single = action["TargetGroupArn"].as_str();
        pools.extend(single.map(|arn| (arn.to_owned(), 1)));
    }
    let sticky = &config["TargetGroupStickinessConfig"];
    let seconds = number(&sticky["DurationSeconds"]).unwrap_or(1);
    let is_on = is_true(&sticky["Enabled"]);
    Forward {
        pools,
        sticky: is_on.then(|| Duration::from_secs(seconds.into())),
    }
}

fn redirect(config: &Value) -> Action {
    let part = |name: &str, otherwise: &str| {
        let text = config[name].as_str().unwrap_or(otherwise);
        text.to_owned()
    };
    let protocol = part("Protocol", "#{protocol}").to_ascii_lowercase();
    let (host, port) = (part("Host", "#{host}"), part("Port", "#{port}"));
    let (path, query) = (part("Path", "/#{path}"), part("Query", "#{query}"));
    Action::Redirect {
        status: match config["StatusCode"].as_str() {
            Some("HTTP_301") => 301,
            _ => 302,
        },
        location: format!("{protocol}://{host}:{port}{path}?{query}"),
    }
}

fn fixed(config: &Value) -> Action {
    let text = |name: &str| config[name].as_str().unwrap_or_default().to_owned();
    Action::Fixed {
        status: number(&config["StatusCode"])
            .and_then(|status| u16::try_from(status).ok())
            .unwrap_or(200),
        content_type: Some(text("ContentType"))
            .filter(|kind| !kind.is_empty())
            .unwrap_or_else(|| "text/plain".to_owned()),
        body: text("MessageBody"),
    }
}

fn pool(picture: &Picture, group: &TargetGroup) -> Pool {
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

fn source(groups: &[String], vpc: &str) -> Source {
    Source {
        groups: groups.to_vec(),
        vpc: vpc.to_owned(),
        ..Source::default()
    }
}

/// A number, which the books have as they were told it.
fn number(value: &Value) -> Option<u32> {
    let text = || value.as_str()?.parse().ok();
    value
        .as_u64()
        .and_then(|n| u32::try_from(n).ok())
        .or_else(text)
}

fn is_true(value: &Value) -> bool {
    let text = value
        .as_str()
        .is_some_and(|text| text.eq_ignore_ascii_case("true"));
    value.as_bool().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::{Action, Balancing, Probe, Protocol, Sticky, Target};
    use crate::books::Picture;

    fn picture(value: &Value) -> Balancing {
        let mut all = json!({"instances": [], "groups": [], "classic": [], "balancers": [],
            "target_groups": [], "zones": []});
        for (name, part) in value.as_object().unwrap() {
            all[name] = part.clone();
        }
        Balancing::read(&serde_json::from_value::<Picture>(all).unwrap())
    }

    fn classic(check: &Value) -> Balancing {
        picture(&json!({"classic": [{
        "region": "ap-southeast-2", "name": "Web", "groups": [], "vpc": "vpc-1",
        "dns_name": "Web.us-east-1.elb.amazonaws.com", "draining": 7, "idle": 60, "check": check,
        "instances": ["i-1"],
        "listeners": [
            {"protocol": "HTTP", "port": 80, "instance_port": 8080, "sticky": {"seconds": 60}},
            {"protocol": "TCP", "port": 22, "instance_port": 22, "sticky": null},
            {"protocol": "HTTPS", "port": 443, "instance_port": 1, "sticky": {"cookie": "S"}}
        ]}]}))
    }

    #[test]
    fn a_classic_one_is_read_with_its_ports_and_its_own_region() {
        let balancing = classic(&Value::Null);
        let web = balancing
            .named("web.AP-southeast-2.elb.amazonaws.com")
            .unwrap();
        let protocols: Vec<_> = web.listeners.iter().map(|one| &one.protocol).collect();
        let https = Protocol::Unserved("HTTPS".into());
        assert_eq!(protocols, [&Protocol::Http, &Protocol::Tcp, &https]);
        let pool = balancing.pool("ap-southeast-2/Web:80").unwrap();
        let target = Target {
            instance: "i-1".into(),
            port: 8080,
        };
        assert_eq!(pool.targets, [target]);
        assert_eq!(
            pool.sticky,
            Some(Sticky::For(Some(Duration::from_secs(60))))
        );
        assert_eq!(
            (pool.check.port, &pool.check.probe),
            (Some(8080), &Probe::Tcp)
        );
        assert_eq!(pool.drain, Duration::from_secs(7));
        let app = balancing.pool("ap-southeast-2/Web:443").unwrap();
        assert_eq!(app.sticky, Some(Sticky::With("S".into())));
    }

    #[test]
    fn a_check_is_read_as_aws_writes_it() {
        let check = |target: &str| {
            let check = json!({"target": target, "interval": 10, "timeout": 3, "healthy": 2,
                "unhealthy": 4});
            let balancing = classic(&check);
            let pool = balancing.pool("ap-southeast-2/Web:80").unwrap();
            (pool.check.probe.clone(), pool.check.port.unwrap())
        };
        let http = Probe::Http {
            path: "/up?x=1".into(),
            passing: vec![200..=200],
        };
        assert_eq!(check("HTTP:81/up?x=1"), (http, 81));
        assert_eq!(check("TCP:22"), (Probe::Tcp, 22));
        assert_eq!(check("SSL:443"), (Probe::Tcp, 443));
    }

    fn action(action: &Value) -> Action {
        let balancing = picture(&json!({"balancers": [{
            "name": "alb", "dns_name": "alb-1.ap-southeast-2.elb.amazonaws.com",
            "kind": "application", "groups": [], "vpc": "vpc-1", "idle": 60, "listeners": [
                {"protocol": "HTTP", "port": 80,
                 "rules": [{"conditions": [], "actions": [action]}]}]}]}));
        balancing.balancers[0].listeners[0].rules[0].action.clone()
    }

    #[test]
    fn actions_are_read_in_the_words_of_requests() {
        let forward = json!({"Type": "forward", "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": "b", "Weight": "90"},
                             {"TargetGroupArn": "g", "Weight": 0}],
            "TargetGroupStickinessConfig": {"Enabled": "true", "DurationSeconds": "30"}}});
        let Action::Forward(forward) = action(&forward) else {
            panic!()
        };
        assert_eq!(forward.pools, [("b".into(), 90), ("g".into(), 0)]);
        assert_eq!(forward.sticky, Some(Duration::from_secs(30)));
        let Action::Forward(single) = action(&json!({"Type": "forward", "TargetGroupArn": "b"}))
        else {
            panic!()
        };
        assert_eq!(single.pools, [("b".into(), 1)]);
        let redirect = json!({"Type": "redirect",
            "RedirectConfig": {"Host": "new", "Protocol": "HTTPS", "StatusCode": "HTTP_301"}});
        let location = "https://new:#{port}/#{path}?#{query}".to_owned();
        assert_eq!(
            action(&redirect),
            Action::Redirect {
                status: 301,
                location
            }
        );
        let login = action(&json!({"Type": "authenticate-oidc"}));
        assert_eq!(login, Action::Unserved("authenticate-oidc".into()));
    }
}
