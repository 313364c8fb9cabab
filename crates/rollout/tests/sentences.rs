//! What a rollout does, sentence by sentence.

use rollout::{
    Approval, CHECKING_MS, DRAINING_MS, Effect, Facts, Input, Phase, Policy, Rollout, SWITCHING_MS,
    step,
};

fn after(inputs: Vec<Input>) -> (Rollout, Vec<Effect>) {
    under(Policy::default(), inputs)
}

/// Watches a new version for a second.
fn bake() -> Policy {
    Policy {
        bake_ms: 1000,
        ..Policy::default()
    }
}

fn under(policy: Policy, inputs: Vec<Input>) -> (Rollout, Vec<Effect>) {
    let queued = Rollout::promote("8", Some("7".into()), Some("7".into()), 4).under(policy);
    inputs
        .into_iter()
        .fold((queued, Vec::new()), |(rollout, _), input| {
            step(&rollout, input, 0)
        })
}

fn started() -> Input {
    Input::Started(Facts {
        target_ready: true,
        live: Some("7".into()),
    })
}

/// The router leads to `version` by a route that is newer than all that were asked for.
fn seen(version: &str) -> Input {
    seen_at(version, u64::MAX)
}

fn seen_at(version: &str, epoch: u64) -> Input {
    Input::RouteObserved {
        version: Some(version.into()),
        epoch,
    }
}

#[test]
fn a_healthy_version_becomes_live_and_the_old_one_drains() {
    let (rollout, effects) = after(vec![started(), Input::Healthy]);
    assert_eq!(
        effects,
        [Effect::Route {
            version: "8".into(),
            epoch: 5
        }]
    );
    let (rollout, effects) = step(&rollout, seen("8"), 10);
    let commit = Effect::Commit {
        live: "8".into(),
        previous: Some("7".into()),
    };
    let drain = Effect::Drain {
        version: "7".into(),
        deadline_ms: 10 + DRAINING_MS,
    };
    assert_eq!(effects, [commit, drain]);
    let (rollout, effects) = step(&rollout, Input::Drained, 20);
    assert_eq!((rollout.phase, effects.len()), (Phase::Succeeded, 0));
    assert_eq!(rollout.live.as_deref(), Some("8"));
}

#[test]
fn a_failed_check_leaves_the_live_version_untouched() {
    let (rollout, effects) = after(vec![started(), Input::Unhealthy("502".into())]);
    assert_eq!((rollout.phase, effects), (Phase::Failed, vec![]));
    assert_eq!(rollout.live.as_deref(), Some("7"));
}

fn approved() -> Input {
    Input::Approved { by: "ann".into() }
}

fn ended() -> Input {
    Input::Ended {
        by: "bob".into(),
        why: Some("the logo is upside down".into()),
    }
}

#[test]
fn a_check_that_nobody_can_read_asks_a_person() {
    let unclear = Input::Inconclusive("timed out".into());
    let (rollout, effects) = after(vec![started(), unclear.clone()]);
    assert_eq!((rollout.phase, effects), (Phase::Awaiting, vec![]));
    assert_eq!(rollout.error.as_deref(), Some("timed out"));
    assert_eq!(rollout.deadline_ms, None);
    // who approves has the health asked for again, and may know better than the check
    let asked = vec![started(), unclear.clone(), approved(), unclear];
    assert_eq!(after(asked).0.phase, Phase::Routing);
    let bad = Input::Unhealthy("502".into());
    let asked = vec![started(), Input::Inconclusive("?".into()), approved(), bad];
    assert_eq!(after(asked).0.phase, Phase::Failed);
}

