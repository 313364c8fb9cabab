//! Instances in moto's books: readings of answers to `DescribeInstances`.

use roxmltree::{Document, Node};

use super::{
    AnyNamespace as _, BookedInstance, BookedState, Details, Interface, MetadataOptions, Profile,
    child, text,
};

/// Reads an answer to `DescribeInstances`.
pub(crate) fn instances(xml: &str) -> Result<Vec<BookedInstance>, roxmltree::Error> {
    let document = Document::parse(xml)?;
    let sets = document
        .descendants()
        .filter(|node| node.has_tag_name_any("instancesSet"));
    let read = sets.flat_map(|set| {
        let reservation = set.parent();
        let of_all = move |name| reservation.and_then(|of| text(of, name));
        let (reservation, owner) = (of_all("reservationId"), of_all("ownerId"));
        items(set).filter_map(move |item| {
            let mut one = instance(item)?;
            one.details.reservation = reservation.clone().unwrap_or_default();
            one.details.owner = owner.clone().unwrap_or_default();
            Some(one)
        })
    });
    Ok(read.collect())
}

fn instance(item: Node<'_, '_>) -> Option<BookedInstance> {
    let state = text(child(item, "instanceState")?, "name")?;
    Some(BookedInstance {
        id: text(item, "instanceId")?,
        state: match state.as_str() {
            "pending" | "running" => BookedState::Running,
            "stopping" | "stopped" => BookedState::Stopped,
            _ => BookedState::Terminated,
        },
        private_address: text(item, "privateIpAddress").unwrap_or_default(),
        details: details(item),
    })
}

fn details(item: Node<'_, '_>) -> Details {
    let said = |name| text(item, name).unwrap_or_default();
    let interfaces: Vec<Interface> = listed(item, "networkInterfaceSet").map(interface).collect();
    let mut groups = pairs(item, "groupSet", "groupId", "groupName");
    if groups.is_empty() {
        // moto lists those of nobody's choice at the interface alone
        groups = interfaces
            .first()
            .map(|first| first.groups.clone())
            .unwrap_or_default();
    }
    Details {
        image: said("imageId"),
        instance_type: said("instanceType"),
        architecture: said("architecture"),
        zone: child(item, "placement")
            .and_then(|placement| text(placement, "availabilityZone"))
            .unwrap_or_default(),
        private_name: said("privateDnsName"),
        public_address: filled(item, "ipAddress"),
        public_name: filled(item, "dnsName"),
        groups,
        tags: pairs(item, "tagSet", "key", "value"),
        key_name: filled(item, "keyName"),
        launch_index: said("amiLaunchIndex"),
        reservation: String::new(),
        owner: String::new(),
        subnet: said("subnetId"),
        vpc: said("vpcId"),
        launched_at: said("launchTime"),
        profile: child(item, "iamInstanceProfile").and_then(profile),
        metadata: child(item, "metadataOptions")
            .map(metadata)
            .unwrap_or_default(),
        root_device: said("rootDeviceName"),
        devices: listed(item, "blockDeviceMapping")
            .filter_map(|device| text(device, "deviceName"))
            .collect(),
        interfaces,
        lifecycle: filled(item, "instanceLifecycle"),
    }
}

fn profile(node: Node<'_, '_>) -> Option<Profile> {
    Some(Profile {
        arn: text(node, "arn")?,
        id: text(node, "id").unwrap_or_default(),
    })
}

fn metadata(node: Node<'_, '_>) -> MetadataOptions {
    let is = |name, word: &str| text(node, name).is_some_and(|said| said == word);
    MetadataOptions {
        needs_token: is("httpTokens", "required"),
        is_enabled: !is("httpEndpoint", "disabled"),
        has_tags: is("instanceMetadataTags", "enabled"),
    }
}

