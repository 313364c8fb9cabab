//! What listeners do, in the words of the requests that told them.

use std::time::Duration;

use serde_json::Value;

use crate::{
    balancing::{Action, Forward, conditions::Condition, model::Rule},
    books,
};

/// A rule.
pub(super) fn rule(rule: &books::Rule) -> Rule {
    Rule {
        conditions: rule.conditions.iter().map(Condition::read).collect(),
        action: action(&rule.actions),
    }
}

/// What actions amount to: all before the last would have to sign the visitor in.
pub(super) fn action(actions: &[Value]) -> Action {
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
