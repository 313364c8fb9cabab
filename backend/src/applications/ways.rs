//! Ways back: the versions that were live before, and what going back to each would take.

use shared::{
    AccountId, Application, DataChange, Infrastructure, InfrastructureId, RollBackReadiness,
    WayBack,
};

use super::{by_name, detail::not_promotable, store};
use crate::{Error, Result, app::App, infrastructures};

/// A version that went live, as the history has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WentLive {
    /// The version.
    pub version: String,
    /// What it was.
    pub infrastructure: InfrastructureId,
    /// Whether it stayed; else the address went back by itself.
    pub stayed: bool,
    /// What it did to the data that the versions share.
    pub data: Option<DataChange>,
    /// Whether it was made here, and so can be made again.
    pub made_here: bool,
    /// How long making it took, in seconds.
    pub seconds: Option<u32>,
}

impl WentLive {
    fn is_one_way(&self) -> bool {
        self.data.is_some_and(|data| !data.keeps_the_way_back())
    }
}

/// The ways back from what is live, the latest first.
///
/// A version before one that changed the data one way, whether that was live for long or not, can't work
/// with what is there now.
pub(super) fn ways_back(
    application: &Application,
    versions: &[Infrastructure],
    went_live: &[WentLive],
) -> Vec<WayBack> {
    let live = application.live.as_deref();
    let stayed = went_live.iter().filter(|one| one.stayed);
    let mut before: Vec<&str> = application.previous.as_deref().into_iter().collect();
    for one in stayed {
        if !before.contains(&one.version.as_str()) {
            before.push(&one.version);
        }
    }
    before.retain(|version| Some(*version) != live);
    let ways = before.into_iter().map(|version| WayBack {
        version: version.to_owned(),
        readiness: readiness(version, (live, versions), went_live),
    });
    ways.collect()
}

fn readiness(
    version: &str,
    (live, versions): (Option<&str>, &[Infrastructure]),
    went_live: &[WentLive],
) -> RollBackReadiness {
    let impossible = |reason: String| RollBackReadiness::Impossible { reason };
    if let Some(after) = one_way_since(version, (live, versions), went_live) {
        return impossible(format!(
            "{after} changed the data one way: {version} can't work with it"
        ));
    }
    if let Some(found) = versions.iter().find(|one| one.version == version) {
        return match not_promotable(found) {
            Some(reason) => impossible(reason),
            None => RollBackReadiness::Instant {
                version: version.to_owned(),
                until: found.retires_at,
            },
        };
    }
    match went_live.iter().find(|one| one.version == version) {
        Some(was) if was.made_here => RollBackReadiness::Recreate {
            version: version.to_owned(),
            seconds: was.seconds,
        },
        Some(_) => impossible(format!(
            "{version} is destroyed, and was not made by this server"
        )),
        None => impossible(format!("{version} is destroyed")),
    }
}

/// The version that changed the data one way after another one was live, if any did.
fn one_way_since<'v>(
    version: &str,
    (live, versions): (Option<&'v str>, &'v [Infrastructure]),
    went_live: &'v [WentLive],
) -> Option<&'v str> {
    let since = went_live.iter().take_while(|one| one.version != version);
    let mut since = since.filter(|one| one.is_one_way());
    if let Some(after) = since.next() {
        return Some(&after.version);
    }
    let live = versions
        .iter()
        .find(|one| Some(one.version.as_str()) == live)?;
    let keeps = live.data.is_none_or(DataChange::keeps_the_way_back);
    (!keeps).then_some(live.version.as_str())
}

/// What going back to a version would take now.
///
/// # Errors
/// It was never live, or there is no way back to it.
pub(super) async fn way_back(
    app: &App,
    account: AccountId,
    name: &str,
    version: &str,
) -> Result<Way> {
    let application = by_name(app, account, name).await?;
    let versions = infrastructures::versions(app, account, name).await?;
    let went_live = store::went_live(&app.pool, account, name).await?;
    let ways = ways_back(&application, &versions, &went_live);
    match ways.into_iter().find(|way| way.version == version) {
        None if application.live.as_deref() == Some(version) => {
            Err(Error::Conflict(format!("{version} is live")))
        }
        None => Err(Error::Conflict(format!(
            "{version} was not live before: promote it"
        ))),
        Some(way) => match way.readiness {
            RollBackReadiness::Instant { .. } => Ok(Way::Instant),
            RollBackReadiness::Impossible { reason } => Err(Error::Conflict(reason)),
            RollBackReadiness::Recreate { .. } => {
                let was = went_live.into_iter().find(|one| one.version == version);
                was.map(|was| Way::Again(was.infrastructure))
                    .ok_or(Error::NotFound("infrastructure"))
            }
        },
    }
}

