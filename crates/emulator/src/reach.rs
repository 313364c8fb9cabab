//! What may reach an instance: what its security groups let in.
//!
//! Connections alone are judged, and on their way in: what an instance sends is let out.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::books::{BookedInstance, Group, Ingress};

/// Who wants to reach an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// The security groups that it is in; none for load balancers that were given none.
    pub groups: Vec<String>,
    /// Its private network; empty for whoever is in none.
    pub vpc: String,
    /// Its address.
    pub address: Ipv4Addr,
}

impl Default for Source {
    /// A load balancer somewhere in the private network.
    fn default() -> Self {
        Self {
            groups: Vec::new(),
            vpc: String::new(),
            address: Ipv4Addr::new(172, 31, 0, 2),
        }
    }
}

/// Whether an instance lets a source in on a port.
///
/// moto's default groups are empty. At AWS each lets in its own members, and, as the walkthroughs
/// of old rely on, load balancers that were given no group of their own.
pub(crate) fn admits(
    groups: &[Group],
    instance: &BookedInstance,
    source: &Source,
    port: u16,
) -> bool {
    let named = |id: &str| groups.iter().find(|group| group.id == id);
    let is_default = |id: &String| named(id).is_some_and(|group| group.is_default);
    let comes_by_default = !source.vpc.is_empty()
        && (source.groups.is_empty() || source.groups.iter().any(is_default));
    let mut of = instance
        .details
        .groups
        .iter()
        .filter_map(|(id, _)| named(id));
    of.any(|group| {
        let mut rules = group.ingress.iter();
        (group.is_default && comes_by_default) || rules.any(|rule| lets_in(rule, source, port))
    })
}

fn lets_in(rule: &Ingress, source: &Source, port: u16) -> bool {
    let is_protocol = matches!(rule.protocol.as_deref(), None | Some("-1" | "tcp"));
    let port = i32::from(port);
    let is_port = rule.from.is_none_or(|from| from <= port) && rule.to.is_none_or(|to| port <= to);
    let range = rule.range.as_deref().and_then(|range| range.parse().ok());
    let is_address = range.is_some_and(|range: Ipv4Net| range.contains(&source.address));
    let is_member = rule
        .group
        .as_ref()
        .is_some_and(|id| source.groups.contains(id));
    is_protocol && is_port && (is_address || is_member)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Source, admits};
    use crate::books::{self, BookedInstance, Group};

    fn instance(groups: &[&str]) -> BookedInstance {
        let mut instance = books::example();
        let groups = groups.iter().map(|&id| (id.to_owned(), String::new()));
        instance.details.groups = groups.collect();
        instance
    }

    fn groups() -> Vec<Group> {
        let rule = |from: i32, to: i32, range: Option<&str>, group: Option<&str>| json!({"protocol": "tcp", "from": from, "to": to, "range": range, "group": group});
        let group = |id: &str, is_default: bool, ingress: &[serde_json::Value]| json!({"id": id, "vpc": "v", "is_default": is_default, "ingress": ingress});
        serde_json::from_value(json!([
            group("default", true, &[]),
            group("web", false, &[rule(80, 90, Some("0.0.0.0/0"), None)]),
            group("near", false, &[rule(22, 22, Some("10.0.0.0/8"), None)]),
            group("behind", false, &[rule(8080, 8080, None, Some("web"))]),
            group("closed", false, &[]),
        ]))
        .unwrap()
    }

    fn reaches(from: &[&str], address: [u8; 4], to: &[&str], port: u16) -> bool {
        let source = Source {
            groups: from.iter().map(|&id| id.to_owned()).collect(),
            vpc: "v".into(),
            address: address.into(),
        };
        admits(&groups(), &instance(to), &source, port)
    }

    #[test]
    fn groups_let_in_the_ports_addresses_and_members_that_they_name() {
        let (far, near) = ([203, 0, 113, 1], [10, 0, 0, 9]);
        assert!(reaches(&["closed"], far, &["web"], 80));
        assert!(!reaches(&["closed"], far, &["web"], 91));
        assert!(reaches(&["closed"], near, &["closed", "near"], 22));
        assert!(!reaches(&["closed"], far, &["near"], 22));
        assert!(reaches(&["web"], far, &["behind"], 8080));
        assert!(!reaches(&["closed"], far, &["behind"], 8080));
        assert!(!reaches(&["closed"], near, &["closed"], 80));
    }

    #[test]
    fn a_default_group_lets_in_its_members_and_what_has_no_group() {
        let far = [203, 0, 113, 1];
        assert!(reaches(&["default"], far, &["default"], 5));
        assert!(reaches(&[], far, &["default"], 5));
        assert!(!reaches(&["web"], far, &["default"], 5));
        let stranger = Source {
            groups: vec![],
            vpc: String::new(),
            address: far.into(),
        };
        assert!(!admits(&groups(), &instance(&["default"]), &stranger, 5));
    }
}
