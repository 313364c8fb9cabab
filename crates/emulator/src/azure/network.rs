//! Virtual networks: the configuration that the command line keeps as one file, and addresses.
//!
//! The file's schema: <https://learn.microsoft.com/en-us/previous-versions/azure/reference/jj157100(v=azure.100)>.

use std::net::Ipv4Addr;

use roxmltree::Node;
use sha2::{Digest as _, Sha256};

use super::{Fault, Tree, catalogue, identity::guid, prefix::Prefix, tree};

/// How many networks an account may have; Azure's own limit was 50.
const MOST_SITES: usize = 50;
/// How many subnets a network may have.
const MOST_SUBNETS: usize = 50;

/// A virtual network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Site {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub location: &'static str,
    prefixes: Vec<Prefix>,
    subnets: Vec<(String, Prefix)>,
}

/// Reads and checks a configuration.
pub(crate) fn sites(text: &str) -> Result<Vec<Site>, Fault> {
    let document = tree::document(text)?;
    let root = document.root_element();
    if root.tag_name().name() != "NetworkConfiguration" {
        return Err(refused("The body is not a network configuration."));
    }
    let sites: Result<Vec<Site>, Fault> = root
        .descendants()
        .filter(|node| is(*node, "VirtualNetworkSite"))
        .map(site)
        .collect();
    let sites = sites?;
    if sites.len() > MOST_SITES {
        let why = format!("Quota exceeded: there may be {MOST_SITES} virtual networks.");
        return Err(Fault::Conflict(why));
    }
    let is_twice = |(at, site): (usize, &Site)| named(&sites[..at], &site.name).is_some();
    if sites.iter().enumerate().any(is_twice) {
        return Err(refused("Two virtual networks have the same name."));
    }
    Ok(sites)
}

/// The network of a name, in any letters.
pub(crate) fn named<'a>(sites: &'a [Site], name: &str) -> Option<&'a Site> {
    sites
        .iter()
        .find(|site| site.name.eq_ignore_ascii_case(name))
}

fn site(node: Node<'_, '_>) -> Result<Site, Fault> {
    let name = node.attribute("name").unwrap_or_default();
    if !is_name(name) {
        return Err(refused("A virtual network's name is not valid."));
    }
    let said = node.attribute("Location").unwrap_or_default();
    let location = catalogue::location(said);
    let location = location.ok_or_else(|| {
        Fault::BadRequest(format!("The location of {name} is not valid: {said:?}."))
    })?;
    let prefixes: Vec<Prefix> = within(node, "AddressSpace", "AddressPrefix")
        .map(|prefix| prefix.text().unwrap_or_default().parse())
        .collect::<Result<_, _>>()?;
    let subnets: Vec<(String, Prefix)> = within(node, "Subnets", "Subnet")
        .map(|subnet| read_subnet(subnet, &prefixes))
        .collect::<Result<_, _>>()?;
    if prefixes.is_empty() || prefixes.len().max(subnets.len()) > MOST_SUBNETS {
        let why = format!("The address space of {name} is empty or has too many parts.");
        return Err(Fault::BadRequest(why));
    }
    Ok(Site {
        name: name.to_owned(),
        location,
        prefixes,
        subnets,
    })
}

fn read_subnet(node: Node<'_, '_>, space: &[Prefix]) -> Result<(String, Prefix), Fault> {
    let name = node.attribute("name").unwrap_or_default();
    let mut children = node.children();
    let prefix = children.find(|child| is(*child, "AddressPrefix"));
    let prefix: Prefix = prefix
        .and_then(|prefix| prefix.text())
        .unwrap_or_default()
        .parse()?;
    if !is_name(name) || !space.iter().any(|range| range.contains(prefix)) {
        let why = format!("The subnet {name:?} has no valid name, or is not in the address space.");
        return Err(Fault::BadRequest(why));
    }
    Ok((name.to_owned(), prefix))
}

fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_. ".contains(&byte);
    (1..=63).contains(&name.len()) && name.bytes().all(is_allowed)
}

fn within<'a, 'input>(
    node: Node<'a, 'input>,
    list: &'static str,
    item: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    let lists = node.children().filter(move |child| is(*child, list));
    lists.flat_map(move |list| list.children().filter(move |child| is(*child, item)))
}

fn refused(why: &str) -> Fault {
    Fault::BadRequest(why.to_owned())
}

/// The configuration's own namespace has a year in it, which differs.
fn is(node: Node<'_, '_>, name: &str) -> bool {
    node.tag_name().name() == name
}

