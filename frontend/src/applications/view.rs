//! What the application pages decide.

use shared::{
    ApplicationDetail, ApplicationVersion, Approval, Controller, DataChange, Deployment,
    DeploymentKind, DeploymentState, Instant, Policy, RollBackReadiness, Visitors,
};

use crate::ui::{ago, duration, shell};

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
    let kept = match detail.application.policy.retain_seconds {
        0 => None,
        seconds => Some(seconds),
    };
    Move {
        kind: DeploymentKind::Promote,
        label: format!("Promote {version}"),
        says: format!(
            "{}{warning}",
            waits(detail).unwrap_or_else(|| moves(detail, &version, kept))
        ),
        blocked: on_its_way(detail, &version).or_else(|| candidate.not_promotable.clone()),
        version,
    }
}

/// How much more time a press gives, in seconds.
pub const MORE_SECONDS: u32 = 600;

/// What a person says to a change of an address that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// Go on.
    Approve,
    /// Wait longer.
    Wait,
    /// No.
    End,
}

/// What can be said to it now, and how the buttons are called.
pub fn says_of(state: DeploymentState, version: &str) -> Vec<(Says, String)> {
    let longer = |what: &str| (Says::Wait, format!("{what} 10 min longer"));
    match state {
        DeploymentState::AwaitingApproval => vec![
            (Says::Approve, format!("Let {version} go live")),
            (Says::End, "Don\u{2019}t".to_owned()),
        ],
        DeploymentState::Queued | DeploymentState::Checking => {
            vec![(Says::End, "Cancel".to_owned())]
        }
        DeploymentState::Switching => vec![(Says::End, "Stop and go back".to_owned())],
        DeploymentState::Baking => vec![longer("Watch")],
        DeploymentState::Draining => vec![longer("Drain")],
        DeploymentState::Provisioning
        | DeploymentState::RollingBack
        | DeploymentState::Destroying
        | DeploymentState::Succeeded
        | DeploymentState::RolledBack
        | DeploymentState::Failed
        | DeploymentState::Cancelled
        | DeploymentState::NeedsAttention => Vec::new(),
    }
}

/// What can be said to a deployment now.
pub fn says(deployment: &Deployment) -> Vec<(Says, String)> {
    match deployment.kind {
        DeploymentKind::Promote | DeploymentKind::RollBack => {
            says_of(deployment.state, &deployment.version)
        }
        DeploymentKind::Create | DeploymentKind::Destroy => Vec::new(),
    }
}

/// The command that says the same.
pub fn says_line(what: Says, deployment: &Deployment) -> String {
    let name = deployment.application.as_str();
    match what {
        Says::Approve => shell(&["mac", "app", "approve", name]),
        Says::Wait => shell(&["mac", "app", "keep", name, "10m"]),
        Says::End => format!("mac deployment cancel {}", deployment.id),
    }
}

/// Who has the address in hand: who asked for it, and which server carries it out.
pub fn holder(deployment: &Deployment, controller: Option<&Controller>, now: Instant) -> String {
    let asked = ago(deployment.created_at, now);
    let by = controller.map(|controller| {
        let heard = ago(controller.heard_at, now);
        format!(", by server {}, heard of {heard}", controller.number)
    });
    format!(
        "Asked for by {} {asked}{}.",
        deployment.started_by,
        by.unwrap_or_default()
    )
}

/// Who is asked, as forms and commands write it.
pub fn approval_value(approval: Approval) -> &'static str {
    match approval {
        Approval::Automatic => "automatic",
        Approval::Needed => "needed",
        Approval::Others => "others",
    }
}

/// The command that saves a policy.
pub fn policy_line(name: &str, policy: &Policy) -> String {
    let approval = approval_value(policy.approval);
    let name = shell(&[name]);
    format!(
        "mac app policy {name} --approval {approval} --check {} --bake {} --drain {} --retain {} \
         --switch {}",
        policy.check_seconds,
        policy.bake_seconds,
        policy.drain_seconds,
        policy.retain_seconds,
        policy.switch_seconds
    )
}

/// The change of the address that is under way.
pub fn moving(detail: &ApplicationDetail) -> Option<Deployment> {
    let active = detail.active.clone()?;
    let moves = matches!(
        active.kind,
        DeploymentKind::Promote | DeploymentKind::RollBack
    );
    (moves && !active.state.is_final()).then_some(active)
}

/// How an address is moved, in words.
pub fn policy_words(policy: &Policy) -> String {
    let asks = match policy.approval {
        Approval::Automatic => "A version that is well goes live at once",
        Approval::Needed => "A version goes live once somebody says so",
        Approval::Others => "A version goes live once somebody else says so, by a link",
    };
    let watched = match policy.bake_seconds {
        0 => String::new(),
        seconds => format!(", is watched for {seconds} s"),
    };
    let kept = match policy.retain_seconds {
        0 => String::new(),
        seconds => format!(" It is destroyed {} later.", length(seconds)),
    };
    format!(
        "{asks}{watched}, and requests of the one before have {} s.{kept}",
        policy.drain_seconds
    )
}