/// How a version is gone back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It still runs.
    Instant,
    /// It is made again, from what this destroyed one was made from.
    Again(InfrastructureId),
}

#[cfg(test)]
mod tests {
    use shared::{
        Application, DataChange, Id, Infrastructure, InfrastructureState, Instant, Policy,
        RollBackReadiness, Visitors,
    };

    use super::{WentLive, ways_back};

    fn application(live: &str, previous: Option<&str>) -> Application {
        let at = Instant::from_unix_ms(0);
        Application {
            id: Id::new(),
            name: "shop".into(),
            address: "http://shop.localhost/".into(),
            live: Some(live.into()),
            previous: previous.map(Into::into),
            policy: Policy::default(),
            visitors: Visitors::Served,
            versions: 1,
            created_at: at,
            updated_at: at,
        }
    }

    fn there(version: &str, state: InfrastructureState) -> Infrastructure {
        let at = Instant::from_unix_ms(0);
        Infrastructure {
            id: Id::new(),
            name: "shop".into(),
            version: version.into(),
            description: String::new(),
            state,
            live: false,
            endpoint: Some("a.b".into()),
            data: None,
            retires_at: None,
            instances: 1,
            resources: 1,
            created_by: "ann".into(),
            created_at: at,
            updated_at: at,
        }
    }

    fn went(version: &str) -> WentLive {
        WentLive {
            version: version.into(),
            infrastructure: Id::new(),
            stayed: true,
            data: None,
            made_here: true,
            seconds: Some(240),
        }
    }

    fn ways(
        application: &Application,
        versions: &[Infrastructure],
        went_live: &[WentLive],
    ) -> Vec<(String, String)> {
        let said = |readiness| match readiness {
            RollBackReadiness::Instant { .. } => "instant".to_owned(),
            RollBackReadiness::Recreate { seconds, .. } => format!("again {seconds:?}"),
            RollBackReadiness::Impossible { reason } => reason,
        };
        let ways = ways_back(application, versions, went_live).into_iter();
        ways.map(|way| (way.version, said(way.readiness))).collect()
    }

    fn way(version: &str, said: &str) -> (String, String) {
        (version.into(), said.into())
    }

    #[test]
    fn each_version_that_was_live_is_a_way_back_by_what_is_left_of_it() {
        let application = application("4", Some("3"));
        let ready = InfrastructureState::Ready;
        let versions = [
            there("4", ready),
            there("3", ready),
            there("2", InfrastructureState::Destroying),
        ];
        let mut elsewhere = went("0");
        elsewhere.made_here = false;
        let history = [
            went("4"),
            went("3"),
            went("2"),
            went("1"),
            went("3"),
            elsewhere,
        ];
        assert_eq!(
            ways(&application, &versions, &history),
            [
                way("3", "instant"),
                way("2", "2 is being destroyed"),
                way("1", "again Some(240)"),
                way("0", "0 is destroyed, and was not made by this server"),
            ]
        );
    }

    #[test]
    fn what_was_gone_back_from_is_no_way_back() {
        let mut bad = went("2");
        bad.stayed = false;
        let ready = there("2", InfrastructureState::Ready);
        assert!(ways(&application("1", None), &[ready], &[bad, went("1")]).is_empty());
    }

    #[test]
    fn there_is_no_way_back_behind_a_change_of_the_data_that_goes_one_way() {
        let mut two = went("2");
        two.data = Some(DataChange::OneWay);
        let application = application("3", Some("2"));
        let mut history = [went("3"), two, went("1")];
        let expected = [
            way("2", "again Some(240)"),
            way("1", "2 changed the data one way: 1 can't work with it"),
        ];
        assert_eq!(ways(&application, &[], &history), expected);
        // also when it was live for a moment only
        history[1].stayed = false;
        assert_eq!(ways(&application, &[], &history)[1], expected[1]);
    }
}
