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
    let Action::Forward(single) = action(&json!({"Type": "forward", "TargetGroupArn": "b"})) else {
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
