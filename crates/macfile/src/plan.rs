//! What a macfile asks for, in the order in which it asks.

use std::collections::BTreeMap;

use shared::DataChange;

use crate::Template;

/// What a macfile asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its name: the application's.
    pub name: String,
    /// Its version, as written.
    pub version: String,
    /// What it says of itself.
    pub description: String,
    /// Its infrastructures, in file order.
    pub steps: Vec<Step>,
    /// Its actions by name.
    pub actions: BTreeMap<String, Action>,
}

impl Plan {
    /// The command of an action that is there to be called at a certain time, for example
    /// [`Hook::Check`]; the original client takes these for actions like any other.
    pub fn hook(&self, hook: Hook) -> Option<&Template> {
        match self.actions.get(hook.name())? {
            Action::Bash(command) => Some(command),
            Action::Ssh(_) => None,
        }
    }
}

/// Actions that are called at a certain time, by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hook {
    /// `check`: before a version goes live; exit code 0 says that it may.
    Check,
    /// `activate`: makes a version live where our router doesn't.
    Activate,
    /// `observe`: prints which version is live.
    Observe,
    /// `deactivate`: makes a version not live any more.
    Deactivate,
    /// `drain`: returns when nothing is under way at a version any more.
    Drain,
    /// `data`: prints what a version does to the data, see [`data_change`].
    Data,
}

impl Hook {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Check,
        Self::Activate,
        Self::Observe,
        Self::Deactivate,
        Self::Drain,
        Self::Data,
    ];

    /// The action's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Activate => "activate",
            Self::Observe => "observe",
            Self::Deactivate => "deactivate",
            Self::Drain => "drain",
            Self::Data => "data",
        }
    }
}

/// Reads what a `data` action printed: one of `compatible`, `expand`, `contract`, `one-way`.
pub fn data_change(printed: &str) -> Result<DataChange, String> {
    match printed.trim() {
        "compatible" => Ok(DataChange::Compatible),
        "expand" => Ok(DataChange::Expand),
        "contract" => Ok(DataChange::Contract),
        "one-way" => Ok(DataChange::OneWay),
        other => Err(format!(
            "compatible, expand, contract or one-way was expected, not \"{other}\""
        )),
    }
}

/// One key under `infrastructures`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The key.
    pub key: String,
    /// The role, or infrastructure, whose instances must be ready first.
    pub ready: Option<String>,
    /// What is to be done.
    pub work: Work,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// It makes instances of a role.
    Instances(Box<Instances>),
    /// It runs a resource's create command.
    Resource(Resource),
    /// It runs an action's command.
    Action(ActionRun),
}

/// Instances of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instances {
    /// The role that they play.
    pub role: String,
    /// The name that each is shown with.
    pub name: String,
    /// Who runs them, for example `amazon`.
    pub provider: String,
    /// Where, for example `ap-southeast-2`.
    pub location: Template,
    /// Their hardware, for example `t2.micro`; empty for a provider that has one kind.
    pub hardware: Template,
    /// Their image or release, for example `ami-69631053`.
    pub release: Template,
    /// How many.
    pub amount: u32,
    /// `testing` or `production`.
    pub deployment: String,
    /// How long a testing one lives, in minutes; none says nothing.
    pub lifespan_minutes: Option<u32>,
    /// Additional disks.
    pub disks: Vec<Disk>,
    /// The provider's network that they are attached to.
    pub net: Option<Template>,
    /// The ports that are opened; empty for the provider's own.
    pub ports: Vec<u16>,
    /// The script that each runs at its first start; empty with a `configuration`.
    pub user_data: String,
    /// The name of a server configuration in place of a script.
    pub configuration: Option<String>,
    /// Variables for the script: the role's, then the infrastructure's own, of which the later
    /// count.
    pub environment: Vec<(String, Template)>,
}

/// An additional disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// The name of its device, for example `/dev/sdb`.
    pub device: String,
    /// Its size in gigabytes.
    pub size_gb: u32,
    /// The provider's kind of it, for example `gp2`.
    pub kind: Option<String>,
    /// Operations a second.
    pub iops: Option<u32>,
}

/// Something made and destroyed by commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The key under `resources`.
    pub resource: String,
    /// The command that makes it.
    pub create: Template,
    /// The command that destroys it.
    pub destroy: Option<Template>,
}

/// An action that is a step of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionRun {
    /// The key under `actions`.
    pub action: String,
    /// Its command.
    pub bash: Template,
}

/// A named command that references may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Runs where the macfile's commands run.
    Bash(Template),
    /// Runs on an instance.
    Ssh(Template),
}
