//! Services, deployments and machines as Service Management shows them.
//!
//! [Get Deployment](https://learn.microsoft.com/en-us/previous-versions/azure/reference/ee460804(v=azure.100))
//! and [Get Cloud Service Properties](https://learn.microsoft.com/en-us/previous-versions/azure/reference/ee460806(v=azure.100)).

use std::net::Ipv4Addr;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use sha2::{Digest as _, Sha256};

use super::{
    Tree, agent,
    catalogue::EMULATED,
    extension::Extension,
    identity::guid,
    machine::{Machine, Status},
    services::{Deployment, Service},
};

impl Service {
    /// As a `HostedService`, without its deployment.
    pub fn show(&self, subscription: &str) -> Tree {
        let url = "https://management.core.windows.net";
        let name = &self.name;
        Tree::new("HostedService")
            .with_leaf(
                "Url",
                format!("{url}/{subscription}/services/hostedservices/{name}"),
            )
            .with_leaf("ServiceName", name)
            .with(
                Tree::new("HostedServiceProperties")
                    .with_leaf("Description", &self.description)
                    .with_leaf("Location", &self.location)
                    .with_leaf("Label", &self.label)
                    .with_leaf("Status", "Created")
                    .with_leaf("DateCreated", instant(self.created_ms)),
            )
    }
}

impl Deployment {
    /// As a `Deployment` of its service.
    pub fn show(&self, service: &Service, now_ms: u64) -> Tree {
        let id = Sha256::digest(format!("{} {}", service.name, self.created_ms));
        let instances = self.machines.iter();
        let instances = instances.map(|machine| machine.show_instance(&service.address, now_ms));
        let roles = self.machines.iter();
        let roles = roles.map(|machine| machine.show(&service.address).of_kind("PersistentVMRole"));
        let network =
            (!self.network.is_empty()).then(|| Tree::leaf("VirtualNetworkName", &self.network));
        let address = Tree::new("VirtualIP")
            .with_leaf("Address", service.address)
            .with_leaf("IsDnsProgrammed", true)
            .with_leaf("Name", format!("{}ContractContract", service.name));
        Tree::new("Deployment")
            .with_leaf("Name", &self.name)
            .with_leaf("DeploymentSlot", "Production")
            .with_leaf("PrivateID", guid(&id).replace('-', ""))
            .with_leaf("Status", "Running")
            .with_leaf("Label", BASE64.encode(&self.label))
            .with_leaf("Url", format!("http://{}.cloudapp.net/", service.name))
            .with(Tree::new("RoleInstanceList").with_all(instances))
            .with_leaf("UpgradeDomainCount", 1)
            .with(Tree::new("RoleList").with_all(roles))
            .with_all(network)
            .with_leaf("CreatedTime", instant(self.created_ms))
            .with(Tree::new("VirtualIPs").with(address))
    }
}

impl Machine {
    /// As a `Role`: what it should be.
    pub fn show(&self, service_address: &Ipv4Addr) -> Tree {
        let mut network = self.network.clone().of_kind("NetworkConfigurationSet");
        network.add_to_each("InputEndpoint", &Tree::leaf("Vip", service_address));
        let extensions = self.extensions.iter().map(Extension::show);
        Tree::new("Role")
            .with_leaf("RoleName", &self.name)
            .with(Tree::new("OsVersion"))
            .with_leaf("RoleType", "PersistentVMRole")
            .with(Tree::new("ConfigurationSets").with(network))
            .with(Tree::new("ResourceExtensionReferences").with_all(extensions))
            .with(Tree::new("DataVirtualHardDisks"))
            .with(
                Tree::new("OSVirtualHardDisk")
                    .with_leaf("HostCaching", "ReadWrite")
                    .with_leaf("DiskLabel", EMULATED)
                    .with_leaf("DiskName", &self.disk)
                    .with_leaf("MediaLink", &self.media_link)
                    .with_leaf("SourceImageName", &self.image)
                    .with_leaf("OS", self.system.name()),
            )
            .with_leaf("RoleSize", &self.size)
            .with_leaf("ProvisionGuestAgent", self.has_agent)
    }

    /// As a `RoleInstance`: how it is.
    fn show_instance(&self, service_address: &Ipv4Addr, now_ms: u64) -> Tree {
        let status = self.power.status(now_ms);
        let endpoints = self.network.items("InputEndpoints").iter().map(|endpoint| {
            Tree::new("InstanceEndpoint")
                .with_leaf("Name", endpoint.field("Name"))
                .with_leaf("Vip", service_address)
                .with_leaf("PublicPort", endpoint.field("Port"))
                .with_leaf("LocalPort", endpoint.field("LocalPort"))
                .with_leaf("Protocol", endpoint.field("Protocol"))
        });
        // one that has left its place has no address
        let address =
            (status != Status::Deallocated).then(|| Tree::leaf("IpAddress", self.address));
        let instance = Tree::new("RoleInstance")
            .with_leaf("RoleName", &self.name)
            .with_leaf("InstanceName", &self.name)
            .with_leaf("InstanceStatus", status.name())
            .with_leaf("InstanceUpgradeDomain", 0)
            .with_leaf("InstanceFaultDomain", 0)
            .with_leaf("InstanceSize", &self.size)
            .with_leaf("InstanceStateDetails", EMULATED)
            .with_all(address)
            .with(Tree::new("InstanceEndpoints").with_all(endpoints))
            .with_leaf("PowerState", status.power())
            .with_leaf("HostName", &self.host_name);
        match self
            .power
            .ready_ms()
            .filter(|_| self.has_agent && status == Status::Ready)
        {
            None => instance,
            Some(ready_ms) => instance
                .with(agent::status(ready_ms))
                .with(self.statuses(ready_ms, now_ms)),
        }
    }

    fn statuses(&self, ready_ms: u64, now_ms: u64) -> Tree {
        let all = self.extensions.iter();
        let all = all.map(|extension| extension.status(self.system, ready_ms, now_ms));
        Tree::new("ResourceExtensionStatusList").with_all(all)
    }
}

/// Milliseconds since 1970 in RFC 3339.
pub(crate) fn instant(ms: u64) -> String {
    let instant = i64::try_from(ms).map(jiff::Timestamp::from_millisecond);
    let instant = instant.ok().and_then(Result::ok).unwrap_or_default();
    instant.to_string()
}
