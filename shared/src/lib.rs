//! What crosses a process boundary: typed ids, entities, paths, problems and socket protocols.
//!
//! Every type here is read or written by at least two programs. Nothing here does I/O, and
//! nothing here knows HTTP libraries, databases or the page.

pub mod account;
pub mod application;
pub mod configuration;
pub mod deployment;
pub mod event;
pub mod file;
pub mod health;
pub mod id;
pub mod infrastructure;
pub mod instance;
pub mod link;
pub mod login;
pub mod page;
pub mod paths;
pub mod problem;
pub mod provider;
pub mod receipt;
pub mod recording;
pub mod resource;
pub mod self_test;
pub mod share;
pub mod terminal;
pub mod time;
pub mod traffic;
pub mod tutorial;
pub mod visit;
pub mod webhook;

pub use account::{Account, AccountId, AccountKind, NewToken, Token};
pub use application::{
    Application, ApplicationDetail, ApplicationId, ApplicationVersion, Approval, Difference,
    MovePlan, OpenPreview, Policy, Preview, RollBackReadiness, WayBack,
};
pub use configuration::Configuration;
pub use deployment::{
    ChangeApplication, Controller, Deployment, DeploymentDetail, DeploymentId, DeploymentKind,
    DeploymentState, LogLine, LogPage, LogStream, Prolong, Step, StepState,
};
pub use event::Event;
pub use file::{FileEntry, FileKind, Folder, HomeState, HomeUsage, MakeFolder};
pub use health::{Health, Isolation, IsolationLevel};
pub use id::Id;
pub use infrastructure::{
    ClientCommand, ClientReport, CreateInfrastructure, DataChange, Infrastructure,
    InfrastructureDetail, InfrastructureId, InfrastructureState, KeepVersion, OnFailure,
    RunOptions, RunsAt,
};
pub use instance::{
    ChangeInstance, CommandEnded, ConfigureInstance, CreateInstance, Disk, Facts, Instance,
    InstanceId, InstanceKind, InstanceLog, InstanceState, RunCommand,
};
pub use link::{Answer, Link, LinkAnswer, Linked};
pub use login::{Login, LoginKind};
pub use page::Page;
pub use problem::{Problem, ProblemKind};
pub use provider::{CredentialState, Hardware, Location, Provider, SaveCredential};
pub use receipt::Receipt;
pub use recording::{RecordedDeployment, Recording, RecordingHit, RecordingId, RecordingState};
pub use resource::{DestroyRun, Resource, ResourceId, ResourceState};
pub use self_test::{Hop, HopName, HopState, SelfTest};
pub use share::{MadeShare, NewShare, Share, ShareId, Sharing, Watcher};
pub use terminal::{OpenTerminal, RenameTerminal, Terminal, TerminalId, TerminalState};
pub use time::Instant;
pub use traffic::{ChangeVisitors, Traffic, TrafficSecond, VersionTraffic, Visitors};
pub use tutorial::{Tutorial, TutorialDetail};
pub use visit::{NewVisit, Visit, VisitId};
pub use webhook::{
    Delivery, DeliveryId, DeliveryState, MadeWebhook, Message, NewWebhook, Told, Webhook, WebhookId,
};
