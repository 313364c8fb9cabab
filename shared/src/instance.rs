//! Instances: servers, of an infrastructure or on their own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Id, Instant};

/// The id of an instance.
pub type InstanceId = Id<Instance>;

/// A server, of an infrastructure or on its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Instance {
    /// Its id.
    pub id: InstanceId,
    /// The name that the macfile, or who asked for it, gives it.
    pub name: String,
    /// The infrastructure's name; none for an instance on its own.
    pub infrastructure: Option<String>,
    /// The infrastructure's version; none for an instance on its own.
    pub version: Option<String>,
    /// The macfile's role that it plays; none for an instance on its own.
    pub role: Option<String>,
    /// Who runs it, for example `amazon`.
    pub provider: String,
    /// Where, for example `ap-southeast-2`.
    pub location: String,
    /// Its hardware, for example `t2.micro`; empty where the provider has one kind.
    pub hardware: String,
    /// Its image or distribution, for example `ami-69631053` or `any`.
    pub release: String,
    /// Whether it ends by itself.
    pub kind: InstanceKind,
    /// The provider's own id, for example `i-0abc…`.
    pub provider_id: Option<String>,
    /// Its public address.
    pub public_address: Option<String>,
    /// Its private address.
    pub private_address: Option<String>,
    /// Where it stands.
    pub state: InstanceState,
    /// Why it failed, in words.
    pub error: Option<String>,
    /// When it is destroyed by itself; none for production, and while its version is live.
    pub expires_at: Option<Instant>,
    /// When it was asked for.
    pub created_at: Instant,
}

/// Whether an instance ends by itself; the macfile's `deployment`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum InstanceKind {
    /// It is destroyed when its lifespan is over.
    Testing,
    /// It stays until somebody destroys it.
    Production,
}

/// Where an instance stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum InstanceState {
    /// It was asked for, and does not answer yet.
    Creating,
    /// It runs, and waits for its configuration.
    Created,
    /// Its bootstrap script runs.
    Configuring,
    /// Its bootstrap script ended well, or it has none.
    Ready,
    /// The provider refused it, or it never ran.
    CreateFailed,
    /// Its bootstrap script failed; it still runs, for somebody to look at.
    ConfigureFailed,
    /// It was asked to go.
    Destroying,
    /// It is gone.
    Destroyed,
    /// It could not be destroyed, and may still cost.
    DestroyFailed,
}

impl InstanceState {
    /// Whether it runs, so that commands can be run on it.
    pub fn runs(self) -> bool {
        match self {
            Self::Created | Self::Configuring | Self::Ready | Self::ConfigureFailed => true,
            Self::Creating
            | Self::CreateFailed
            | Self::Destroying
            | Self::Destroyed
            | Self::DestroyFailed => false,
        }
    }
}

/// Asks for an instance on its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateInstance {
    /// How it is shown; without it, a name is made up.
    #[serde(default)]
    pub name: Option<String>,
    /// Who runs it: `local` (also `default`, `manageacloud`) or `amazon`.
    pub provider: String,
    /// Where, for example `ap-southeast-2`; without it, the provider's first.
    #[serde(default)]
    pub location: Option<String>,
    /// Its hardware, for example `t2.micro`; without it, the provider's smallest.
    #[serde(default)]
    pub hardware: Option<String>,
    /// Its image or distribution; without it, any that can run the bootstrap script.
    #[serde(default)]
    pub release: Option<String>,
    /// Whether it ends by itself.
    pub kind: InstanceKind,
    /// How long a testing instance lives, in minutes; without it, 90.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 43_200))]
    #[serde(default)]
    pub lifespan_minutes: Option<u32>,
    /// The script that configures it, with or without a `#!` line; empty for none.
    #[serde(default)]
    pub bootstrap: String,
    /// Variables for the script.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Additional disks.
    #[serde(default)]
    pub disks: Vec<Disk>,
    /// The ports that are opened; empty for the provider's default.
    #[serde(default)]
    pub ports: Vec<u16>,
    /// The provider's network that it is attached to, for `amazon` a subnet's id.
    #[serde(default)]
    pub net: Option<String>,
}

/// An additional disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Disk {
    /// The name of its device, for example `/dev/sdb`.
    pub device: String,
    /// Its size in gigabytes.
    pub size_gb: u32,
    /// The provider's kind of it, for example `gp2`.
    #[serde(default)]
    pub kind: Option<String>,
    /// Operations a second, where the kind needs them.
    #[serde(default)]
    pub iops: Option<u32>,
}

/// Changes how long a testing instance lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeInstance {
    /// Minutes from now.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 43_200))]
    pub lifespan_minutes: u32,
}

/// Configures an instance once more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConfigureInstance {
    /// The script; without it, the one that it was last configured with.
    #[serde(default)]
    pub bootstrap: Option<String>,
    /// Variables for the script.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
}

/// What an instance wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InstanceLog {
    /// The end of its console.
    pub console: String,
    /// What its bootstrap scripts wrote, from byte `after` on.
    pub configuration: String,
    /// Where the next part of `configuration` begins, in bytes from its beginning.
    pub next: u64,
    /// The instance as it stood when the log was read.
    pub state: InstanceState,
}

/// What is known of an instance from within, by names in lower case, for example `hostname`,
/// `interfaces` (`eth0,lo`), `ipaddress_eth0`, `kernelrelease`, `memorysize_mb`.
pub type Facts = BTreeMap<String, String>;

/// Runs a command on an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunCommand {
    /// A line of shell.
    pub command: String,
}

/// How a command on an instance ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CommandEnded {
    /// Its exit code; none when a signal ended it.
    pub exit_code: Option<i32>,
    /// What it wrote to standard output, at most 1 MiB of it.
    pub stdout: String,
    /// What it wrote to standard error, at most 1 MiB of it.
    pub stderr: String,
}