#[test]
fn a_version_is_looked_at_as_closely_as_the_policy_says_before_it_goes_live_alone() {
    let policy = Policy {
        check_ms: 5000,
        bake_ms: 1000,
        ..Policy::default()
    };
    let version = || "8".to_owned();
    let closely = vec![Effect::Check { version: version() }];
    let (checking, effects) = under(policy, vec![started()]);
    assert_eq!(effects, closely);
    let deadline_ms = CHECKING_MS + 5000;
    assert_eq!(checking.deadline_ms, Some(deadline_ms));
    assert_eq!(step(&checking, Input::Restarted, 0).1, closely);
    // one that hangs asks a person, after whose yes it is looked at once more
    let (awaiting, _) = step(&checking, Input::Tick, deadline_ms);
    assert_eq!(awaiting.phase, Phase::Awaiting);
    assert_eq!(step(&awaiting, approved(), 0).1, closely);
    // on the way back nothing holds it up
    let (baking, _) = under(policy, vec![started(), Input::Healthy, seen("8")]);
    let (_, effects) = step(&baking, Input::Unhealthy("502".into()), 0);
    assert_eq!(
        effects,
        vec![Effect::CheckHealth {
            version: "7".into()
        }]
    );
    let plain = vec![Effect::CheckHealth { version: version() }];
    assert_eq!(under(Policy::default(), vec![started()]).1, plain);
}

#[test]
fn an_address_that_somebody_must_let_move_waits_for_that() {
    let policy = Policy {
        approval: Approval::Needed,
        ..Policy::default()
    };
    let (awaiting, effects) = under(policy, vec![started(), Input::Healthy]);
    assert_eq!((awaiting.phase, effects), (Phase::Awaiting, vec![]));
    assert_eq!(step(&awaiting, Input::Tick, i64::MAX).0, awaiting);
    assert_eq!(step(&awaiting, Input::Restarted, 0).0, awaiting);
    let (checking, _) = step(&awaiting, approved(), 0);
    let (routing, _) = step(&checking, Input::Healthy, 0);
    assert_eq!(routing.phase, Phase::Routing);
    assert_eq!(routing.approved_by.as_deref(), Some("ann"));
    let (cancelled, effects) = step(&awaiting, ended(), 0);
    assert_eq!((cancelled.phase, effects), (Phase::Cancelled, vec![]));
    let why = "bob ended it: the logo is upside down";
    assert_eq!(cancelled.error.as_deref(), Some(why));
}

#[test]
fn a_new_version_is_watched_before_the_old_one_is_drained() {
    let (baking, effects) = under(bake(), vec![started(), Input::Healthy, seen("8")]);
    let commit = Effect::Commit {
        live: "8".into(),
        previous: Some("7".into()),
    };
    let watch = Effect::Watch {
        version: "8".into(),
    };
    assert_eq!(effects, [commit, watch.clone()]);
    assert_eq!(baking.deadline_ms, Some(1000));
    let (same, effects) = step(&baking, Input::Restarted, 900);
    assert_eq!((same, effects), (baking.clone(), vec![watch]));
    let (longer, _) = step(&baking, Input::Prolonged { ms: 500 }, 900);
    assert_eq!(step(&longer, Input::Tick, 1400).0, longer);
    let (draining, effects) = step(&longer, Input::Tick, 1500);
    assert_eq!(draining.phase, Phase::Draining);
    let drain = Effect::Drain {
        version: "7".into(),
        deadline_ms: 1500 + DRAINING_MS,
    };
    assert_eq!(effects, [drain]);
    let (longer, effects) = step(&draining, Input::Prolonged { ms: 500 }, 1500);
    let later = Effect::Drain {
        version: "7".into(),
        deadline_ms: 2000 + DRAINING_MS,
    };
    assert_eq!(effects, [later]);
    assert_eq!(longer.phase, Phase::Draining);
}

