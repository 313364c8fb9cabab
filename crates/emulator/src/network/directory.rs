//! Which addresses and names there are, and where each leads.

use std::{collections::HashMap, net::Ipv4Addr};

use super::{TERMINAL, preface::Preface};
use crate::{
    balancing::Balancing,
    books::{BookedInstance, BookedState, Picture},
    reach::{Source, admits},
};

/// Where instances ask about themselves.
const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);
/// Load balancers have addresses that are for measuring networks, so that they are nobody's
/// ([RFC 2544](https://www.rfc-editor.org/rfc/rfc2544), appendix C.2.2).
const BALANCERS: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 0);
/// How many such addresses there are.
const BALANCER_ADDRESSES: u32 = 1 << 17;

/// Where a connection leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Leads {
    /// To what tells an instance about itself.
    Metadata(String),
    /// To a port of an instance.
    Instance(String, u16),
    /// To a port of a load balancer, by its name.
    Balancer(String, u16),
    /// Nowhere, as nothing is there or lets it in.
    Nowhere,
}

/// All addresses and names of an account.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    names: HashMap<String, Ipv4Addr>,
    balancers: HashMap<Ipv4Addr, String>,
}

impl Directory {
    /// Gives everything that has a name an address.
    pub fn new(picture: &Picture, balancing: &Balancing) -> Self {
        let mut directory = Self::default();
        directory.add("instance-data.ec2.internal", METADATA);
        let running = picture.instances.iter().filter(|one| is_running(one));
        for one in running {
            let details = &one.details;
            let public = details
                .public_name
                .as_ref()
                .zip(details.public_address.as_ref());
            let private = (&details.private_name, &one.private_address);
            for (name, address) in public.into_iter().chain([private]) {
                if let Ok(address) = address.parse() {
                    directory.add(name, address);
                }
            }
        }
        let mut names: Vec<&String> = balancing
            .balancers
            .iter()
            .map(|one| &one.dns_name)
            .collect();
        names.sort();
        for name in names {
            let address = directory.free_address(name);
            directory.add(name, address);
            directory.balancers.insert(address, name.clone());
        }
        directory
    }

    fn add(&mut self, name: &str, address: Ipv4Addr) {
        if !name.is_empty() {
            self.names.insert(name.to_ascii_lowercase(), address);
        }
    }

    /// The same at each start, as a name's own, unless another name has it.
    fn free_address(&self, name: &str) -> Ipv4Addr {
        // FNV-1a: <http://www.isthe.com/chongo/tech/comp/fnv/>
        let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        let addresses = (0..BALANCER_ADDRESSES).map(|step| {
            let offset = hash.wrapping_add(step) % BALANCER_ADDRESSES;
            Ipv4Addr::from(u32::from(BALANCERS) + offset)
        });
        let mut free = addresses.filter(|address| !self.balancers.contains_key(address));
        free.next().unwrap_or(BALANCERS)
    }

    /// The address of a name.
    pub fn address(&self, name: &str) -> Option<Ipv4Addr> {
        self.names.get(name).copied()
    }

    /// The load balancer that has an address.
    pub fn balancer_at(&self, address: Ipv4Addr) -> Option<&str> {
        self.balancers.get(&address).map(String::as_str)
    }

    /// Where a connection leads.
    pub fn leads(&self, picture: &Picture, preface: &Preface) -> Leads {
        let running = || picture.instances.iter().filter(|one| is_running(one));
        let at = preface.from.to_string();
        let asking = running().find(|one| one.private_address == at);
        let (address, port) = (*preface.to.ip(), preface.to.port());
        if address == METADATA {
            return match asking {
                Some(one) if port == 80 => Leads::Metadata(one.id.clone()),
                _ => Leads::Nowhere,
            };
        }
        if let Some(name) = self.balancer_at(address) {
            return Leads::Balancer(name.to_owned(), port);
        }
        let Some(asked) = running().find(|one| one.has(address)) else {
            return Leads::Nowhere;
        };
        match source(asking, asked, preface) {
            Some(source) if admits(&picture.groups, asked, &source, port) => {
                Leads::Instance(asked.id.clone(), port)
            }
            _ => Leads::Nowhere,
        }
    }
}

/// Who an instance sees: by its private address a neighbour, of its groups; by its public one
/// somebody from outside. Private addresses are for neighbours alone.
fn source(
    asking: Option<&BookedInstance>,
    asked: &BookedInstance,
    preface: &Preface,
) -> Option<Source> {
    let is_private = asked.private_address == preface.to.ip().to_string();
    match (asking, is_private) {
        (Some(asking), true) if asking.details.vpc == asked.details.vpc => Some(Source {
            groups: asking
                .details
                .groups
                .iter()
                .map(|(id, _)| id.clone())
                .collect(),
            vpc: asking.details.vpc.clone(),
            address: preface.from,
        }),
        (_, true) => None,
        (asking, false) => {
            let public = asking.and_then(|one| one.details.public_address.as_ref()?.parse().ok());
            Some(Source {
                groups: Vec::new(),
                vpc: String::new(),
                address: public.unwrap_or(TERMINAL),
            })
        }
    }
}

