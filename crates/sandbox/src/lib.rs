//! Isolation: runs a program of a tenant's behind namespaces, seccomp and limits; where a server
//! that is root can make no namespaces, behind landlock (level C).
//!
//! A sandbox has an empty network of its own; the only ways out are its [`Inlet`]s, whose
//! listeners live inside and are served from here. This crate knows nothing of accounts,
//! clouds or databases, and never runs anything less isolated than it was asked to.
//!
//! The program that uses this crate offers two subcommands, `sandbox-exec` and `sandbox-init`,
//! which call [`exec::run`] and [`init::run`] before they start any thread.
//!
//! ```no_run
//! # async fn example() -> Result<(), sandbox::Error> {
//! let helper = std::env::current_exe().expect("this program has a path");
//! let launcher = sandbox::Launcher::new(helper, "/run/manageacloud").await?;
//! let spec = sandbox::Spec::new(["/bin/echo", "hello"], "/srv/homes/1", 1);
//! let mut running = launcher.spawn(spec).await?;
//! assert!(running.wait().await?.success());
//! # Ok(())
//! # }
//! ```

mod agent;
mod bubblewrap;
mod cgroups;
mod control;
mod descriptors;
mod error;
pub mod exec;
pub mod helper;
pub mod init;
mod inlet;
mod landlocked;
mod launcher;
mod leftovers;
mod limits;
mod machine;
mod names;
mod network;
mod outbound;
mod output;
mod ownership;
mod probe;
mod running;
mod screen;
mod seccomp;
mod socket;
mod spec;
mod stage;
mod start;
mod strain;
mod task;
mod unconfined;
mod wire;
mod workplace;

pub use control::Prepared;
pub use descriptors::{receive_descriptors, send_descriptors};
pub use error::{Error, Result};
pub use launcher::Launcher;
pub use machine::Machine;
pub use output::Output;
pub use ownership::{give, owner};
pub use probe::{Level, Probe};
pub use running::Running;
pub use screen::Screen;
pub use socket::listen;
pub use spec::{Inlet, InletTarget, LEADS, Limits, Mount, Outbound, Spec};
pub use task::{Job, Line, Outcome, Task};
pub use workplace::{Command, Workplace};