#[test]
fn a_clock_that_is_set_ends_a_watch_no_sooner_and_drains_the_old_version_like_any_other() {
    const HOUR_MS: i64 = 3_600_000;
    let policy = Policy {
        retain_ms: 90_000,
        ..bake()
    };
    let (baking, _) = under(policy, vec![started(), Input::Healthy, seen("8")]);
    // back: the watch is not over until the clock says so again
    for now_ms in [-HOUR_MS, 0, 999] {
        let (same, effects) = step(&baking, Input::Tick, now_ms);
        assert_eq!((same, effects), (baking.clone(), vec![]), "at {now_ms}");
    }
    // ahead: the watch is over, and the old version has all its time to finish
    let (draining, effects) = step(&baking, Input::Tick, HOUR_MS);
    let deadline_ms = HOUR_MS + DRAINING_MS;
    let drain = Effect::Drain {
        version: "7".into(),
        deadline_ms,
    };
    assert_eq!(effects, std::slice::from_ref(&drain));
    assert_eq!(draining.live.as_deref(), Some("8"));
    // back again while it drains: a tick or a crash does not end it, nor touch the version
    assert_eq!(step(&draining, Input::Tick, 0), (draining.clone(), vec![]));
    let crashed = step(&draining, Input::Restarted, 0);
    assert_eq!(crashed, (draining.clone(), vec![drain]));
    let (ended, effects) = step(&draining, Input::Drained, 0);
    let kept = Effect::Retain {
        version: "7".into(),
        until_ms: 90_000,
    };
    assert_eq!((ended.phase, effects), (Phase::Succeeded, vec![kept]));
}

#[test]
fn a_version_that_turns_bad_or_is_not_wanted_goes_back_while_the_old_one_is_there() {
    let drains = vec![started(), Input::Healthy, seen("8")];
    for (policy, input) in [
        (bake(), Input::Unhealthy("500".into())),
        (bake(), ended()),
        (Policy::default(), ended()),
    ] {
        let (live, _) = under(policy, drains.clone());
        let (weighing, effects) = step(&live, input, 10);
        let old = Effect::CheckHealth {
            version: "7".into(),
        };
        assert_eq!((weighing.phase, effects), (Phase::Weighing, vec![old]));
        let (reverting, effects) = step(&weighing, Input::Healthy, 20);
        let route = Effect::Route {
            version: "7".into(),
            epoch: 6,
        };
        assert_eq!(effects, [route]);
        let (back, effects) = step(&reverting, seen_at("7", 6), 30);
        let commit = Effect::Commit {
            live: "7".into(),
            previous: Some("8".into()),
        };
        assert_eq!((back.phase, effects), (Phase::RolledBack, vec![commit]));
        assert_eq!(back.live.as_deref(), Some("7"));
    }
}

#[test]
fn a_dead_version_is_never_gone_back_to() {
    let bad = Input::Unhealthy("500".into());
    let inputs = vec![started(), Input::Healthy, seen("8"), bad.clone(), bad];
    let (rollout, effects) = under(bake(), inputs);
    assert_eq!((rollout.phase, effects), (Phase::NeedsAttention, vec![]));
    assert_eq!(rollout.live.as_deref(), Some("8"));
    let why = "500; the version before is no way back: 500";
    assert_eq!(rollout.error.as_deref(), Some(why));
}

#[test]
fn who_ends_it_while_the_address_moves_has_it_moved_back() {
    let (returning, effects) = after(vec![started(), Input::Healthy, ended()]);
    let route = Effect::Route {
        version: "7".into(),
        epoch: 6,
    };
    assert_eq!((returning.phase, effects), (Phase::Returning, vec![route]));
}

#[test]
fn going_back_that_a_crash_cut_short_is_done_again() {
    let inputs = vec![
        started(),
        Input::Healthy,
        seen("8"),
        ended(),
        Input::Healthy,
        Input::Restarted,
    ];
    let (reverting, effects) = under(bake(), inputs);
    let route = Effect::Route {
        version: "7".into(),
        epoch: 7,
    };
    assert_eq!((reverting.phase, effects), (Phase::Reverting, vec![route]));
}

#[test]
fn a_version_that_is_not_ready_is_not_even_checked() {
    let facts = Facts {
        target_ready: false,
        live: Some("7".into()),
    };
    let (rollout, effects) = after(vec![Input::Started(facts)]);
    assert_eq!(effects, []);
    assert_eq!(rollout.error.as_deref(), Some("version 8 is not ready"));
}