fn interface(item: Node<'_, '_>) -> Interface {
    let said = |name| text(item, name).unwrap_or_default();
    let attachment = child(item, "attachment");
    let attached = |name| attachment.and_then(|at| text(at, name));
    let addresses = listed(item, "privateIpAddressesSet");
    Interface {
        id: said("networkInterfaceId"),
        mac: said("macAddress"),
        device_number: attached("deviceIndex").unwrap_or_default(),
        card: attached("networkCardIndex").unwrap_or_default(),
        owner: said("ownerId"),
        private_addresses: addresses
            .filter_map(|address| text(address, "privateIpAddress"))
            .collect(),
        public_address: child(item, "association").and_then(|of| filled(of, "publicIp")),
        groups: pairs(item, "groupSet", "groupId", "groupName"),
        subnet: said("subnetId"),
        vpc: said("vpcId"),
    }
}

/// A text that is there and not empty.
fn filled(node: Node<'_, '_>, name: &str) -> Option<String> {
    text(node, name).filter(|text| !text.is_empty())
}

fn pairs(item: Node<'_, '_>, list: &str, first: &str, second: &str) -> Vec<(String, String)> {
    let pair = |item| Some((text(item, first)?, text(item, second).unwrap_or_default()));
    listed(item, list).filter_map(pair).collect()
}

fn listed<'a, 'input>(
    node: Node<'a, 'input>,
    name: &str,
) -> impl Iterator<Item = Node<'a, 'input>> + use<'a, 'input> {
    child(node, name).into_iter().flat_map(items)
}

fn items<'a, 'input>(set: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    set.children().filter(|node| node.has_tag_name_any("item"))
}

/// moto's own answer about an instance with everything, for tests.
#[cfg(test)]
pub(crate) fn example() -> BookedInstance {
    let xml = include_str!("instance.xml");
    instances(xml).unwrap().remove(0)
}

#[cfg(test)]
mod tests {
    use super::{BookedState, MetadataOptions, example, instances};

    #[test]
    fn instances_are_read_with_what_they_should_be() {
        let item = |id: &str, state: &str| {
            format!(
                "<item><instanceId>{id}</instanceId><privateIpAddress>10.0.0.1</privateIpAddress>\
                 <instanceState><code>16</code><name>{state}</name></instanceState></item>"
            )
        };
        let xml = format!(
            "<DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
             <reservationSet><item><instancesSet>{}{}</instancesSet></item></reservationSet>\
             </DescribeInstancesResponse>",
            item("i-1", "running"),
            item("i-2", "stopped")
        );
        let found = instances(&xml).unwrap();
        assert_eq!(found[0].state, BookedState::Running);
        assert_eq!(
            (found[1].id.as_str(), found[1].state),
            ("i-2", BookedState::Stopped)
        );
        assert_eq!(found[0].details.metadata, MetadataOptions::default());
    }

    #[test]
    fn an_instance_is_read_with_all_that_it_may_ask_of_itself() {
        let one = example();
        let details = one.details;
        assert_eq!(details.reservation, "r-2d35b2be95a6c39a3");
        assert_eq!(details.owner, "123456789012");
        assert_eq!(details.zone, "ap-southeast-2a");
        assert_eq!(details.public_address.as_deref(), Some("54.214.141.26"));
        assert_eq!(details.tags, [("Name".to_owned(), "w & x".to_owned())]);
        assert_eq!(details.key_name.as_deref(), Some("mine"));
        assert_eq!(details.groups[0].1, "default");
        assert_eq!(details.devices, ["/dev/sda1"]);
        assert!(details.metadata.needs_token && details.metadata.has_tags);
        let interface = &details.interfaces[0];
        assert_eq!(interface.mac, "02:00:00:18:90:97");
        assert_eq!(interface.private_addresses, ["10.91.244.136"]);
        assert_eq!(interface.device_number, "0");
        let profile = details.profile.unwrap();
        assert!(profile.arn.ends_with(":instance-profile/web"));
    }

    #[test]
    fn groups_that_moto_lists_at_the_interface_alone_are_the_instances_own() {
        let xml = include_str!("instance.xml");
        let (before, after) = xml.rsplit_once("<groupSet><item>").unwrap();
        let (_, after) = after.split_once("</groupSet>").unwrap();
        let found = instances(&format!("{before}<groupSet/>{after}")).unwrap();
        assert_eq!(found[0].details.groups, example().details.groups);
    }
}
