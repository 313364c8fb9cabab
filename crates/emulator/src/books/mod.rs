//! What moto's answers say: pure readings of AWS's XML.

mod instance;
mod instances;
mod surroundings;

use roxmltree::{Document, Node};

pub(crate) use instance::{
    BookedInstance, BookedState, Details, Interface, MetadataOptions, Profile,
};
#[cfg(test)]
pub(crate) use instances::example;
pub(crate) use instances::instances;
pub(crate) use surroundings::{public_key, subnet, user_data, vpc_blocks, zone_id};

/// A classic load balancer as the books have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Balancer {
    /// Its name.
    pub name: String,
    /// The name that leads to it, lower case.
    pub dns_name: String,
    /// The port on its instances that its port 80 leads to; none without such a listener.
    pub instance_port: Option<u16>,
    /// The instances that are registered.
    pub instances: Vec<String>,
    /// What tells whether an instance is well.
    pub check: Check,
}

/// What tells whether an instance is well.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Check {
    /// It accepts connections.
    Tcp(u16),
    /// It answers this path with 200.
    Http(u16, String),
}

impl Check {
    /// Reads a target as AWS writes it: `TCP:80`, `HTTP:8080/health`.
    fn read(target: &str, otherwise: u16) -> Self {
        let read = || {
            let (protocol, rest) = target.split_once(':')?;
            let (port, path) = match rest.split_once('/') {
                Some((port, path)) => (port, format!("/{path}")),
                None => (rest, "/".to_owned()),
            };
            let port = port.parse().ok()?;
            Some(match protocol.to_ascii_uppercase().as_str() {
                "HTTP" => Self::Http(port, path),
                _ => Self::Tcp(port),
            })
        };
        read().unwrap_or(Self::Tcp(otherwise))
    }
}

/// Reads an answer to `DescribeLoadBalancers` of a region.
pub(crate) fn balancers(xml: &str, region: &str) -> Result<Vec<Balancer>, roxmltree::Error> {
    let document = Document::parse(xml)?;
    let lists = document
        .descendants()
        .filter(|node| node.has_tag_name_any("LoadBalancerDescriptions"));
    let members = lists.flat_map(members_of);
    Ok(members
        .filter_map(|member| balancer(member, region))
        .collect())
}

fn balancer(member: Node<'_, '_>, region: &str) -> Option<Balancer> {
    let listeners = child(member, "ListenerDescriptions")
        .into_iter()
        .flat_map(members_of);
    let listeners = listeners.filter_map(|member| child(member, "Listener"));
    let ports: Vec<(u16, u16)> = listeners
        .filter_map(|listener| {
            let from = text(listener, "LoadBalancerPort")?.parse().ok()?;
            Some((from, text(listener, "InstancePort")?.parse().ok()?))
        })
        .collect();
    let instance_port = ports
        .iter()
        .find(|(from, _)| *from == 80)
        .map(|(_, to)| *to);
    let registered = child(member, "Instances").into_iter().flat_map(members_of);
    let target = child(member, "HealthCheck").and_then(|check| text(check, "Target"));
    let otherwise = ports.first().map_or(80, |(_, to)| *to);
    Some(Balancer {
        name: text(member, "LoadBalancerName")?,
        dns_name: in_region(&text(member, "DNSName")?, region).to_ascii_lowercase(),
        instance_port,
        instances: registered
            .filter_map(|member| text(member, "InstanceId"))
            .collect(),
        check: Check::read(&target.unwrap_or_default(), otherwise),
    })
}

/// The ids of the instances that an answer to `DescribeInstanceHealth` lists.
pub(crate) fn health_of(xml: &str) -> Result<Vec<String>, roxmltree::Error> {
    let document = Document::parse(xml)?;
    let ids = document
        .descendants()
        .filter(|node| node.has_tag_name_any("InstanceId"));
    Ok(ids
        .filter_map(|node| node.text().map(str::to_owned))
        .collect())
}

/// moto says `us-east-1` in every load balancer's name, whatever the region.
pub(crate) fn in_region(text: &str, region: &str) -> String {
    text.replace(
        ".us-east-1.elb.amazonaws.com",
        &format!(".{region}.elb.amazonaws.com"),
    )
}

fn members_of<'a, 'input>(node: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children()
        .filter(|node| node.has_tag_name_any("member"))
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|node| node.has_tag_name_any(name))
}

fn text(node: Node<'_, '_>, name: &str) -> Option<String> {
    child(node, name)?.text().map(|text| text.trim().to_owned())
}

/// AWS's answers are all in one namespace, which differs by service and version.
trait AnyNamespace {
    fn has_tag_name_any(&self, name: &str) -> bool;
}

impl AnyNamespace for Node<'_, '_> {
    fn has_tag_name_any(&self, name: &str) -> bool {
        self.tag_name().name() == name
    }
}

#[cfg(test)]
mod tests {
    use super::{Check, balancers};

    #[test]
    fn a_balancer_is_read_with_its_ports_and_its_own_region() {
        let xml = "<R xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2012-06-01/\">\
            <LoadBalancerDescriptions><member><LoadBalancerName>Web</LoadBalancerName>\
            <DNSName>Web.us-east-1.elb.amazonaws.com</DNSName><ListenerDescriptions><member>\
            <Listener><LoadBalancerPort>80</LoadBalancerPort><InstancePort>8080</InstancePort>\
            </Listener></member></ListenerDescriptions><Instances><member>\
            <InstanceId>i-1</InstanceId></member></Instances></member>\
            </LoadBalancerDescriptions></R>";
        let found = balancers(xml, "ap-southeast-2").unwrap();
        assert_eq!(found[0].dns_name, "web.ap-southeast-2.elb.amazonaws.com");
        assert_eq!(found[0].instance_port, Some(8080));
        assert_eq!(found[0].instances, ["i-1"]);
        assert_eq!(found[0].check, Check::Tcp(8080));
    }

    #[test]
    fn a_check_is_read_as_aws_writes_it() {
        assert_eq!(
            Check::read("HTTP:81/up?x=1", 80),
            Check::Http(81, "/up?x=1".into())
        );
        assert_eq!(Check::read("TCP:22", 80), Check::Tcp(22));
        assert_eq!(Check::read("", 8080), Check::Tcp(8080));
    }
}