#[test]
fn another_live_version_than_the_asker_saw_is_refused() {
    let facts = Facts {
        target_ready: true,
        live: Some("6".into()),
    };
    let (rollout, effects) = after(vec![Input::Started(facts)]);
    assert_eq!((rollout.phase, effects), (Phase::Failed, vec![]));
}

#[test]
fn the_first_version_becomes_live_without_draining() {
    let queued = Rollout::promote("7", None, None, 0);
    let facts = Facts {
        target_ready: true,
        live: None,
    };
    let (rollout, _) = step(&queued, Input::Started(facts), 0);
    let (rollout, _) = step(&rollout, Input::Healthy, 0);
    let (rollout, effects) = step(&rollout, seen("7"), 0);
    assert_eq!(
        effects,
        [Effect::Commit {
            live: "7".into(),
            previous: None
        }]
    );
    assert_eq!(rollout.phase, Phase::Succeeded);
}

#[test]
fn a_crash_while_switching_asks_the_router_before_anything_else() {
    let (_, effects) = after(vec![started(), Input::Healthy, Input::Restarted]);
    assert_eq!(effects, [Effect::ObserveRoute]);
}

#[test]
fn after_a_crash_a_healthy_new_version_goes_forward_by_a_newer_route() {
    for observed in ["7", "8"] {
        let crashed = vec![started(), Input::Healthy, Input::Restarted, seen(observed)];
        let (rollout, effects) = after([crashed, vec![Input::Healthy]].concat());
        assert_eq!(
            effects,
            [Effect::Route {
                version: "8".into(),
                epoch: 6
            }]
        );
        let (rollout, _) = step(&rollout, seen_at("8", 6), 0);
        assert_eq!(
            (rollout.phase, rollout.live.as_deref()),
            (Phase::Draining, Some("8"))
        );
    }
}

#[test]
fn after_a_crash_an_unhealthy_new_version_goes_back_by_a_newer_route() {
    for observed in ["7", "8"] {
        let crashed = vec![started(), Input::Healthy, Input::Restarted, seen(observed)];
        let (rollout, effects) = after([crashed, vec![Input::Unhealthy("502".into())]].concat());
        assert_eq!(
            effects,
            [Effect::Route {
                version: "7".into(),
                epoch: 6
            }]
        );
        let (rollout, _) = step(&rollout, seen_at("7", 6), 0);
        assert_eq!(
            (rollout.phase, rollout.live.as_deref()),
            (Phase::Failed, Some("7"))
        );
        assert_eq!(rollout.error.as_deref(), Some("502"));
    }
}

#[test]
fn an_observation_older_than_the_route_commits_nothing() {
    let (routing, _) = after(vec![started(), Input::Healthy]);
    assert_eq!(
        step(&routing, seen_at("8", 4), 0),
        (routing.clone(), vec![])
    );
}

#[test]
fn a_refused_route_fails_with_the_old_version_live() {
    let (routing, _) = after(vec![started(), Input::Healthy]);
    let refused = Input::RouteRefused {
        epoch: 5,
        why: "the router is full".into(),
    };
    let (returning, effects) = step(&routing, refused, 0);
    assert_eq!(
        effects,
        [Effect::Route {
            version: "7".into(),
            epoch: 6
        }]
    );
    let (rollout, _) = step(&returning, seen_at("7", 6), 0);
    assert_eq!(
        (rollout.phase, rollout.live.as_deref()),
        (Phase::Failed, Some("7"))
    );
}

#[test]
fn a_version_that_nobody_asked_for_at_the_address_is_shown_to_a_person() {
    let (rollout, effects) = after(vec![started(), Input::Healthy, Input::Restarted, seen("6")]);
    assert_eq!((rollout.phase, effects), (Phase::NeedsAttention, vec![]));
}

#[test]
fn a_first_version_that_turns_bad_has_nothing_to_go_back_to() {
    let queued = Rollout::promote("7", None, None, 0);
    let facts = Facts {
        target_ready: true,
        live: None,
    };
    let bad = Input::Unhealthy("502".into());
    let inputs = [
        Input::Started(facts),
        Input::Healthy,
        Input::Restarted,
        seen("7"),
        bad,
    ];
    let rollout = inputs
        .into_iter()
        .fold(queued, |rollout, input| step(&rollout, input, 0).0);
    assert_eq!(rollout.phase, Phase::NeedsAttention);
}

