//! What a rollout is, what can happen to it, and what it asks for.

use serde::{Deserialize, Serialize};
use shared::DeploymentState;

use crate::DRAINING_MS;

/// One attempt to make `target` live in place of `live`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// The version to make live.
    pub target: String,
    /// The version that is live by what is committed; only [`Effect::Commit`] changes it.
    pub live: Option<String>,
    /// The version that was live before this rollout moved the address.
    pub previous: Option<String>,
    /// The version that the asker saw as live.
    pub expected_live: Option<String>,
    /// The number of the newest route; a router refuses older ones.
    pub epoch: u64,
    /// How many routes were not observed in time.
    pub lost_routes: u32,
    /// When the present phase has taken too long, in unix milliseconds.
    pub deadline_ms: Option<i64>,
    /// Where it stands.
    pub phase: Phase,
    /// Why it failed, went back, waits for a person or needs attention, in words.
    pub error: Option<String>,
    /// How it is to go; rollouts of before there were policies go as they did.
    #[serde(default)]
    pub policy: Policy,
    /// Who lets it move the address, if somebody had to be asked.
    #[serde(default)]
    pub approved_by: Option<String>,
}

/// How an application's address is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Whether somebody is asked before the address is moved.
    pub approval: Approval,
    /// How long the new version is watched before the old one is drained, in milliseconds.
    pub bake_ms: i64,
    /// How long requests that the old version accepted may take, in milliseconds.
    pub drain_ms: i64,
    /// How long a version's own check may take before it goes live, in milliseconds; with 0 its health
    /// alone is asked for.
    #[serde(default)]
    pub check_ms: i64,
    /// How long commands that move the address may take, in milliseconds; 0 when the router alone does.
    #[serde(default)]
    pub switch_ms: i64,
    /// How long the old version stays once it is drained, in milliseconds; with 0 until somebody destroys
    /// it.
    #[serde(default)]
    pub retain_ms: i64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            approval: Approval::Automatic,
            bake_ms: 0,
            drain_ms: DRAINING_MS,
            check_ms: 0,
            switch_ms: 0,
            retain_ms: 0,
        }
    }
}

/// Whether somebody is asked before an address is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// A version that is well is made live.
    Automatic,
    /// A person says so.
    Needed,
    /// A person says so, who is not the one that asks for it; whoever feeds the answers sees to that.
    Others,
}

/// Where a rollout stands, finer than [`DeploymentState`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It waits for its turn.
    Queued,
    /// The target's health is being asked for.
    Checking,
    /// A person is asked whether the address is to be moved.
    Awaiting,
    /// The address is being moved to the target.
    Routing,
    /// Nobody knows where the address leads, so that is being asked for.
    Observing,
    /// The address leads to a version that we know; the target's health says which way to go.
    Deciding,
    /// The address is being moved back.
    Returning,
    /// The target is live and is watched; the old version is as it was.
    Baking,
    /// The target is to be left; the old version's health says whether that is a way.
    Weighing,
    /// The address, which led to the target, is being moved back to the version before.
    Reverting,
    /// The old version finishes the requests that it has accepted.
    Draining,
    /// The target is live.
    Succeeded,
    /// The version that was live still is.
    Failed,
    /// A person ended it before the address was moved.
    Cancelled,
    /// The version before is live again.
    RolledBack,
    /// A person must look.
    NeedsAttention,
}