impl Site {
    /// A free address in one of its subnets, or in its first, or in all of it.
    pub fn address(&self, subnet: &str, used: &[Ipv4Addr]) -> Result<Ipv4Addr, Fault> {
        let is_it = |(name, _): &&(String, Prefix)| name.eq_ignore_ascii_case(subnet);
        let found = match self.subnets.iter().find(is_it) {
            Some((_, prefix)) => Some(prefix),
            None if !subnet.is_empty() => {
                return Err(Fault::BadRequest(format!(
                    "The subnet {subnet} was not found in the virtual network {}.",
                    self.name
                )));
            }
            None => self
                .subnets
                .first()
                .map(|(_, prefix)| prefix)
                .or(self.prefixes.first()),
        };
        let free = found.and_then(|prefix| prefix.free(used));
        let full = || Fault::Conflict(format!("{} has no free address.", self.name));
        free.ok_or_else(full)
    }

    /// As [List Virtual Network Sites](https://learn.microsoft.com/en-us/previous-versions/azure/reference/jj157185(v=azure.100))
    /// shows it; its id follows from the subscription's.
    pub fn show(&self, subscription: &str) -> Tree {
        let id = guid(&Sha256::digest(format!("{subscription} {}", self.name)));
        let prefixes = self.prefixes.iter();
        let prefixes = prefixes.map(|prefix| Tree::leaf("AddressPrefix", prefix.show()));
        let subnets = self.subnets.iter().map(|(name, prefix)| {
            Tree::new("Subnet")
                .with_leaf("Name", name)
                .with_leaf("AddressPrefix", prefix.show())
        });
        let space = Tree::new("AddressPrefixes").with_all(prefixes);
        Tree::new("VirtualNetworkSite")
            .with_leaf("Name", &self.name)
            .with_leaf("Id", id)
            .with_leaf("Location", self.location)
            .with_leaf("State", "Created")
            .with(Tree::new("AddressSpace").with(space))
            .with(Tree::new("Subnets").with_all(subnets))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::{named, sites};

    fn configured(inside: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?><NetworkConfiguration xmlns=\
             \"http://schemas.microsoft.com/ServiceHosting/2011/07/NetworkConfiguration\">\
             <VirtualNetworkConfiguration><VirtualNetworkSites>{inside}</VirtualNetworkSites>\
             </VirtualNetworkConfiguration></NetworkConfiguration>"
        )
    }

    fn site(name: &str, location: &str, space: &str, subnet: &str) -> String {
        format!(
            "<VirtualNetworkSite name=\"{name}\" Location=\"{location}\"><AddressSpace>\
             <AddressPrefix>{space}</AddressPrefix></AddressSpace><Subnets><Subnet name=\"s\">\
             <AddressPrefix>{subnet}</AddressPrefix></Subnet></Subnets></VirtualNetworkSite>"
        )
    }

    #[test]
    fn a_network_gives_addresses_of_its_subnets_in_order() {
        let text = configured(&site("testnet", "east us", "10.0.0.0/8", "10.32.0.0/11"));
        let read = sites(&text).unwrap();
        let net = named(&read, "TESTNET").unwrap();
        assert_eq!(net.location, "East US");
        let first = net.address("", &[]).unwrap();
        assert_eq!(first, Ipv4Addr::new(10, 32, 0, 4));
        assert_eq!(
            net.address("S", &[first]).unwrap(),
            Ipv4Addr::new(10, 32, 0, 5)
        );
        assert!(net.address("other", &[]).is_err());
        let shown = net.show("s").document();
        assert!(
            shown.contains("<AddressPrefix>10.32.0.0/11</AddressPrefix>"),
            "{shown}"
        );
    }

    #[test]
    fn a_full_subnet_gives_none() {
        let text = configured(&site("n", "West US", "10.0.0.0/29", "10.0.0.0/29"));
        let read = sites(&text).unwrap();
        let used = [4, 5, 6].map(|last| Ipv4Addr::new(10, 0, 0, last));
        assert!(read[0].address("", &used).is_err());
    }

    #[test]
    fn what_makes_no_network_is_refused() {
        let good = site("n", "West US", "10.0.0.0/8", "10.0.0.0/16");
        assert!(sites(&configured(&good)).is_ok());
        assert!(sites(&configured("")).unwrap().is_empty());
        for bad in [
            site("", "West US", "10.0.0.0/8", "10.0.0.0/16"),
            site("n", "The Moon", "10.0.0.0/8", "10.0.0.0/16"),
            site("n", "West US", "10.0.0.0/8", "11.0.0.0/16"),
            site("n", "West US", "10.0.0.0/33", "10.0.0.0/16"),
            site("n", "West US", "10.0.0.1/8", "10.0.0.0/16"),
            site("n", "West US", "here", "10.0.0.0/16"),
            format!("{good}{}", good.replace("\"n\"", "\"N\"")),
            good.repeat(60),
        ] {
            assert!(sites(&configured(&bad)).is_err(), "{bad}");
        }
        assert!(sites("<Other/>").is_err());
    }
}
