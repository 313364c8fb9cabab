//! The blue-green state machine: how an application's address moves from one version to another.
//!
//! [`step`] is a pure function: what was, what happened and the time go in; what is and what is
//! to be done come out. Nothing here does I/O, sleeps or reads a clock. Whoever carries out the
//! effects stores the new state first, and may carry out each effect more than once: routing
//! carries an epoch, and a router ignores an epoch older than the newest it has seen.
//!
//! ```
//! use rollout::{Effect, Facts, Input, Rollout, step};
//! use shared::DeploymentState;
//!
//! let queued = Rollout::promote("8-jre8", Some("7-jre8".into()), Some("7-jre8".into()), 4);
//! let facts = Facts { target_ready: true, live: Some("7-jre8".into()) };
//! let (checking, effects) = step(&queued, Input::Started(facts), 0);
//! assert_eq!(checking.state(), DeploymentState::Checking);
//! assert_eq!(effects, [Effect::CheckHealth { version: "8-jre8".into() }]);
//! ```

mod rollout;
mod step;

pub use rollout::{Approval, Effect, Facts, Input, Phase, Policy, Rollout};
pub use step::{CHECKING_MS, DRAINING_MS, SWITCHING_MS, step};
