//! Machines as they are sent: new ones with how to sign in to them, and changed ones without.

use super::{
    Fault, Tree,
    catalogue::System,
    endpoints,
    names::{LONGEST_NAME, check_name},
    sign_in::check_sign_in,
};

/// The longest name of a machine under Windows.
const WINDOWS_NAME: usize = 15;
/// A new deployment, as
/// [Create Virtual Machine Deployment](https://learn.microsoft.com/en-us/previous-versions/azure/reference/jj157194(v=azure.100))
/// takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewDeployment {
    /// Its name.
    pub name: String,
    /// Its label, as it is.
    pub label: String,
    /// The slot that it takes.
    pub slot: String,
    /// Its virtual network; empty for none.
    pub network: String,
    /// Its machines.
    pub roles: Vec<NewRole>,
}

/// A machine as it is sent. How to sign in to it is checked and not kept, so that no password is in
/// here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewRole {
    /// Its name.
    pub name: String,
    /// Its name in its network.
    pub host_name: String,
    /// Its size; empty where it isn't said.
    pub size: String,
    /// The image that it is to be made from; empty for one that is there already.
    pub image: String,
    /// Where its disk is to be.
    pub media_link: String,
    /// Whether it may have extensions.
    pub has_agent: bool,
    /// The system whose ways of signing in were sent.
    pub system: Option<System>,
    /// What was sent of its network.
    pub network: Option<Tree>,
    /// Its extensions, if they were sent.
    pub extensions: Option<Vec<Tree>>,
}

impl NewDeployment {
    /// Reads a body.
    pub fn read(body: &str) -> Result<Self, Fault> {
        check_sign_in(body)?;
        let tree = rooted(body, "Deployment")?;
        let field = |name: &str| tree.field(name).to_owned();
        let roles: Result<Vec<NewRole>, Fault> =
            tree.items("RoleList").iter().map(NewRole::of).collect();
        let new = Self {
            name: field("Name"),
            label: field("Label"),
            slot: field("DeploymentSlot"),
            network: field("VirtualNetworkName"),
            roles: roles?,
        };
        if new.roles.is_empty() {
            return Err(Fault::BadRequest(
                "The deployment has no machine.".to_owned(),
            ));
        }
        check_name("deployment", &new.name)?;
        Ok(new)
    }
}

impl NewRole {
    /// Reads the body of a machine that is to be added.
    pub fn read(body: &str) -> Result<Self, Fault> {
        check_sign_in(body)?;
        Self::of(&rooted(body, "PersistentVMRole")?)
    }

    /// Reads the body of a machine that is there already.
    pub fn read_again(body: &str) -> Result<Self, Fault> {
        Self::of(&rooted(body, "PersistentVMRole")?)
    }

    fn of(tree: &Tree) -> Result<Self, Fault> {
        let field = |name: &str| tree.field(name).to_owned();
        let sets = tree.items("ConfigurationSets");
        let set = |kind: &str| {
            sets.iter()
                .find(|set| set.field("ConfigurationSetType") == kind)
        };
        let windows = set("WindowsProvisioningConfiguration")
            .map(|set| (System::Windows, set.field("ComputerName")));
        let linux =
            set("LinuxProvisioningConfiguration").map(|set| (System::Linux, set.field("HostName")));
        let provisioned = windows.or(linux);
        let disk = tree.child("OSVirtualHardDisk");
        let of_disk = |name: &str| disk.map_or("", |disk| disk.field(name)).to_owned();
        let role = Self {
            name: field("RoleName"),
            host_name: provisioned
                .map(|(_, name)| name.to_owned())
                .unwrap_or_default(),
            size: field("RoleSize"),
            image: of_disk("SourceImageName"),
            media_link: of_disk("MediaLink"),
            has_agent: tree.field("ProvisionGuestAgent") == "true",
            system: provisioned.map(|(system, _)| system),
            network: set("NetworkConfiguration")
                .cloned()
                .map(without_what_is_ours),
            extensions: tree
                .child("ResourceExtensionReferences")
                .map(|_| tree.items("ResourceExtensionReferences").to_vec()),
        };
        role.check()?;
        Ok(role)
    }

