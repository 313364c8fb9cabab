//! What the application pages decide.

use shared::{
    ApplicationDetail, ApplicationVersion, DataChange, DeploymentKind, RollBackReadiness,
};

/// A button that moves the address, and what it says beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// What is asked for.
    pub kind: DeploymentKind,
    /// The version that would be live.
    pub version: String,
    /// The button's name.
    pub label: String,
    /// What will happen.
    pub says: String,
    /// Why it cannot be pressed.
    pub blocked: Option<String>,
}

/// The versions that are live: one, or none before the first promotion.
pub fn live(detail: &ApplicationDetail) -> Vec<ApplicationVersion> {
    lane(detail, |version| version.infrastructure.live)
}

/// The versions that are not live, newest first.
pub fn candidates(detail: &ApplicationDetail) -> Vec<ApplicationVersion> {
    lane(detail, |version| !version.infrastructure.live)
}

fn lane(
    detail: &ApplicationDetail,
    is_in: fn(&ApplicationVersion) -> bool,
) -> Vec<ApplicationVersion> {
    detail
        .versions
        .iter()
        .filter(|version| is_in(version))
        .cloned()
        .collect()
}

/// Promoting a candidate.
pub fn promotion(detail: &ApplicationDetail, candidate: &ApplicationVersion) -> Move {
    let version = candidate.infrastructure.version.clone();
    let keeps = candidate
        .infrastructure
        .data
        .is_none_or(DataChange::keeps_the_way_back);
    let warning = match keeps {
        true => "",
        false => " It changes the data one way: there is no instant way back from it.",
    };
    Move {
        kind: DeploymentKind::Promote,
        label: format!("Promote {version}"),
        says: format!("{}{warning}", says(detail, &version)),
        blocked: under_way(detail).or_else(|| candidate.not_promotable.clone()),
        version,
    }
}

/// Going back to the version before.
pub fn roll_back(detail: &ApplicationDetail) -> Move {
    match &detail.roll_back {
        RollBackReadiness::Instant { version } => Move {
            kind: DeploymentKind::RollBack,
            version: version.clone(),
            label: format!("Roll back to {version}"),
            says: says(detail, version),
            blocked: under_way(detail),
        },
        RollBackReadiness::Impossible { reason } => Move {
            kind: DeploymentKind::RollBack,
            version: String::new(),
            label: "Roll back".into(),
            says: String::new(),
            blocked: Some(reason.clone()),
        },
    }
}

fn says(detail: &ApplicationDetail, version: &str) -> String {
    let address = &detail.application.address;
    match &detail.application.live {
        Some(live) => format!("{address} moves from {live} to {version}; {live} keeps running."),
        None => format!("{address} will lead to {version}."),
    }
}

fn under_way(detail: &ApplicationDetail) -> Option<String> {
    let active = detail
        .active
        .as_ref()
        .filter(|active| !active.state.is_final())?;
    Some(format!(
        "Wait: \u{201c}{}\u{201d} is under way.",
        crate::deployments::what(active)
    ))
}

#[cfg(test)]
mod tests {
    use super::{candidates, live, promotion, roll_back};
    use shared::{
        Application, ApplicationDetail, ApplicationVersion, Deployment, DeploymentKind,
        DeploymentState, Id, Infrastructure, InfrastructureState, Instant, Policy,
        RollBackReadiness,
    };

    const START: fn() -> Instant = || Instant::from_unix_ms(0);

    fn version(version: &str, is_live: bool) -> ApplicationVersion {
        let infrastructure = Infrastructure {
            id: Id::new(),
            name: "shop".into(),
            version: version.into(),
            description: String::new(),
            state: InfrastructureState::Ready,
            live: is_live,
            endpoint: None,
            data: None,
            instances: 1,
            resources: 0,
            created_by: "ann".into(),
            created_at: START(),
            updated_at: START(),
        };
        ApplicationVersion {
            infrastructure,
            not_promotable: None,
        }
    }

    fn detail() -> ApplicationDetail {
        let application = Application {
            id: Id::new(),
            name: "shop".into(),
            address: "http://shop.localhost/".into(),
            live: Some("1".into()),
            previous: None,
            policy: Policy::default(),
            versions: 2,
            created_at: START(),
            updated_at: START(),
        };
        ApplicationDetail {
            application,
            versions: vec![version("2", false), version("1", true)],
            active: None,
            deployments: vec![],
            roll_back: RollBackReadiness::Impossible {
                reason: "no version was live before".into(),
            },
        }
    }

    #[test]
    fn a_candidate_can_be_promoted_and_the_button_says_what_happens() {
        let detail = detail();
        assert_eq!(live(&detail)[0].infrastructure.version, "1");
        let promotion = promotion(&detail, &candidates(&detail)[0]);
        assert_eq!(promotion.label, "Promote 2");
        assert_eq!(
            promotion.says,
            "http://shop.localhost/ moves from 1 to 2; 1 keeps running."
        );
        assert_eq!(promotion.blocked, None);
    }

    #[test]
    fn nothing_moves_while_a_deployment_is_under_way() {
        let mut detail = detail();
        detail.roll_back = RollBackReadiness::Instant {
            version: "0".into(),
        };
        detail.active = Some(Deployment {
            id: Id::new(),
            kind: DeploymentKind::Promote,
            application: "shop".into(),
            version: "2".into(),
            from_version: None,
            state: DeploymentState::Switching,
            until: None,
            step: None,
            error: None,
            reason: None,
            started_by: "ann".into(),
            created_at: START(),
            finished_at: None,
        });
        let wait = Some("Wait: \u{201c}Promote shop 2\u{201d} is under way.".to_owned());
        assert_eq!(promotion(&detail, &candidates(&detail)[0]).blocked, wait);
        assert_eq!(roll_back(&detail).blocked, wait);
    }

    #[test]
    fn a_version_that_changes_the_data_one_way_says_so_before_it_is_live() {
        let mut candidate = version("2", false);
        assert!(!promotion(&detail(), &candidate).says.contains("one way"));
        candidate.infrastructure.data = Some(shared::DataChange::OneWay);
        let says = promotion(&detail(), &candidate).says;
        assert!(
            says.ends_with("there is no instant way back from it."),
            "{says}"
        );
    }

    #[test]
    fn a_roll_back_to_nothing_says_why() {
        let roll_back = roll_back(&detail());
        assert_eq!(
            roll_back.blocked.as_deref(),
            Some("no version was live before")
        );
    }
}
