//! What the books say of an instance.

use std::net::Ipv4Addr;

use serde::Deserialize;

/// An instance as the books have it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct BookedInstance {
    /// For example `i-0abc…`.
    pub id: String,
    /// For example `ap-southeast-2`.
    pub region: String,
    /// Whether it should run.
    pub state: BookedState,
    /// Its address in its private network.
    pub private_address: String,
    /// What else it may ask of itself.
    pub details: Details,
}

impl BookedInstance {
    /// Whether an address is one of its own.
    pub fn has(&self, address: Ipv4Addr) -> bool {
        let address = address.to_string();
        let public = self.details.public_address.as_ref();
        self.private_address == address || public == Some(&address)
    }
}

/// What an instance should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub(crate) enum BookedState {
    /// It runs, or is about to.
    Running,
    /// It does not run, and may again: its disk stays.
    Stopped,
    /// It never runs again.
    Terminated,
}

impl From<String> for BookedState {
    fn from(state: String) -> Self {
        match state.as_str() {
            "pending" | "running" => Self::Running,
            "stopping" | "stopped" => Self::Stopped,
            _ => Self::Terminated,
        }
    }
}

/// What the books say of an instance besides; a text that they do not have is empty.
///
/// The names are those of the API reference's data type `Instance`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Details {
    /// The image it was made from.
    pub image: String,
    /// For example `t2.micro`.
    pub instance_type: String,
    /// For example `x86_64`.
    pub architecture: String,
    /// For example `ap-southeast-2a`.
    pub zone: String,
    /// The private DNS name.
    pub private_name: String,
    /// The public address.
    pub public_address: Option<String>,
    /// The public DNS name.
    pub public_name: Option<String>,
    /// Id and name of each security group.
    pub groups: Vec<(String, String)>,
    /// Key and value of each tag.
    pub tags: Vec<(String, String)>,
    /// The name of the key pair that it was launched with.
    pub key_name: Option<String>,
    /// Its number among those of its launch.
    pub launch_index: String,
    /// What was launched with it.
    pub reservation: String,
    /// The account's twelve digits.
    pub owner: String,
    /// The subnet of its first interface.
    pub subnet: String,
    /// The network.
    pub vpc: String,
    /// RFC 3339.
    pub launched_at: String,
    /// The profile that it was launched with.
    pub profile: Option<Profile>,
    /// How its questions about itself are answered.
    pub metadata: MetadataOptions,
    /// The device that the root file system is on.
    pub root_device: String,
    /// The devices of its volumes, the root among them.
    pub devices: Vec<String>,
    /// Its interfaces, the first one first.
    pub interfaces: Vec<Interface>,
    /// `spot` or `scheduled`; nothing is on demand.
    pub lifecycle: Option<String>,
    /// The public half of its key pair, a line of OpenSSH's.
    pub public_key: Option<String>,
    /// For example `apse2-az1`.
    pub zone_id: Option<String>,
    /// The addresses of its subnet.
    pub subnet_block: Option<String>,
    /// The addresses of its network, the first ones first.
    pub vpc_blocks: Vec<String>,
}

/// An instance profile that an instance was launched with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Profile {
    /// Its ARN.
    pub arn: String,
    /// Its id.
    pub id: String,
}

/// How an instance's questions about itself are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct MetadataOptions {
    /// Only those that show a token: `HttpTokens` is `required`.
    pub needs_token: bool,
    /// At all: `HttpEndpoint` is not `disabled`.
    pub is_enabled: bool,
    /// With its tags: `InstanceMetadataTags` is `enabled`.
    pub has_tags: bool,
}

impl Default for MetadataOptions {
    fn default() -> Self {
        Self {
            needs_token: false,
            is_enabled: true,
            has_tags: false,
        }
    }
}

/// A network interface.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Interface {
    /// For example `eni-0abc…`.
    pub id: String,
    /// For example `02:00:00:18:90:97`.
    pub mac: String,
    /// Its number, from 0.
    pub device_number: String,
    /// The number of its card, from 0.
    pub card: String,
    /// The account's twelve digits.
    pub owner: String,
    /// Its private addresses, the first one first.
    pub private_addresses: Vec<String>,
    /// Its public address.
    pub public_address: Option<String>,
    /// Id and name of each security group.
    pub groups: Vec<(String, String)>,
    /// Its subnet.
    pub subnet: String,
    /// Its network.
    pub vpc: String,
}
