//! Instances, and the security group that lets their visitors in.

use std::net::{Ipv4Addr, SocketAddrV4};

use anyhow::ensure;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use tokio::net::UnixStream;

use super::{
    account::{Account, Service, text, texts},
    answers, nginx,
};

/// The port that instances serve on.
pub const PORT: u16 = 8080;

/// An instance that was launched.
#[derive(Debug, Clone)]
pub struct Instance {
    /// For example `i-0abc…`.
    pub id: String,
    /// Its public address.
    pub address: Ipv4Addr,
}

impl Account {
    /// Makes a security group that lets everybody in where instances serve, and returns its id.
    pub(super) async fn open_group(&self) -> anyhow::Result<String> {
        let create = [
            ("Action", "CreateSecurityGroup"),
            ("GroupName", "bench"),
            ("GroupDescription", "bench"),
        ];
        let made = self.ask(Service::Ec2, &create).await?;
        let group = text(&made, "groupId")?.to_owned();
        let port = PORT.to_string();
        let open = [
            ("Action", "AuthorizeSecurityGroupIngress"),
            ("GroupId", group.as_str()),
            ("IpPermissions.1.IpProtocol", "tcp"),
            ("IpPermissions.1.FromPort", port.as_str()),
            ("IpPermissions.1.ToPort", port.as_str()),
            ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
        ];
        self.ask(Service::Ec2, &open).await?;
        Ok(group)
    }

    /// Launches instances of nginx that answer `page`, and returns as soon as that is answered.
    pub async fn launch(&self, page: &str, count: usize) -> anyhow::Result<Vec<Instance>> {
        let user_data = BASE64.encode(nginx::script(&PORT.to_string(), page));
        let how_many = count.to_string();
        let run = [
            ("Action", "RunInstances"),
            ("ImageId", "ami-69631053"),
            ("InstanceType", "t2.micro"),
            ("MinCount", how_many.as_str()),
            ("MaxCount", how_many.as_str()),
            ("SecurityGroupId.1", self.group.as_str()),
            ("UserData", user_data.as_str()),
        ];
        let answer = self.ask(Service::Ec2, &run).await?;
        let (ids, addresses) = (texts(&answer, "instanceId"), texts(&answer, "ipAddress"));
        ensure!(
            ids.len() == count && addresses.len() == count,
            "{count} were to be launched: {answer}"
        );
        let launched = ids.iter().zip(addresses).map(|(id, address)| {
            let (id, address) = ((*id).to_owned(), address.parse()?);
            Ok(Instance { id, address })
        });
        launched.collect()
    }

    /// Terminates instances.
    pub async fn terminate(&self, instances: &[Instance]) -> anyhow::Result<()> {
        let names: Vec<String> = (1..=instances.len())
            .map(|at| format!("InstanceId.{at}"))
            .collect();
        let ids = names.iter().zip(instances);
        let ids = ids.map(|(name, instance)| (name.as_str(), instance.id.as_str()));
        let form: Vec<_> = [("Action", "TerminateInstances")]
            .into_iter()
            .chain(ids)
            .collect();
        self.ask(Service::Ec2, &form).await.map(drop)
    }

    /// Returns once an instance answers at its public address.
    pub async fn until_it_answers(&self, instance: &Instance) -> anyhow::Result<()> {
        answers::until(async || self.connect(instance.address).await).await
    }

    async fn connect(&self, address: Ipv4Addr) -> std::io::Result<UnixStream> {
        answers::led(&self.network, SocketAddrV4::new(address, PORT)).await
    }
}