/// What becomes of visitors who are not simply served, in a word.
pub fn closed(visitors: &Visitors) -> &'static str {
    match visitors {
        Visitors::Served => "Served",
        Visitors::Held { .. } => "Visitors wait",
        Visitors::TurnedAway { .. } => "Visitors are turned away",
    }
}

/// The command that turns visitors away with a notice.
pub fn turned_away_line(name: &str, notice: &str) -> String {
    match notice.trim() {
        "" => shell(&["mac", "app", "maintenance", name]),
        notice => shell(&["mac", "app", "maintenance", name, "-m", notice]),
    }
}

/// What becomes of visitors, in words.
pub fn visitors_words(visitors: &Visitors, now: Instant) -> String {
    match visitors {
        Visitors::Served => "They are served.".to_owned(),
        Visitors::Held { until } => format!(
            "They are served in {} at the latest.",
            duration(now, *until)
        ),
        Visitors::TurnedAway { notice } => format!("They are told: {notice}"),
    }
}

/// How fast the way back is, and for how long it is there.
fn instant(version: &str, until: Option<Instant>, now: Instant) -> String {
    match until {
        Some(until) => format!(
            "Instant: {version} is still warm for {}.",
            duration(now, until)
        ),
        None => format!("Instant: {version} is still warm."),
    }
}

/// A time without a date, in words.
fn length(seconds: u32) -> String {
    let at = Instant::from_unix_ms;
    duration(at(0), at(i64::from(seconds) * 1000))
}

/// Going back to the version before.
pub fn roll_back(detail: &ApplicationDetail, now: Instant) -> Move {
    go_back(detail, &detail.roll_back, now)
}

/// Going back to the version that a deployment made live, if that is its latest one.
pub fn way_back_of(
    detail: &ApplicationDetail,
    deployment: &Deployment,
    now: Instant,
) -> Option<Move> {
    let made_live = |one: &&Deployment| {
        let moves = matches!(one.kind, DeploymentKind::Promote | DeploymentKind::RollBack);
        moves && one.state == DeploymentState::Succeeded && one.version == deployment.version
    };
    let latest = detail.deployments.iter().find(made_live)?;
    if latest.id != deployment.id {
        return None;
    }
    let mut ways = detail.ways_back.iter();
    let way = ways.find(|way| way.version == deployment.version)?;
    Some(go_back(detail, &way.readiness, now))
}