    fn check(&self) -> Result<(), Fault> {
        check_name("machine", &self.name)?;
        if self.system.is_some() {
            check_name("computer", &self.host_name)?;
        }
        if self.system == Some(System::Windows) && self.host_name.len() > WINDOWS_NAME {
            let why = format!(
                "The computer name {} is longer than {WINDOWS_NAME} letters.",
                self.host_name
            );
            return Err(Fault::BadRequest(why));
        }
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if self.size.len() > LONGEST_NAME || !self.size.bytes().all(is_word) {
            return Err(Fault::BadRequest("The role size is not valid.".to_owned()));
        }
        if self.media_link.len() > 1024 {
            return Err(Fault::BadRequest("The media link is too long.".to_owned()));
        }
        self.network.as_ref().map_or(Ok(()), endpoints::check)
    }
}

/// The virtual address of an endpoint is the service's, and told by us.
fn without_what_is_ours(mut set: Tree) -> Tree {
    set.drop_all("Vip");
    set
}

fn rooted(body: &str, root: &str) -> Result<Tree, Fault> {
    let tree = Tree::read(body)?;
    if tree.name() == root {
        return Ok(tree);
    }
    Err(Fault::InvalidXml(format!("The body is not a {root}.")))
}

#[cfg(test)]
mod tests {
    use super::{NewDeployment, NewRole};
    use crate::azure::catalogue::System;

    fn deployment(sign_in: &str, endpoint: &str) -> String {
        format!(
            "<Deployment xmlns=\"http://schemas.microsoft.com/windowsazure\"><Name>d</Name>\
             <DeploymentSlot>Production</DeploymentSlot><Label>l</Label><RoleList><Role>\
             <RoleName>vm</RoleName><ConfigurationSets><ConfigurationSet>{sign_in}\
             </ConfigurationSet><ConfigurationSet>\
             <ConfigurationSetType>NetworkConfiguration</ConfigurationSetType><InputEndpoints>\
             <InputEndpoint>{endpoint}<Vip>1.2.3.4</Vip></InputEndpoint></InputEndpoints>\
             </ConfigurationSet></ConfigurationSets><OSVirtualHardDisk><SourceImageName>i\
             </SourceImageName></OSVirtualHardDisk><RoleSize>Small</RoleSize>\
             <ProvisionGuestAgent>true</ProvisionGuestAgent></Role></RoleList></Deployment>"
        )
    }

    fn windows(password: &str) -> String {
        format!(
            "<ConfigurationSetType>WindowsProvisioningConfiguration</ConfigurationSetType>\
             <ComputerName>vm</ComputerName><AdminPassword>{password}</AdminPassword>"
        )
    }

    const RDP: &str = "<LocalPort>3389</LocalPort><Name>rdp</Name><Port>3389</Port>\
                       <Protocol>tcp</Protocol>";

    #[test]
    fn a_machine_is_read_and_its_password_forgotten() {
        let read = NewDeployment::read(&deployment(&windows("Very-Hidden-1"), RDP)).unwrap();
        let role = &read.roles[0];
        assert_eq!(
            (role.system, role.host_name.as_str()),
            (Some(System::Windows), "vm")
        );
        assert!(role.has_agent && role.extensions.is_none());
        let said = format!("{read:?}");
        assert!(said.contains("3389") && !said.contains("Hidden"), "{said}");
        assert!(!said.contains("1.2.3.4"), "{said}");
    }

    #[test]
    fn ports_and_names_must_be_such() {
        let password = windows("Long-Enough-1");
        for endpoint in [
            RDP.replace("3389</Port>", "0</Port>"),
            RDP.replace("3389</LocalPort>", "70000</LocalPort>"),
            RDP.replace("tcp", "icmp"),
        ] {
            assert!(
                NewDeployment::read(&deployment(&password, &endpoint)).is_err(),
                "{endpoint}"
            );
        }
        let long = password.replace(">vm<", ">a-name-that-is-long<");
        assert!(NewDeployment::read(&deployment(&long, RDP)).is_err());
        assert!(
            NewRole::read_again("<PersistentVMRole><RoleName>a/b</RoleName></PersistentVMRole>")
                .is_err()
        );
        assert!(NewRole::read_again("<Role><RoleName>a</RoleName></Role>").is_err());
    }
}
