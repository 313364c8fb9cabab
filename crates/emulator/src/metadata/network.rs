//! What an instance is told of its network interfaces.

use super::{
    Facts,
    tree::{Child, folder, leaf, may_have, names},
};
use crate::books::Interface;

/// The folder `network`.
pub(super) fn folder_of(facts: &Facts) -> Child {
    let macs = facts.instance.details.interfaces.iter();
    let macs = macs.map(|one| folder(&one.mac, interface(facts, one)));
    let interfaces = vec![folder("macs", macs.collect())];
    folder("network", vec![folder("interfaces", interfaces)])
}

fn interface(facts: &Facts, one: &Interface) -> Vec<Child> {
    let details = &facts.instance.details;
    let ids: Vec<&str> = one.groups.iter().map(|(id, _)| id.as_str()).collect();
    let own = one.private_addresses.first();
    let associated = one.public_address.as_ref().map(|public| {
        let private = own.map_or("", String::as_str);
        folder("ipv4-associations", vec![leaf(public, private)])
    });
    let vpc_block = facts.instance.details.vpc_blocks.first();
    let vpc_blocks = vpc_block.map(|_| facts.instance.details.vpc_blocks.join("\n"));
    let children = [
        Some(leaf("device-number", &one.device_number)),
        Some(leaf("interface-id", &one.id)),
        associated,
        Some(leaf("local-hostname", &details.private_name)),
        Some(leaf("local-ipv4s", one.private_addresses.join("\n"))),
        Some(leaf("mac", &one.mac)),
        Some(leaf("network-card-index", &one.card)),
        Some(leaf("owner-id", &one.owner)),
        may_have("public-hostname", details.public_name.as_ref()),
        may_have("public-ipv4s", one.public_address.as_ref()),
        Some(leaf("security-group-ids", ids.join("\n"))),
        Some(leaf("security-groups", names(&one.groups))),
        Some(leaf("subnet-id", &one.subnet)),
        may_have(
            "subnet-ipv4-cidr-block",
            facts.instance.details.subnet_block.as_ref(),
        ),
        Some(leaf("vpc-id", &one.vpc)),
        may_have("vpc-ipv4-cidr-block", vpc_block),
        may_have("vpc-ipv4-cidr-blocks", vpc_blocks.as_ref()),
    ];
    children.into_iter().flatten().collect()
}
