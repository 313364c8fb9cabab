//! What load balancers say of their targets' health: what our own prober found.

use std::collections::HashMap;

use crate::{
    balancing::{Reason, Target, Verdict},
    books::{self, Described},
    realm::Realm,
    refusal::REQUEST_ID,
};

/// A state of a target, with AWS's own words for why.
struct State {
    name: &'static str,
    reason: &'static str,
    words: String,
}

impl State {
    fn new(name: &'static str, reason: &'static str, words: impl Into<String>) -> Self {
        Self {
            name,
            reason,
            words: words.into(),
        }
    }
}

/// The answer to `DescribeInstanceHealth`, for the instances that moto's lists.
pub(crate) fn of_instances(
    realm: &Realm,
    region: &str,
    form: &HashMap<String, String>,
    listed: &str,
) -> Option<String> {
    let ids = books::health_of(listed).ok()?;
    let balancing = realm.balancing();
    let name = form.get("LoadBalancerName").map_or("", String::as_str);
    let health = format!("{region}/{name}");
    let verdict = |id: &str| {
        let mut pools = balancing
            .pools
            .values()
            .filter(|pool| pool.health == health);
        let found = pools.find_map(|pool| {
            let target = pool.targets.iter().find(|target| target.instance == id)?;
            Some(realm.health.verdict(pool, target))
        });
        found.unwrap_or(Verdict::Initial)
    };
    let members: String = ids
        .iter()
        .map(|id| {
            let state = of_instance(realm.machine(id).is_some(), &verdict(id));
            let (name, reason, words) = (state.name, state.reason, state.words);
            format!(
                "<member><Description>{words}</Description><InstanceId>{id}</InstanceId>\
                 <State>{name}</State><ReasonCode>{reason}</ReasonCode></member>"
            )
        })
        .collect();
    Some(format!(
        "<DescribeInstanceHealthResponse \
         xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2012-06-01/\">\
         <DescribeInstanceHealthResult><InstanceStates>{members}</InstanceStates>\
         </DescribeInstanceHealthResult><ResponseMetadata><RequestId>{REQUEST_ID}</RequestId>\
         </ResponseMetadata></DescribeInstanceHealthResponse>"
    ))
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_InstanceState.html>
fn of_instance(runs: bool, verdict: &Verdict) -> State {
    match verdict {
        _ if !runs => State::new("OutOfService", "Instance", "Instance is in stopped state."),
        Verdict::Well => State::new("InService", "N/A", "N/A"),
        Verdict::Initial => {
            let words = "Instance registration is still in progress.";
            State::new("OutOfService", "ELB", words)
        }
        Verdict::Ill(_) => State::new(
            "OutOfService",
            "Instance",
            "Instance has failed at least the UnhealthyThreshold number of health checks \
             consecutively.",
        ),
    }
}

/// The answer to `DescribeTargetHealth`: for the targets that moto's lists, and for those that were
/// taken out and have something under way.
pub(crate) fn of_targets(
    realm: &Realm,
    form: &HashMap<String, String>,
    listed: &str,
) -> Option<String> {
    let described = books::targets_of(listed).ok()?;
    let balancing = realm.balancing();
    let arn = form.get("TargetGroupArn")?;
    let pool = balancing.pool(arn)?;
    let leaving = realm.drains.leaving(arn);
    let state = |one: &Described| {
        let mut registered = pool.targets.iter();
        // one that was registered by its address is known by its instance
        let by_address = |target: &&Target| realm.has_address(&target.instance, &one.id);
        let target = registered.find(|target| {
            target.port == one.port && (target.instance == one.id || by_address(target))
        });
        match target {
            _ if leaving.iter().any(|target| target.instance == one.id) => draining(),
            Some(_) if !pool.is_used => State::new(
                "unused",
                "Target.NotInUse",
                "Target group is not configured to receive traffic from the load balancer",
            ),
            Some(target) if realm.machine(&target.instance).is_none() => {
                let words = "Target is in the stopped state";
                State::new("unused", "Target.InvalidState", words)
            }
            Some(target) => of_target(&realm.health.verdict(pool, target)),
            None => {
                let words = "Target is not registered to the target group";
                State::new("unused", "Target.NotRegistered", words)
            }
        }
    };
    let mut members: String = described
        .iter()
        .map(|one| member(one, &state(one)))
        .collect();
    let is_listed = |target: &Target| described.iter().any(|one| one.id == target.instance);
    let is_about_all = !form.keys().any(|name| name.starts_with("Targets."));
    for target in leaving.iter().filter(|one| is_about_all && !is_listed(one)) {
        let one = Described {
            id: target.instance.clone(),
            port: target.port,
            health_port: target.port.to_string(),
        };
        members += &member(&one, &draining());
    }
    Some(format!(
        "<DescribeTargetHealthResponse \
         xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/\">\
         <DescribeTargetHealthResult><TargetHealthDescriptions>{members}\
         </TargetHealthDescriptions></DescribeTargetHealthResult><ResponseMetadata>\
         <RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></DescribeTargetHealthResponse>"
    ))
}

fn draining() -> State {
    let words = "Target deregistration is in progress";
    State::new("draining", "Target.DeregistrationInProgress", words)
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html>
fn of_target(verdict: &Verdict) -> State {
    match verdict {
        Verdict::Well => State::new("healthy", "", ""),
        Verdict::Initial => State::new(
            "initial",
            "Elb.InitialHealthChecking",
            "Initial health checks in progress",
        ),
        Verdict::Ill(Reason::Timeout) => {
            State::new("unhealthy", "Target.Timeout", "Request timed out")
        }
        Verdict::Ill(Reason::Failed) => {
            let words = "Health checks failed";
            State::new("unhealthy", "Target.FailedHealthChecks", words)
        }
        Verdict::Ill(Reason::Status(status)) => {
            let words = format!("Health checks failed with these codes: [{status}]");
            State::new("unhealthy", "Target.ResponseCodeMismatch", words)
        }
    }
}

fn member(one: &Described, state: &State) -> String {
    let (id, port, health_port) = (&one.id, one.port, &one.health_port);
    let mut health = format!("<State>{}</State>", state.name);
    if !state.reason.is_empty() {
        health += &format!(
            "<Reason>{}</Reason><Description>{}</Description>",
            state.reason, state.words
        );
    }
    format!(
        "<member><HealthCheckPort>{health_port}</HealthCheckPort><Target><Id>{id}</Id>\
         <Port>{port}</Port></Target><TargetHealth>{health}</TargetHealth></member>"
    )
}
