//! A machine's life, told from instants alone: nothing ticks.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::{Tree, catalogue::System, extension::Extension};

/// How long a new machine is being created.
const CREATING_MS: u64 = 1000;
/// How long a machine takes to start, after that or when it is started again.
const STARTING_MS: u64 = 1500;
/// How long a machine takes to stop.
const STOPPING_MS: u64 = 800;

/// A machine, which Azure calls a role of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// Its name in its deployment.
    pub name: String,
    /// Its name in its network.
    pub host_name: String,
    /// Its size, for example `Small`.
    pub size: String,
    /// The image that it was made from.
    pub image: String,
    /// The image's operating system.
    pub system: System,
    /// Where its disk is said to be.
    pub media_link: String,
    /// The name of its disk.
    pub disk: String,
    /// Whether it may have extensions.
    pub has_agent: bool,
    /// Its `ConfigurationSet` of the network, as it was sent, without `Vip`.
    pub network: Tree,
    /// Its address in its network.
    pub address: Ipv4Addr,
    /// What it was told last.
    pub power: Power,
    /// Its extensions, in the order in which they were set.
    pub extensions: Vec<Extension>,
}

/// What a machine was told last, and when, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Power {
    /// To be.
    Created(u64),
    /// To start again.
    Started(u64),
    /// To stop and start.
    Restarted(u64),
    /// To stop, and keep its place.
    Stopped(u64),
    /// To stop, and leave its place to others.
    Deallocated(u64),
}

/// How a machine is, in the words of
/// [Get Deployment](https://learn.microsoft.com/en-us/previous-versions/azure/reference/ee460804(v=azure.100)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// It is being made.
    Creating,
    /// It starts.
    Starting,
    /// It stops and starts.
    Restarting,
    /// It is there.
    Ready,
    /// It stops.
    Stopping,
    /// It has stopped, and keeps its place.
    Stopped,
    /// It has stopped, and has no place.
    Deallocated,
}

impl Power {
    /// How a machine is that was told this.
    pub fn status(self, now_ms: u64) -> Status {
        let (told_ms, steps): (u64, &[(u64, Status)]) = match self {
            Self::Created(at) => (
                at,
                &[
                    (CREATING_MS, Status::Creating),
                    (STARTING_MS, Status::Starting),
                ],
            ),
            Self::Started(at) => (at, &[(STARTING_MS, Status::Starting)]),
            Self::Restarted(at) => (at, &[(STARTING_MS, Status::Restarting)]),
            Self::Stopped(at) | Self::Deallocated(at) => (at, &[(STOPPING_MS, Status::Stopping)]),
        };
        let mut past_ms = now_ms.saturating_sub(told_ms);
        for (length_ms, status) in steps {
            if past_ms < *length_ms {
                return *status;
            }
            past_ms -= length_ms;
        }
        match self {
            Self::Created(_) | Self::Started(_) | Self::Restarted(_) => Status::Ready,
            Self::Stopped(_) => Status::Stopped,
            Self::Deallocated(_) => Status::Deallocated,
        }
    }

    /// When a machine that was told this has done it, in milliseconds since 1970.
    pub fn settled_ms(self) -> u64 {
        match self {
            Self::Stopped(at) | Self::Deallocated(at) => at + STOPPING_MS,
            Self::Created(at) => at + CREATING_MS + STARTING_MS,
            Self::Started(at) | Self::Restarted(at) => at + STARTING_MS,
        }
    }

    /// When a machine that was told this is ready; none when it is not going to be.
    pub fn ready_ms(self) -> Option<u64> {
        match self {
            Self::Created(_) | Self::Started(_) | Self::Restarted(_) => Some(self.settled_ms()),
            Self::Stopped(_) | Self::Deallocated(_) => None,
        }
    }
}

impl Status {
    /// As `InstanceStatus` says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Creating => "CreatingVM",
            Self::Starting => "StartingVM",
            Self::Restarting => "RestartingRole",
            Self::Ready => "ReadyRole",
            Self::Stopping => "StoppingVM",
            Self::Stopped => "StoppedVM",
            Self::Deallocated => "StoppedDeallocated",
        }
    }

    /// As `PowerState` says it.
    pub fn power(self) -> &'static str {
        match self {
            Self::Creating | Self::Starting => "Starting",
            Self::Restarting | Self::Ready => "Started",
            Self::Stopping => "Stopping",
            Self::Stopped | Self::Deallocated => "Stopped",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Power, Status};

    #[test]
    fn a_machine_goes_through_its_states_in_order() {
        use Status::{Creating, Deallocated, Ready, Restarting, Starting, Stopped, Stopping};
        for (power, steps) in [
            (
                Power::Created(100),
                &[
                    (100, Creating),
                    (1099, Creating),
                    (1100, Starting),
                    (2600, Ready),
                ][..],
            ),
            (Power::Started(100), &[(100, Starting), (1600, Ready)]),
            (Power::Restarted(100), &[(1599, Restarting), (1600, Ready)]),
            (Power::Stopped(100), &[(100, Stopping), (900, Stopped)]),
            (
                Power::Deallocated(100),
                &[(899, Stopping), (900, Deallocated)],
            ),
            // a clock that went back leaves it where it began
            (Power::Created(100), &[(0, Creating)]),
        ] {
            for (now, status) in steps {
                assert_eq!(power.status(*now), *status, "{power:?} at {now}");
            }
        }
    }

    #[test]
    fn a_machine_is_ready_when_it_says_so() {
        for power in [Power::Created(7), Power::Started(7), Power::Restarted(7)] {
            let ready = power.ready_ms().unwrap();
            assert_eq!(power.status(ready), Status::Ready);
            assert_ne!(power.status(ready - 1), Status::Ready);
        }
        assert_eq!(Power::Stopped(7).ready_ms(), None);
    }
}