fn go_back(detail: &ApplicationDetail, readiness: &RollBackReadiness, now: Instant) -> Move {
    match readiness {
        RollBackReadiness::Instant { version, until } => Move {
            kind: DeploymentKind::RollBack,
            version: version.clone(),
            label: format!("Roll back to {version}"),
            says: format!(
                "{} {}",
                instant(version, *until, now),
                moves(detail, version, None)
            ),
            blocked: between(detail).or_else(|| watched(detail, version)),
        },
        RollBackReadiness::Recreate { version, seconds } => Move {
            kind: DeploymentKind::RollBack,
            version: version.clone(),
            label: format!("Re-create {version} and roll back"),
            says: format!(
                "{version} is destroyed: it is made again from its macfile{}. Then {}",
                about(*seconds),
                moves(detail, version, None)
            ),
            blocked: between(detail).or_else(|| watched(detail, version)),
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

/// How long something is going to take, as it took that long before.
fn about(seconds: Option<u32>) -> String {
    match seconds {
        None => String::new(),
        Some(seconds @ ..90) => format!(", about {seconds} s"),
        Some(seconds) => format!(", about {} min", (seconds + 30) / 60),
    }
}

/// What becomes of the address, and for how many seconds the version before stays, if it has an end.
fn moves(detail: &ApplicationDetail, version: &str, kept: Option<u32>) -> String {
    let address = &detail.application.address;
    let time = kept.map(|seconds| format!(" for {}, then it is destroyed", length(seconds)));
    let time = time.unwrap_or_default();
    match &detail.application.live {
        Some(live) => {
            format!("{address} moves from {live} to {version}; {live} keeps running{time}.")
        }
        None => format!("{address} will lead to {version}."),
    }
}

/// What a promotion waits for, and what it takes the place of.
fn waits(detail: &ApplicationDetail) -> Option<String> {
    let active = moving(detail)?;
    let what = crate::deployments::what(&active);
    let instead = detail.waiting.as_ref().map(|waiting| {
        format!(
            " It takes the place of {}, which waits now.",
            waiting.version
        )
    });
    Some(format!(
        "It waits for \u{201c}{what}\u{201d}.{}",
        instead.unwrap_or_default()
    ))
}

/// Why a version can't be promoted that is about to be live anyway.
fn on_its_way(detail: &ApplicationDetail, version: &str) -> Option<String> {
    let mut all = moving(detail).into_iter().chain(detail.waiting.clone());
    all.any(|one| one.version == version)
        .then(|| format!("{version} is on its way already."))
}

/// Why nobody can go back to a version now: what is watched goes back to another one.
fn watched(detail: &ApplicationDetail, version: &str) -> Option<String> {
    let active = moving(detail).filter(|active| active.state.is_watched())?;
    let is_way = detail.application.previous.as_deref() == Some(version);
    (!is_way).then(|| format!("Wait until {} is not watched any more.", active.version))
}

/// Why nobody can go back now: the address is between two versions.
fn between(detail: &ApplicationDetail) -> Option<String> {
    let active = moving(detail)?;
    let is_between = matches!(
        active.state,
        DeploymentState::Switching | DeploymentState::RollingBack
    );
    let what = crate::deployments::what(&active);
    is_between.then(|| format!("Wait: \u{201c}{what}\u{201d} is under way."))
}

#[cfg(test)]
mod tests {
    use super::{
        Says, candidates, holder, live, policy_line, policy_words, promotion, roll_back, says,
        says_line, says_of, turned_away_line, way_back_of,
    };
    use shared::{
        Application, ApplicationDetail, ApplicationVersion, Approval, Controller, Deployment,
        DeploymentKind, DeploymentState, Id, Infrastructure, InfrastructureState, Instant, Policy,
        RollBackReadiness, Visitors, WayBack,
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
            retires_at: None,
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
            visitors: Visitors::default(),
            versions: 2,
            created_at: START(),
            updated_at: START(),
        };
        ApplicationDetail {
            application,
            versions: vec![version("2", false), version("1", true)],
            active: None,
            controller: None,
            waiting: None,
            deployments: vec![],
            roll_back: RollBackReadiness::Impossible {
                reason: "no version was live before".into(),
            },
            ways_back: vec![],
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
        let mut detail = detail;
        detail.application.policy.retain_seconds = 90;
        let says = super::promotion(&detail, &candidates(&detail)[0]).says;
        let wanted = "1 keeps running for 1 min 30 s, then it is destroyed.";
        assert!(says.ends_with(wanted), "{says}");
    }

    #[test]
    fn a_promotion_waits_for_what_is_under_way_and_takes_the_place_of_what_waits() {
        let mut detail = detail();
        detail.active = Some(active());
        let mut candidate = candidates(&detail).remove(0);
        let on_its_way = Some("2 is on its way already.".to_owned());
        assert_eq!(promotion(&detail, &candidate).blocked, on_its_way);
        candidate.infrastructure.version = "3".into();
        let third = promotion(&detail, &candidate);
        assert_eq!(third.blocked, None);
        assert_eq!(third.says, "It waits for \u{201c}Promote shop 2\u{201d}.");
        let mut waiting = active();
        waiting.version = "4".into();
        detail.waiting = Some(waiting);
        let third = promotion(&detail, &candidate).says;
        assert!(
            third.ends_with("It takes the place of 4, which waits now."),
            "{third}"
        );
        // making and destroying other versions is nobody's business here
        let mut create = active();
        create.kind = DeploymentKind::Create;
        detail.active = Some(create);
        assert!(
            promotion(&detail, &candidate)
                .says
                .contains("moves from 1 to 3")
        );
    }

    fn active() -> Deployment {
        Deployment {
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
        }
    }

    #[test]
    fn going_back_goes_first_unless_the_address_is_between_two_versions() {
        let mut detail = detail();
        detail.application.previous = Some("0".into());
        detail.roll_back = RollBackReadiness::Instant {
            version: "0".into(),
            until: None,
        };
        for (state, is_blocked) in [
            (DeploymentState::Checking, false),
            (DeploymentState::AwaitingApproval, false),
            (DeploymentState::Switching, true),
            (DeploymentState::Baking, false),
            (DeploymentState::Draining, false),
            (DeploymentState::RollingBack, true),
        ] {
            let mut active = active();
            active.state = state;
            detail.active = Some(active);
            assert_eq!(
                roll_back(&detail, START()).blocked.is_some(),
                is_blocked,
                "{state:?}"
            );
        }
        // a promotion that is watched goes back to the version before it, and to no other
        let mut active = active();
        active.state = DeploymentState::Baking;
        detail.active = Some(active);
        detail.application.previous = Some("1".into());
        let why = roll_back(&detail, START()).blocked;
        assert_eq!(why.unwrap(), "Wait until 2 is not watched any more.");
    }

    #[test]
    fn a_person_is_offered_what_means_something_now() {
        let labels = |state| {
            let all = says_of(state, "2").into_iter();
            all.map(|(_, label)| label).collect::<Vec<_>>()
        };
        let asked = labels(DeploymentState::AwaitingApproval);
        assert_eq!(asked, ["Let 2 go live", "Don\u{2019}t"]);
        assert_eq!(labels(DeploymentState::Baking), ["Watch 10 min longer"]);
        assert_eq!(labels(DeploymentState::Checking), ["Cancel"]);
        assert_eq!(labels(DeploymentState::Switching), ["Stop and go back"]);
        let mut create = active();
        create.kind = DeploymentKind::Create;
        create.state = DeploymentState::Queued;
        assert!(says(&create).is_empty());
    }

    #[test]
    fn a_policy_is_told_in_words() {
        let policy = Policy::default();
        let at_once = "A version that is well goes live at once, and requests of the one before \
                       have 30 s.";
        assert_eq!(policy_words(&policy), at_once);
        let policy = Policy {
            approval: Approval::Needed,
            bake_seconds: 60,
            drain_seconds: 5,
            ..Policy::default()
        };
        let asked = "A version goes live once somebody says so, is watched for 60 s, and requests \
                     of the one before have 5 s.";
        assert_eq!(policy_words(&policy), asked);
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
    fn a_way_back_says_how_long_it_is_there() {
        let mut detail = detail();
        let instant = |until| RollBackReadiness::Instant {
            version: "0".into(),
            until,
        };
        detail.roll_back = instant(None);
        let says = roll_back(&detail, START()).says;
        assert!(
            says.starts_with("Instant: 0 is still warm. http://"),
            "{says}"
        );
        detail.roll_back = instant(Some(Instant::from_unix_ms(27 * 60_000)));
        let says = roll_back(&detail, START()).says;
        assert!(
            says.starts_with("Instant: 0 is still warm for 27 min"),
            "{says}"
        );
    }

    #[test]
    fn a_roll_back_to_nothing_says_why() {
        let roll_back = roll_back(&detail(), START());
        assert_eq!(
            roll_back.blocked.as_deref(),
            Some("no version was live before")
        );
    }

    #[test]
    fn a_way_back_to_what_is_destroyed_says_that_it_takes_longer() {
        let mut detail = detail();
        let again = |seconds| RollBackReadiness::Recreate {
            version: "0".into(),
            seconds,
        };
        for (seconds, words) in [
            (None, "macfile. Then"),
            (Some(12), "macfile, about 12 s. Then"),
            (Some(230), "macfile, about 4 min. Then"),
        ] {
            detail.roll_back = again(seconds);
            let back = roll_back(&detail, START());
            assert_eq!(back.label, "Re-create 0 and roll back");
            assert!(back.says.contains(words), "{}", back.says);
        }
    }

    #[test]
    fn the_latest_deployment_that_made_a_version_live_has_its_way_back() {
        let mut detail = detail();
        let went = |version: &str| {
            let mut one = active();
            one.version = version.into();
            one.state = DeploymentState::Succeeded;
            one
        };
        detail.deployments = vec![went("1"), went("0"), went("1"), went("0")];
        let readiness = RollBackReadiness::Instant {
            version: "0".into(),
            until: None,
        };
        detail.ways_back = vec![WayBack {
            version: "0".into(),
            readiness,
        }];
        let ways = detail.deployments.iter();
        let ways = ways.map(|one| way_back_of(&detail, one, START()));
        let labels: Vec<_> = ways.map(|way| way.map(|way| way.label)).collect();
        let label = Some("Roll back to 0".to_owned());
        assert_eq!(labels, [None, label, None, None]);
    }

    #[test]
    fn who_has_the_address_in_hand_is_said() {
        let deployment = active();
        let at = Instant::from_unix_ms;
        let controller = Controller {
            number: 7,
            since: START(),
            heard_at: at(118_000),
        };
        assert_eq!(
            holder(&deployment, Some(&controller), at(120_000)),
            "Asked for by ann 2 min ago, by server 7, heard of just now."
        );
        assert_eq!(
            holder(&deployment, None, at(0)),
            "Asked for by ann just now."
        );
    }

    #[test]
    fn each_action_has_its_command_whatever_the_names_are() {
        let mut deployment = active();
        deployment.application = "my shop".into();
        assert_eq!(
            says_line(Says::Approve, &deployment),
            "mac app approve 'my shop'"
        );
        let policy = policy_line("shop", &Policy::default());
        let wanted = "mac app policy shop --approval automatic --check 300 --bake 0 --drain 30 \
                      --retain 0 --switch 300";
        assert_eq!(policy, wanted);
        assert_eq!(
            turned_away_line("shop", " it's late "),
            r"mac app maintenance shop -m 'it'\''s late'"
        );
        assert_eq!(turned_away_line("shop", ""), "mac app maintenance shop");
    }
}
