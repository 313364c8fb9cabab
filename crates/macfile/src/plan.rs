//! What a macfile asks for, in the order in which it asks.

use std::collections::BTreeMap;

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
    /// The script that each runs at its first start; empty with a `configuration`.
    pub user_data: String,
    /// The name of a server configuration in place of a script.
    pub configuration: Option<String>,
    /// Variables for the script: the infrastructure's own, then the role's.
    pub environment: Vec<(String, Template)>,
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
