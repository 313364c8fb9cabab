//! A classic load balancer, and which instances are in service behind it.

use std::time::Duration;

use anyhow::Context as _;
use tokio::time::{sleep, timeout};

use super::{
    account::{Account, Service, text},
    ec2::{Instance, PORT},
};
use crate::{load::Visitors, server::PATIENCE};

/// The pause between two questions for an instance's health: each takes moto some milliseconds.
const PAUSE: Duration = Duration::from_millis(20);

/// A classic load balancer of an account's.
#[derive(Debug)]
pub struct Balancer<'a> {
    account: &'a Account,
    name: &'a str,
    host: String,
}

impl Account {
    /// Makes a load balancer that leads from port 80 to where instances serve, and lets what is
    /// under way to one that is taken out end: without that it is cut off, as at AWS.
    ///
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/config-conn-drain.html>
    pub async fn balancer<'a>(&'a self, name: &'a str) -> anyhow::Result<Balancer<'a>> {
        let port = PORT.to_string();
        let zone = format!("{}a", self.region);
        let create = [
            ("Action", "CreateLoadBalancer"),
            ("LoadBalancerName", name),
            ("Listeners.member.1.Protocol", "HTTP"),
            ("Listeners.member.1.LoadBalancerPort", "80"),
            ("Listeners.member.1.InstanceProtocol", "HTTP"),
            ("Listeners.member.1.InstancePort", port.as_str()),
            ("AvailabilityZones.member.1", zone.as_str()),
        ];
        let made = self.ask(Service::Elb, &create).await?;
        let drain = [
            ("Action", "ModifyLoadBalancerAttributes"),
            ("LoadBalancerName", name),
            ("LoadBalancerAttributes.ConnectionDraining.Enabled", "true"),
            ("LoadBalancerAttributes.ConnectionDraining.Timeout", "60"),
        ];
        self.ask(Service::Elb, &drain).await?;
        Ok(Balancer {
            account: self,
            name,
            host: text(&made, "DNSName")?.to_owned(),
        })
    }
}

impl Balancer<'_> {
    /// Its name in the DNS.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its visitors, who come to where the account's load balancers answer.
    pub fn visitors(&self) -> anyhow::Result<Visitors> {
        Visitors::of_socket(&self.account.web, &self.host)
    }

    /// Registers an instance, and returns once it is in service.
    pub async fn register(&self, instance: &Instance) -> anyhow::Result<()> {
        self.about("RegisterInstancesWithLoadBalancer", instance)
            .await?;
        let in_service = async {
            loop {
                let health = self.about("DescribeInstanceHealth", instance).await?;
                if text(&health, "State")? == "InService" {
                    break anyhow::Ok(());
                }
                sleep(PAUSE).await;
            }
        };
        timeout(PATIENCE, in_service)
            .await
            .with_context(|| format!("{} does not come into service", instance.id))?
    }

    /// Takes an instance out.
    pub async fn deregister(&self, instance: &Instance) -> anyhow::Result<()> {
        self.about("DeregisterInstancesFromLoadBalancer", instance)
            .await
            .map(drop)
    }

    async fn about(&self, action: &str, instance: &Instance) -> anyhow::Result<String> {
        let form = [
            ("Action", action),
            ("LoadBalancerName", self.name),
            ("Instances.member.1.InstanceId", instance.id.as_str()),
        ];
        self.account.ask(Service::Elb, &form).await
    }
}
