//! Security groups that open ports.

use aws_sdk_ec2::{
    Client,
    types::{Filter, IpPermission, IpRange},
};

use crate::Error;

/// The id of the group that opens these ports to everybody, in the network of a subnet or in the
/// default one; made when it is not there.
pub(crate) async fn opened(
    client: &Client,
    ports: &[u16],
    subnet: Option<&str>,
) -> Result<String, Error> {
    let name = name(ports);
    let network = network(client, subnet).await?;
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

/// The same ports have one group, in whatever order they are named.
fn name(ports: &[u16]) -> String {
    let mut ports = ports.to_vec();
    ports.sort_unstable();
    ports.dedup();
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
    #[test]
    fn the_same_ports_have_one_group() {
        assert_eq!(super::name(&[80, 22, 80]), "manageacloud-22-80");
    }
}
