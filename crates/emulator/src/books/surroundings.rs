//! What belongs to an instance and is kept elsewhere in the books: readings of their answers.

use roxmltree::{Document, Error, Node};

use super::{AnyNamespace as _, child, text};

/// Reads the user data of an answer to `DescribeInstanceAttribute`, still in base64.
pub(crate) fn user_data(xml: &str) -> Result<Option<String>, Error> {
    let document = Document::parse(xml)?;
    let node = first(&document, "userData");
    Ok(node.and_then(|node| text(node, "value")))
}

/// Reads the first key of an answer to `DescribeKeyPairs`, a line of OpenSSH's.
pub(crate) fn public_key(xml: &str) -> Result<Option<String>, Error> {
    first_text(xml, "publicKey")
}

/// Reads the addresses of the first subnet of an answer to `DescribeSubnets`.
pub(crate) fn subnet(xml: &str) -> Result<Option<String>, Error> {
    first_text(xml, "cidrBlock")
}

/// Reads the id of the zone of the first subnet of an answer to `DescribeSubnets`.
pub(crate) fn zone_id(xml: &str) -> Result<Option<String>, Error> {
    first_text(xml, "availabilityZoneId")
}

/// Reads the addresses of the networks of an answer to `DescribeVpcs`, the first ones first.
pub(crate) fn vpc_blocks(xml: &str) -> Result<Vec<String>, Error> {
    let document = Document::parse(xml)?;
    let sets = document
        .descendants()
        .filter(|node| node.has_tag_name_any("cidrBlockAssociationSet"));
    let blocks = sets.flat_map(|set| {
        set.children()
            .filter_map(|association| text(association, "cidrBlock"))
    });
    Ok(blocks.collect())
}

fn first_text(xml: &str, name: &str) -> Result<Option<String>, Error> {
    let document = Document::parse(xml)?;
    let node = first(&document, name);
    Ok(node
        .and_then(|node| node.parent())
        .and_then(|of| text(of, name)))
}

fn first<'a, 'input>(document: &'a Document<'input>, name: &str) -> Option<Node<'a, 'input>> {
    document
        .descendants()
        .find(|node| child(*node, name).is_some())
        .and_then(|node| child(node, name))
}

#[cfg(test)]
mod tests {
    use super::{public_key, subnet, vpc_blocks, zone_id};

    #[test]
    fn a_subnet_and_its_network_are_read_with_their_addresses() {
        let xml = "<R xmlns='http://ec2.amazonaws.com/doc/2016-11-15'><subnetSet><item>\
            <availabilityZoneId>apse2-az1</availabilityZoneId><ipv6CidrBlockAssociationSet/>\
            <cidrBlock>172.31.0.0/20</cidrBlock></item></subnetSet></R>";
        assert_eq!(subnet(xml).unwrap().unwrap(), "172.31.0.0/20");
        assert_eq!(zone_id(xml).unwrap().unwrap(), "apse2-az1");
        let xml = "<R><vpcSet><item><cidrBlockAssociationSet>\
            <item><cidrBlock>172.31.0.0/16</cidrBlock></item>\
            <item><cidrBlock>10.1.0.0/16</cidrBlock></item></cidrBlockAssociationSet>\
            <cidrBlock>172.31.0.0/16</cidrBlock></item></vpcSet></R>";
        assert_eq!(vpc_blocks(xml).unwrap(), ["172.31.0.0/16", "10.1.0.0/16"]);
    }

    #[test]
    fn a_key_is_read_without_the_line_s_end() {
        let xml = "<R><keySet><item><publicKey>ssh-rsa AAAA me@x\n</publicKey></item></keySet></R>";
        assert_eq!(public_key(xml).unwrap().unwrap(), "ssh-rsa AAAA me@x");
        assert_eq!(public_key("<R><keySet/></R>").unwrap(), None);
    }
}