fn is_running(instance: &BookedInstance) -> bool {
    instance.state == BookedState::Running
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Balancing, Directory, Leads, Picture, Preface};
    use crate::books::{self, BookedInstance};

    fn instance(id: &str, last: u8, group: &str, state: &str) -> BookedInstance {
        let mut one = BookedInstance {
            id: id.to_owned(),
            state: state.to_owned().into(),
            private_address: format!("10.0.0.{last}"),
            ..books::example()
        };
        one.details.private_name = format!("ip-10-0-0-{last}.internal");
        one.details.public_address = Some(format!("54.0.0.{last}"));
        one.details.public_name = Some(format!("ec2-54-0-0-{last}.Amazonaws.com"));
        one.details.groups = vec![(group.to_owned(), String::new())];
        one
    }

    fn picture() -> Picture {
        let ingress = |range: Value, group: Value| json!({"protocol": "tcp", "from": 80, "to": 80, "range": range, "group": group});
        let group = |id: &str, ingress: Value| json!({"id": id, "vpc": "vpc-1", "is_default": false, "ingress": [ingress]});
        let balancer = json!({"name": "alb", "dns_name": "ALB-1.elb.amazonaws.com",
            "kind": "application", "groups": [], "vpc": "vpc-1", "listeners": [], "idle": 60});
        let mut picture: Picture = serde_json::from_value(json!({
            "instances": [],
            "groups": [group("open", ingress(json!("0.0.0.0/0"), Value::Null)),
                       group("members", ingress(Value::Null, json!("open")))],
            "classic": [], "balancers": [balancer], "target_groups": [], "zones": []}))
        .unwrap();
        picture.instances = vec![
            instance("i-1", 1, "open", "running"),
            instance("i-2", 2, "members", "running"),
            instance("i-3", 3, "open", "stopped"),
        ];
        picture
    }

    fn leads(from: &str, to: &str) -> Leads {
        let picture = picture();
        let directory = Directory::new(&picture, &Balancing::read(&picture));
        let preface = Preface {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
        };
        directory.leads(&picture, &preface)
    }

    const TERMINAL: &str = "100.64.0.2";

    #[test]
    fn instances_reach_each_other_as_their_groups_let_them() {
        let two = Leads::Instance("i-2".into(), 80);
        assert_eq!(leads("10.0.0.1", "10.0.0.2:80"), two);
        assert_eq!(leads("10.0.0.1", "10.0.0.2:81"), Leads::Nowhere);
        // by the public address, a neighbour is nobody's member
        assert_eq!(leads("10.0.0.1", "54.0.0.2:80"), Leads::Nowhere);
        let one = Leads::Instance("i-1".into(), 80);
        assert_eq!(leads("10.0.0.2", "10.0.0.1:80"), one);
        assert_eq!(leads("10.0.0.2", "10.0.0.3:80"), Leads::Nowhere);
    }

    #[test]
    fn terminals_reach_public_addresses_alone_and_no_metadata() {
        let one = Leads::Instance("i-1".into(), 80);
        assert_eq!(leads(TERMINAL, "54.0.0.1:80"), one);
        assert_eq!(leads(TERMINAL, "10.0.0.1:80"), Leads::Nowhere);
        assert_eq!(leads(TERMINAL, "54.0.0.2:80"), Leads::Nowhere);
        assert_eq!(leads(TERMINAL, "169.254.169.254:80"), Leads::Nowhere);
        assert_eq!(leads(TERMINAL, "127.0.0.1:80"), Leads::Nowhere);
        let me = Leads::Metadata("i-1".into());
        assert_eq!(leads("10.0.0.1", "169.254.169.254:80"), me);
    }

    #[test]
    fn names_have_addresses_that_lead_to_what_they_name() {
        let picture = picture();
        let directory = Directory::new(&picture, &Balancing::read(&picture));
        let at = directory.address("alb-1.elb.amazonaws.com").unwrap();
        assert!(at.octets()[0] == 198 && (18..20).contains(&at.octets()[1]));
        let name = "alb-1.elb.amazonaws.com".to_owned();
        assert_eq!(
            leads(TERMINAL, &format!("{at}:81")),
            Leads::Balancer(name, 81)
        );
        let public = directory.address("ec2-54-0-0-1.amazonaws.com");
        assert_eq!(public, Some([54, 0, 0, 1].into()));
        let private = directory.address("ip-10-0-0-2.internal");
        assert_eq!(private, Some([10, 0, 0, 2].into()));
        assert_eq!(directory.address("ip-10-0-0-3.internal"), None);
    }
}
