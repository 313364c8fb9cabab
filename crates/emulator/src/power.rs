//! Starts, stops and reboots, as far as an instance's state allows: moto lets what is terminated
//! come back, and a reboot is nothing to it.

use std::collections::HashMap;

use bytes::Bytes;
use http::Response;

use crate::{
    books::{BookedInstance, BookedState},
    moto::Standing,
    realm::Realm,
    refusal::REQUEST_ID,
};

/// What is asked of instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Power {
    /// `StartInstances`.
    Start,
    /// `StopInstances`.
    Stop,
    /// `RebootInstances`.
    Reboot,
}

/// What becomes of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The books take it.
    Pass,
    /// These are rebooted, and the books stay as they are.
    Reboot(Vec<String>),
    /// This one is in no such state.
    Refuse(String),
}

impl Power {
    /// What an action asks for.
    pub fn of(action: &str) -> Option<Self> {
        Some(match action {
            "StartInstances" => Self::Start,
            "StopInstances" => Self::Stop,
            "RebootInstances" => Self::Reboot,
            _ => return None,
        })
    }

    /// What was wanted, in AWS's words: "a state from which it can be started".
    pub fn participle(self) -> &'static str {
        match self {
            Self::Start => "started",
            Self::Stop => "stopped",
            Self::Reboot => "rebooted",
        }
    }

    /// Whether it may be, given all that are named.
    ///
    /// A terminated one is not rebooted, and that is no error (API reference, `RebootInstances`).
    pub fn decide(self, named: &[BookedInstance]) -> Decision {
        let refused = |state| move |one: &&BookedInstance| one.state == state;
        let wrong = match self {
            Self::Start | Self::Stop => BookedState::Terminated,
            Self::Reboot => BookedState::Stopped,
        };
        if let Some(one) = named.iter().find(refused(wrong)) {
            return Decision::Refuse(one.id.clone());
        }
        if self != Self::Reboot {
            return Decision::Pass;
        }
        let running = named.iter().filter(refused(BookedState::Running));
        Decision::Reboot(running.map(|one| one.id.clone()).collect())
    }
}

/// The instances that a form names.
pub(crate) fn named(form: &HashMap<String, String>) -> Vec<String> {
    let ids = form
        .iter()
        .filter(|(name, _)| name.starts_with("InstanceId."));
    ids.map(|(_, id)| id.clone()).collect()
}

/// AWS's answer to a reboot that is begun.
pub(crate) fn rebooted() -> Response<Bytes> {
    Response::new(Bytes::from(format!(
        "<RebootInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
         <requestId>{REQUEST_ID}</requestId><return>true</return></RebootInstancesResponse>"
    )))
}

impl Realm {
    /// What the books have of those that are named; none if they have not all of them.
    pub async fn named(&self, region: &str, ids: &[String]) -> Option<Vec<BookedInstance>> {
        let moto = self.ground.moto.standing();
        if ids.is_empty() || *moto.borrow() != Standing::Answers {
            return None; // a question would wait until it does
        }
        let picture = self.ground.moto.picture(&self.account).await.ok()?;
        let named = ids.iter().map(|id| {
            let found = picture.instance(id)?;
            (found.region == region).then(|| found.clone())
        });
        named.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, Power};
    use crate::books::{self, BookedInstance, BookedState};

    fn booked(id: &str, state: BookedState) -> BookedInstance {
        BookedInstance {
            id: id.to_owned(),
            state,
            ..books::example()
        }
    }

    #[test]
    fn what_is_terminated_never_comes_back() {
        let named = [
            booked("runs", BookedState::Running),
            booked("off", BookedState::Stopped),
            booked("gone", BookedState::Terminated),
        ];
        for power in [Power::Start, Power::Stop] {
            assert_eq!(power.decide(&named), Decision::Refuse("gone".into()));
            assert_eq!(power.decide(&named[..2]), Decision::Pass);
        }
        assert_eq!(Power::Reboot.decide(&named), Decision::Refuse("off".into()));
        let named = [named[0].clone(), named[2].clone()];
        assert_eq!(
            Power::Reboot.decide(&named),
            Decision::Reboot(vec!["runs".into()])
        );
    }
}
