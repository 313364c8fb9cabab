//! Security groups that open ports.

use aws_sdk_ec2::{
    Client,
    types::{IpPermission, IpRange},
};

use crate::Error;

/// The name of the group that opens these ports to everybody; made when it is not there.
pub(crate) async fn opened(client: &Client, ports: &[u16]) -> Result<String, Error> {
    let name = name(ports);
    let made = client
        .create_security_group()
        .group_name(&name)
        .description("ports that Manageacloud was asked to open")
        .send()
        .await;
    let made = made.map_err(Error::from_sdk);
    match made {
        Err(Error::Refused { code, .. }) if code == "InvalidGroup.Duplicate" => return Ok(name),
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    client
        .authorize_security_group_ingress()
        .group_name(&name)
        .set_ip_permissions(Some(ports.iter().copied().map(everybody).collect()))
        .send()
        .await
        .map_err(Error::from_sdk)?;
    Ok(name)
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