#[test]
fn a_route_that_nobody_observes_is_asked_for_and_then_shown_to_a_person() {
    let (routing, _) = after(vec![started(), Input::Healthy]);
    let (early, effects) = step(&routing, Input::Tick, SWITCHING_MS - 1);
    assert_eq!((early, effects), (routing.clone(), vec![]));
    let (observing, effects) = step(&routing, Input::Tick, SWITCHING_MS);
    assert_eq!(effects, [Effect::ObserveRoute]);
    let (rollout, _) = step(&observing, Input::Tick, 2 * SWITCHING_MS);
    assert_eq!(rollout.phase, Phase::NeedsAttention);
}

#[test]
fn draining_ends_at_its_deadline_and_goes_on_after_a_crash() {
    let (draining, _) = after(vec![started(), Input::Healthy, seen("8")]);
    let (same, effects) = step(&draining, Input::Restarted, 5);
    assert_eq!(
        effects,
        [Effect::Drain {
            version: "7".into(),
            deadline_ms: DRAINING_MS
        }]
    );
    let (rollout, _) = step(&same, Input::Tick, DRAINING_MS);
    assert_eq!(rollout.phase, Phase::Succeeded);
}

#[test]
fn an_input_out_of_turn_changes_nothing() {
    let (failed, _) = after(vec![started(), Input::Unhealthy("502".into())]);
    for input in [
        started(),
        Input::Healthy,
        seen("8"),
        Input::Drained,
        Input::Restarted,
    ] {
        assert_eq!(step(&failed, input, i64::MAX), (failed.clone(), vec![]));
    }
}

#[test]
fn commands_that_move_the_address_have_their_time() {
    let policy = Policy {
        switch_ms: 60_000,
        ..Policy::default()
    };
    let (routing, _) = under(policy, vec![started(), Input::Healthy]);
    assert_eq!(routing.deadline_ms, Some(SWITCHING_MS + 60_000));
    let (same, _) = step(&routing, Input::Tick, SWITCHING_MS + 59_999);
    assert_eq!(same, routing);
    let (observing, effects) = step(&routing, Input::Restarted, 5);
    assert_eq!(effects, [Effect::ObserveRoute]);
    assert_eq!(observing.deadline_ms, Some(SWITCHING_MS + 60_005));
}

#[test]
fn a_drained_version_is_kept_for_as_long_as_the_policy_says() {
    let policy = Policy {
        retain_ms: 90_000,
        ..Policy::default()
    };
    let to_drain = vec![started(), Input::Healthy, seen("8")];
    let kept = |now_ms| {
        [Effect::Retain {
            version: "7".into(),
            until_ms: now_ms + 90_000,
        }]
    };
    let (draining, _) = under(policy, to_drain.clone());
    let (ended, effects) = step(&draining, Input::Drained, 20);
    assert_eq!(ended.phase, Phase::Succeeded);
    assert_eq!(effects, kept(20));
    let (ended, effects) = step(&draining, Input::Tick, DRAINING_MS);
    assert_eq!(ended.phase, Phase::Succeeded);
    assert_eq!(effects, kept(DRAINING_MS));

    // until somebody destroys it
    let (draining, _) = after(to_drain);
    assert_eq!(step(&draining, Input::Drained, 20).1, []);
    // a version that the address went back from is there to be looked at
    let watched = Policy {
        bake_ms: 1000,
        ..policy
    };
    let back = vec![
        started(),
        Input::Healthy,
        seen("8"),
        Input::Unhealthy("502".into()),
        Input::Healthy,
        seen("7"),
    ];
    let (back, effects) = under(watched, back);
    assert_eq!(back.phase, Phase::RolledBack);
    assert!(matches!(effects[..], [Effect::Commit { .. }]));
}