/// What can happen to a rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Its turn has come; the facts were read just now.
    Started(Facts),
    /// The target answers as it should.
    Healthy,
    /// The target does not, and why.
    Unhealthy(String),
    /// Nobody can tell whether it does, and why.
    Inconclusive(String),
    /// Where the address leads, as the router itself says.
    RouteObserved {
        /// The version that it leads to.
        version: Option<String>,
        /// The number of the newest route that the router has taken.
        epoch: u64,
    },
    /// The router did not take the route of this number, and why.
    RouteRefused {
        /// The route's number.
        epoch: u64,
        /// Why.
        why: String,
    },
    /// The old version has finished what it had accepted.
    Drained,
    /// A person lets it move the address.
    Approved {
        /// Who.
        by: String,
    },
    /// A person ends it: before the address was moved nothing is changed, afterwards it goes back.
    Ended {
        /// Who.
        by: String,
        /// Why, as typed.
        why: Option<String>,
    },
    /// A person wants more time before what comes next: watching, or draining, goes on for longer.
    Prolonged {
        /// By how many milliseconds.
        ms: i64,
    },
    /// Time has passed.
    Tick,
    /// The process that carried out the effects is a new one; effects may be lost.
    Restarted,
}

/// What the first guard looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whether the target was made whole and is not being destroyed.
    pub target_ready: bool,
    /// The version that is live.
    pub live: Option<String>,
}

/// What is to be done. Each may be carried out more than once.
///
/// All but routes, and what is stored together with the state, belong to the phase that asked for them: once the phase is another one,
/// they are let go of, and their answers are not told any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Ask for the version's health; answered by healthy, unhealthy or inconclusive.
    CheckHealth {
        /// The version.
        version: String,
    },
    /// Ask for the version's health, and have it checked by its own check, if it has one; answered by
    /// healthy, unhealthy or inconclusive.
    Check {
        /// The version.
        version: String,
    },
    /// Ask for the version's health again and again, and say once that it is not well.
    Watch {
        /// The version.
        version: String,
    },
    /// Lead the address to the version, then say where it leads, or that it was refused.
    Route {
        /// The version.
        version: String,
        /// Newer than any route before.
        epoch: u64,
    },
    /// Say where the address leads.
    ObserveRoute,
    /// Store that `live` is live now and `previous` was before.
    Commit {
        /// The version that the address was seen to lead to.
        live: String,
        /// The version before.
        previous: Option<String>,
    },
    /// Send the version no new requests and wait for those that it has.
    Drain {
        /// The version.
        version: String,
        /// When to stop waiting, in unix milliseconds.
        deadline_ms: i64,
    },
    /// Store until when the version is kept, unless it is live by then; stored together with the state.
    Retain {
        /// The version.
        version: String,
        /// Until when, in unix milliseconds.
        until_ms: i64,
    },
}

impl Rollout {
    /// A promotion, or a roll back, of `target` that waits for its turn.
    ///
    /// `epoch` is the application's newest route so far.
    pub fn promote(
        target: impl Into<String>,
        live: Option<String>,
        expected_live: Option<String>,
        epoch: u64,
    ) -> Self {
        Self {
            target: target.into(),
            live,
            previous: None,
            expected_live,
            epoch,
            lost_routes: 0,
            deadline_ms: None,
            phase: Phase::Queued,
            error: None,
            policy: Policy::default(),
            approved_by: None,
        }
    }

    /// The same, under a policy.
    pub fn under(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// Where it stands, in everybody's words.
    pub fn state(&self) -> DeploymentState {
        match self.phase {
            Phase::Queued => DeploymentState::Queued,
            Phase::Checking => DeploymentState::Checking,
            Phase::Awaiting => DeploymentState::AwaitingApproval,
            Phase::Routing | Phase::Observing | Phase::Deciding | Phase::Returning => {
                DeploymentState::Switching
            }
            Phase::Baking => DeploymentState::Baking,
            Phase::Weighing | Phase::Reverting => DeploymentState::RollingBack,
            Phase::Draining => DeploymentState::Draining,
            Phase::Succeeded => DeploymentState::Succeeded,
            Phase::Failed => DeploymentState::Failed,
            Phase::Cancelled => DeploymentState::Cancelled,
            Phase::RolledBack => DeploymentState::RolledBack,
            Phase::NeedsAttention => DeploymentState::NeedsAttention,
        }
    }
}
