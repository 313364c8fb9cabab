//! The kinds of resources there are.

use serde::{Deserialize, Serialize};

/// A kind of resource. They are in the order in which they are made: none needs a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// A virtual network, with its subnets.
    Network,
    /// What may be sent where, with its rules.
    SecurityGroup,
    /// A public address.
    Address,
    /// What a machine has an address by.
    Interface,
    /// What a machine keeps.
    Disk,
    /// A machine, with its extensions.
    Machine,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Network,
        Self::SecurityGroup,
        Self::Address,
        Self::Interface,
        Self::Disk,
        Self::Machine,
    ];

    /// The provider's namespace, and its name for the kind.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Network => ("Microsoft.Network", "virtualNetworks"),
            Self::SecurityGroup => ("Microsoft.Network", "networkSecurityGroups"),
            Self::Address => ("Microsoft.Network", "publicIPAddresses"),
            Self::Interface => ("Microsoft.Network", "networkInterfaces"),
            Self::Disk => ("Microsoft.Compute", "disks"),
            Self::Machine => ("Microsoft.Compute", "virtualMachines"),
        }
    }

    /// As `type` says it, for example `Microsoft.Compute/disks`.
    pub fn full_name(self) -> String {
        let (space, name) = self.names();
        format!("{space}/{name}")
    }

    /// The kind of a namespace and a name, in any letters.
    pub fn read(space: &str, name: &str) -> Option<Self> {
        let is_meant = |kind: &Self| {
            let (own_space, own_name) = kind.names();
            own_space.eq_ignore_ascii_case(space) && own_name.eq_ignore_ascii_case(name)
        };
        Self::ALL.into_iter().find(is_meant)
    }

    /// What parts of it are called.
    pub fn parts(self) -> Option<&'static str> {
        match self {
            Self::Network => Some("subnets"),
            Self::SecurityGroup => Some("securityRules"),
            Self::Machine => Some("extensions"),
            Self::Address | Self::Interface | Self::Disk => None,
        }
    }

    /// The code by which Azure refuses to remove one that something else needs.
    pub fn in_use(self) -> &'static str {
        match self {
            Self::Network => "InUseSubnetCannotBeDeleted",
            Self::SecurityGroup => "InUseNetworkSecurityGroupCannotBeDeleted",
            Self::Address => "PublicIPAddressCannotBeDeleted",
            Self::Interface => "NicInUse",
            Self::Disk | Self::Machine => "OperationNotAllowed",
        }
    }
}
