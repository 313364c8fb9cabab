//! Security groups that open ports.

use aws_sdk_ec2::{
    Client,
    types::{Filter, IpPermission, IpRange},
};

use crate::Error;

/// The groups of an instance in the network of a subnet, or in the default one: one opens its ports
/// and the one by which it is administered; without ports it is in the network's default group too.
pub(crate) async fn of(
    client: &Client,
    ports: &[u16],
    admin_port: u16,
    subnet: Option<&str>,
) -> Result<Vec<String>, Error> {
    let network = network(client, subnet).await?;
    let all = united(ports, admin_port);
    let mut groups = vec![opened(client, &all, network.clone()).await?];
    if ports.is_empty() {
        groups.extend(known(client, "default", network.as_deref()).await?);
    }
    Ok(groups)
}

/// The id of the group that opens these ports to everybody; made when it is not there.
async fn opened(client: &Client, ports: &[u16], network: Option<String>) -> Result<String, Error> {
    let name = name(ports);
    let made = client
        .create_security_group()
        .group_name(&name)
        .description("ports that Manageacloud was asked to open")
        .set_vpc_id(network.clone())
        .send()
        .await;
    let id = match made.map_err(Error::from_sdk) {
        Ok(made) => made.group_id().map(str::to_owned),
        Err(Error::Refused { code, .. }) if code == "InvalidGroup.Duplicate" => {
            known(client, &name, network.as_deref()).await?
        }
        Err(error) => return Err(error),
    };
    let id = id.ok_or_else(|| Error::Refused {
        code: "Empty".to_owned(),
        message: "the answer names no security group".to_owned(),
    })?;
    // each time: who made it may have been cut short before
    let authorized = client
        .authorize_security_group_ingress()
        .group_id(&id)
        .set_ip_permissions(Some(ports.iter().copied().map(everybody).collect()))
        .send()
        .await;
    match authorized.map_err(Error::from_sdk) {
        Ok(_) => Ok(id),
        Err(Error::Refused { code, .. }) if code == "InvalidPermission.Duplicate" => Ok(id),
        Err(error) => Err(error),
    }
}

/// The network of a subnet, or the default one; none in an account that has none.
async fn network(client: &Client, subnet: Option<&str>) -> Result<Option<String>, Error> {
    if let Some(subnet) = subnet {
        let answer = client.describe_subnets().subnet_ids(subnet).send().await;
        let answer = answer.map_err(Error::from_sdk)?;
        let found = answer.subnets().first().and_then(|found| found.vpc_id());
        return Ok(found.map(str::to_owned));
    }
    let is_default = Filter::builder().name("is-default").values("true").build();
    let answer = client.describe_vpcs().filters(is_default).send().await;
    let answer = answer.map_err(Error::from_sdk)?;
    let found = answer.vpcs().first().and_then(|found| found.vpc_id());
    Ok(found.map(str::to_owned))
}

async fn known(
    client: &Client,
    name: &str,
    network: Option<&str>,
) -> Result<Option<String>, Error> {
    let filter = |key: &str, value: &str| Filter::builder().name(key).values(value).build();
    let mut filters = vec![filter("group-name", name)];
    filters.extend(network.map(|network| filter("vpc-id", network)));
    let found = client
        .describe_security_groups()
        .set_filters(Some(filters))
        .send()
        .await
        .map_err(Error::from_sdk)?;
    let id = found
        .security_groups()
        .first()
        .and_then(|one| one.group_id());
    Ok(id.map(str::to_owned))
}

/// Each once, as the same rule twice is refused, and in one order, whatever order they are named in.
fn united(ports: &[u16], admin_port: u16) -> Vec<u16> {
    let mut all = [ports, &[admin_port]].concat();
    all.sort_unstable();
    all.dedup();
    all
}

/// The same ports have one group.
fn name(ports: &[u16]) -> String {
    let words: Vec<String> = ports.iter().map(u16::to_string).collect();
    format!("manageacloud-{}", words.join("-"))
}

fn everybody(port: u16) -> IpPermission {
    IpPermission::builder()
        .ip_protocol("tcp")
        .from_port(i32::from(port))
        .to_port(i32::from(port))
        .ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build())
        .build()
}

#[cfg(test)]
mod tests {
    use super::{name, united};

    #[test]
    fn the_same_ports_have_one_group() {
        assert_eq!(name(&united(&[80, 22, 80], 22)), "manageacloud-22-80");
        assert_eq!(name(&united(&[], 22)), "manageacloud-22");
    }
}
