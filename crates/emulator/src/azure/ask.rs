//! What a request asks for, and the smaller bodies that say it.

use super::{
    Fault, Tree, resources,
    roles::{NewDeployment, NewRole},
};

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ask {
    /// Something is to be shown.
    Look(Look),
    /// Something is to be changed.
    Do(Box<Deed>),
    /// Something of Resource Manager's.
    Resources(Box<resources::Ask>),
}

/// What is to be shown; names are in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Look {
    /// The configuration of virtual networks, as it was sent.
    Network,
    /// The virtual networks.
    Sites,
    /// Where things can be.
    Locations,
    /// Groups of places, of which there are none.
    AffinityGroups,
    /// How far a change is, by the id that it was answered with.
    Operation(String),
    /// Images of operating systems.
    Images,
    /// One of them.
    Image(String),
    /// Images of whole machines, of which there are none.
    MachineImages,
    /// What may be added to machines.
    Extensions,
    /// The hosted services.
    Services,
    /// One of them; in detail, with its deployment.
    Service(String, Detail),
    /// Whether a hosted service may be called so.
    IsServiceFree(String),
    /// The deployment in a slot of a service.
    Slot(String, String),
    /// A deployment of a service by its name.
    Deployment(Place),
    /// A machine.
    Role(Place),
    /// The storage accounts.
    Storages,
    /// One of them.
    Storage(String),
    /// Whether a storage account may be called so.
    IsStorageFree(String),
}

/// How much of a hosted service is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Itself.
    Plain,
    /// With its deployment.
    Deployment,
}

/// What is to be changed; names in addresses are in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deed {
    /// The configuration of virtual networks takes the place of the one before.
    SetNetwork(String),
    /// A hosted service is made.
    CreateService(NewService),
    /// A hosted service without a deployment is removed.
    DeleteService(String),
    /// A hosted service is removed with its deployment.
    DeleteAll(String),
    /// A deployment is made in a service.
    Deploy(String, NewDeployment),
    /// A deployment is removed.
    Undeploy(Place),
    /// A machine is added to a deployment.
    AddRole(Place, NewRole),
    /// A machine becomes as it is sent.
    UpdateRole(Place, NewRole),
    /// A machine is removed.
    DeleteRole(Place),
    /// A machine is told something.
    Tell(Place, Order),
    /// A storage account is made.
    CreateStorage(NewService),
    /// A storage account is removed.
    DeleteStorage(String),
}

/// What a machine is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// To start.
    Start,
    /// To stop and start.
    Restart,
    /// To stop, and keep its place.
    Stop,
    /// To stop, and leave its place.
    Deallocate,
}

/// Where a deployment is, or a machine of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The hosted service.
    pub service: String,
    /// The deployment.
    pub deployment: String,
    /// The machine; empty for the deployment as a whole.
    pub role: String,
}

/// A new hosted service, or storage account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewService {
    /// Its name.
    pub name: String,
    /// Its label, in base64 as it is sent.
    pub label: String,
    /// Its description.
    pub description: String,
    /// Where it is to be.
    pub location: String,
}

/// How much is kept of each text that is only shown again.
const LONGEST_TEXT: usize = 1024;

impl NewService {
    /// Reads a body with a root of some name.
    pub fn read(body: &str, root: &str) -> Result<Self, Fault> {
        let tree = Tree::read(body)?;
        if tree.name() != root {
            return Err(Fault::InvalidXml(format!("The body is not a {root}.")));
        }
        let field = |name: &str| tree.field(name).chars().take(LONGEST_TEXT).collect();
        Ok(Self {
            name: field("ServiceName"),
            label: field("Label"),
            description: field("Description"),
            location: field("Location"),
        })
    }
}

impl Order {
    /// Reads the body of an operation on a machine.
    pub fn read(body: &str) -> Result<Self, Fault> {
        let tree = Tree::read(body)?;
        match (tree.name(), tree.field("PostShutdownAction")) {
            ("StartRoleOperation", _) => Ok(Self::Start),
            ("RestartRoleOperation", _) => Ok(Self::Restart),
            ("ShutdownRoleOperation", "StoppedDeallocated") => Ok(Self::Deallocate),
            ("ShutdownRoleOperation", _) => Ok(Self::Stop),
            (other, _) => {
                let why = format!("{other} is not among what emulated machines can be told.");
                Err(Fault::BadRequest(why))
            }
        }
    }
}
