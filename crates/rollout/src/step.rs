//! The transitions.

use crate::{Approval, Effect, Facts, Input, Phase, Rollout};

/// A check that takes longer than this is inconclusive.
pub const CHECKING_MS: i64 = 60_000;
/// A route that is not observed after this, and the time of its commands, is asked for.
pub const SWITCHING_MS: i64 = 10_000;
/// Requests that the old version accepted may take this long, unless a policy says otherwise.
pub const DRAINING_MS: i64 = 30_000;
/// A person must look once this many routes were not observed in time.
const LOST_ROUTES: u32 = 3;
const SLOW_CHECK: &str = "the check took too long";

type Next = (Rollout, Vec<Effect>);

/// What becomes of `rollout` by `input` at `now_ms`, and what is to be done.
///
/// An input that means nothing in the present phase changes nothing; so does an observation that
/// is older than the route that is waited for.
#[rustfmt::skip]
pub fn step(rollout: &Rollout, input: Input, now_ms: i64) -> Next {
    let r = rollout.clone();
    let late = r.deadline_ms.is_some_and(|deadline| now_ms >= deadline);
    let wanted = r.epoch;
    match (r.phase, input) {
        (Phase::Queued, Input::Started(facts))                          => start(r, facts, now_ms),

        (Phase::Checking, Input::Healthy) if asks(&r)                   => ask(r, None),
        (Phase::Checking, Input::Healthy)                               => forward(r, now_ms),
        (Phase::Checking, Input::Unhealthy(why))                        => fail(r, why),
        (Phase::Checking, Input::Inconclusive(_)) if r.approved_by.is_some() => forward(r, now_ms),
        (Phase::Checking, Input::Inconclusive(why))                     => ask(r, Some(why)),
        (Phase::Checking, Input::Tick) if late                          => ask(r, Some(SLOW_CHECK.into())),
        (Phase::Checking, Input::Restarted)                             => examine(r, now_ms),

        (Phase::Awaiting, Input::Approved { by })                       => approve(r, by, now_ms),

        (Phase::Queued | Phase::Checking | Phase::Awaiting, Input::Ended { by, why }) => cancel(r, &by, why),
        (Phase::Routing | Phase::Observing | Phase::Deciding, Input::Ended { by, why }) => back(r, ended(&by, why), now_ms),
        (Phase::Baking | Phase::Draining, Input::Ended { by, why })     => weigh(r, ended(&by, why), now_ms),

        (Phase::Routing, Input::RouteObserved { version, epoch }) if epoch >= wanted => arrive(r, version, now_ms),
        (Phase::Routing, Input::RouteRefused { epoch, why }) if epoch == wanted      => back(r, why, now_ms),
        (Phase::Routing, Input::Tick) if late                           => lose(r, now_ms),
        (Phase::Routing, Input::Restarted)                              => observe(r, now_ms),

        (Phase::Observing, Input::RouteObserved { version, .. })        => decide(r, version, now_ms),
        (Phase::Observing, Input::Tick) if late                         => attend(r, "nobody can say where the address leads".into()),
        (Phase::Observing, Input::Restarted)                            => observe(r, now_ms),

        (Phase::Deciding, Input::Healthy)                               => forward(r, now_ms),
        (Phase::Deciding, Input::Unhealthy(why))                        => back(r, why, now_ms),
        (Phase::Deciding, Input::Inconclusive(why))                     => back(r, why, now_ms),
        (Phase::Deciding, Input::Tick) if late                          => back(r, SLOW_CHECK.into(), now_ms),
        (Phase::Deciding, Input::Restarted)                             => observe(r, now_ms),

        (Phase::Returning, Input::RouteObserved { version, epoch }) if epoch >= wanted => returned(r, version),
        (Phase::Returning, Input::RouteRefused { epoch, why }) if epoch == wanted      => attend(r, why),
        (Phase::Returning, Input::Tick) if late                         => lose(r, now_ms),
        (Phase::Returning, Input::Restarted)                            => observe(r, now_ms),

        (Phase::Baking, Input::Unhealthy(why))                          => weigh(r, why, now_ms),
        (Phase::Baking, Input::Tick) if late                            => drain(r, now_ms),
        (Phase::Baking, Input::Restarted)                               => watch(r),
        (Phase::Baking, Input::Prolonged { ms })                        => (prolong(r, ms), Vec::new()),
        // who is asked to go is asked later
        (Phase::Draining, Input::Prolonged { ms })                      => drain_again(prolong(r, ms)),

        (Phase::Weighing, Input::Healthy)                               => revert(r, now_ms),
        (Phase::Weighing, Input::Unhealthy(why))                        => stay(r, why),
        (Phase::Weighing, Input::Inconclusive(why))                     => stay(r, why),
        (Phase::Weighing, Input::Tick) if late                          => stay(r, SLOW_CHECK.into()),
        (Phase::Weighing, Input::Restarted)                             => weigh_again(r, now_ms),

        (Phase::Reverting, Input::RouteObserved { version, epoch }) if epoch >= wanted => reverted(r, version),
        (Phase::Reverting, Input::RouteRefused { epoch, why }) if epoch == wanted      => attend(r, why),
        (Phase::Reverting, Input::Tick) if late                         => revert_again(r, now_ms),
        (Phase::Reverting, Input::Restarted)                            => revert(r, now_ms),

        (Phase::Draining, Input::Drained)                               => retain(r, now_ms),
        (Phase::Draining, Input::Tick) if late                          => retain(r, now_ms),
        (Phase::Draining, Input::Restarted)                             => drain_again(r),

        (_, _)                                                          => (r, Vec::new()),
    }
}

/// The first guard: the target is whole, and the live version is the one that the asker saw.
fn start(rollout: Rollout, facts: Facts, now_ms: i64) -> Next {
    let rollout = Rollout {
        live: facts.live,
        ..rollout
    };
    if !facts.target_ready {
        let why = format!("version {} is not ready", rollout.target);
        return fail(rollout, why);
    }
    if rollout.live != rollout.expected_live {
        let live = rollout.live.as_deref().unwrap_or("no version");
        let why = format!("{live} is live now, which is not what was expected");
        return fail(rollout, why);
    }
    if rollout.live.as_ref() == Some(&rollout.target) {
        let why = format!("version {} is live already", rollout.target);
        return fail(rollout, why);
    }
    examine(rollout, now_ms)
}

/// Whether somebody must be asked who was not.
fn asks(rollout: &Rollout) -> bool {
    rollout.policy.approval != Approval::Automatic && rollout.approved_by.is_none()
}

/// Waits for a person, for as long as that takes.
fn ask(rollout: Rollout, why: Option<String>) -> Next {
    let rollout = Rollout {
        error: why,
        ..rollout
    };
    end(rollout, Phase::Awaiting)
}

/// The version's health may have changed since it was asked for.
fn approve(rollout: Rollout, by: String, now_ms: i64) -> Next {
    let rollout = Rollout {
        approved_by: Some(by),
        error: None,
        ..rollout
    };
    examine(rollout, now_ms)
}

fn ended(by: &str, why: Option<String>) -> String {
    match why {
        Some(why) => format!("{by} ended it: {why}"),
        None => format!("{by} ended it"),
    }
}

fn cancel(rollout: Rollout, by: &str, why: Option<String>) -> Next {
    let rollout = Rollout {
        error: Some(ended(by, why)),
        ..rollout
    };
    end(rollout, Phase::Cancelled)
}

/// Before a version goes live it is looked at as closely as the policy says.
fn examine(rollout: Rollout, now_ms: i64) -> Next {
    if rollout.policy.check_ms == 0 {
        return check(rollout, Phase::Checking, now_ms);
    }
    let effect = Effect::Check {
        version: rollout.target.clone(),
    };
    let longest = CHECKING_MS.saturating_add(rollout.policy.check_ms);
    let deadline_ms = now_ms.saturating_add(longest);
    (at(rollout, Phase::Checking, deadline_ms), vec![effect])
}

fn check(rollout: Rollout, phase: Phase, now_ms: i64) -> Next {
    let effect = Effect::CheckHealth {
        version: rollout.target.clone(),
    };
    (at(rollout, phase, now_ms + CHECKING_MS), vec![effect])
}

fn forward(rollout: Rollout, now_ms: i64) -> Next {
    let target = rollout.target.clone();
    route(rollout, Phase::Routing, target, now_ms)
}

fn route(mut rollout: Rollout, phase: Phase, version: String, now_ms: i64) -> Next {
    rollout.epoch += 1;
    let effect = Effect::Route {
        version,
        epoch: rollout.epoch,
    };
    (switching(rollout, phase, now_ms), vec![effect])
}

/// Whatever leads the address has its time, and then some for the answer.
fn switching(rollout: Rollout, phase: Phase, now_ms: i64) -> Rollout {
    let longest = SWITCHING_MS.saturating_add(rollout.policy.switch_ms);
    let deadline_ms = now_ms.saturating_add(longest);
    at(rollout, phase, deadline_ms)
}

fn arrive(rollout: Rollout, observed: Option<String>, now_ms: i64) -> Next {
    if observed.as_ref() == Some(&rollout.target) {
        return commit(rollout, now_ms);
    }
    stray(rollout, observed)
}

/// The address was seen to lead to the target, so the target is live.
fn commit(mut rollout: Rollout, now_ms: i64) -> Next {
    let target = rollout.target.clone();
    rollout.previous = rollout.live.replace(target.clone());
    rollout.error = None;
    let old = rollout.previous.clone();
    let commit = Effect::Commit {
        live: target,
        previous: old.clone(),
    };
    if old.is_none() {
        let (rollout, _) = end(rollout, Phase::Succeeded);
        return (rollout, vec![commit]);
    }
    let (rollout, then) = if rollout.policy.bake_ms > 0 {
        let deadline_ms = now_ms.saturating_add(rollout.policy.bake_ms);
        watch(at(rollout, Phase::Baking, deadline_ms))
    } else {
        drain(rollout, now_ms)
    };
    (rollout, [vec![commit], then].concat())
}

/// Has the target's health asked for until the phase ends.
fn watch(rollout: Rollout) -> Next {
    let effect = Effect::Watch {
        version: rollout.target.clone(),
    };
    (rollout, vec![effect])
}

fn drain(rollout: Rollout, now_ms: i64) -> Next {
    let Some(version) = rollout.previous.clone() else {
        return end(rollout, Phase::Succeeded);
    };
    let deadline_ms = now_ms.saturating_add(rollout.policy.drain_ms);
    let drain = Effect::Drain {
        version,
        deadline_ms,
    };
    (at(rollout, Phase::Draining, deadline_ms), vec![drain])
}

/// The target is live and the old version idle: it is a warm way back for as long as the policy says.
fn retain(rollout: Rollout, now_ms: i64) -> Next {
    let (rollout, _) = end(rollout, Phase::Succeeded);
    let retain = match &rollout.previous {
        Some(version) if rollout.policy.retain_ms > 0 => vec![Effect::Retain {
            version: version.clone(),
            until_ms: now_ms.saturating_add(rollout.policy.retain_ms),
        }],
        _ => Vec::new(),
    };
    (rollout, retain)
}

fn prolong(mut rollout: Rollout, ms: i64) -> Rollout {
    rollout.deadline_ms = rollout
        .deadline_ms
        .map(|deadline| deadline.saturating_add(ms.max(0)));
    rollout
}

/// The version before may be no better: it is asked before the address goes back to it.
fn weigh(rollout: Rollout, why: String, now_ms: i64) -> Next {
    let rollout = Rollout {
        error: Some(why),
        ..rollout
    };
    weigh_again(rollout, now_ms)
}

fn weigh_again(rollout: Rollout, now_ms: i64) -> Next {
    let Some(version) = rollout.previous.clone() else {
        let why = rollout.error.clone().unwrap_or_default();
        return attend(
            rollout,
            format!("{why}, and there is no version to go back to"),
        );
    };
    let effect = Effect::CheckHealth { version };
    (
        at(rollout, Phase::Weighing, now_ms + CHECKING_MS),
        vec![effect],
    )
}

/// Neither version is known to be well: the address stays where it is, and nothing is touched.
fn stay(rollout: Rollout, of_old: String) -> Next {
    let why = rollout.error.clone().unwrap_or_default();
    attend(
        rollout,
        format!("{why}; the version before is no way back: {of_old}"),
    )
}

fn revert(rollout: Rollout, now_ms: i64) -> Next {
    match rollout.previous.clone() {
        Some(version) => route(rollout, Phase::Reverting, version, now_ms),
        None => stay(rollout, "there is none".into()),
    }
}

/// Nobody observed the route in time; a newer one is as good as an answer.
fn revert_again(mut rollout: Rollout, now_ms: i64) -> Next {
    rollout.lost_routes += 1;
    if rollout.lost_routes >= LOST_ROUTES {
        return attend(rollout, "the router does not answer".into());
    }
    revert(rollout, now_ms)
}

/// The address was seen to lead to the version before, so that is live again.
fn reverted(mut rollout: Rollout, observed: Option<String>) -> Next {
    if observed != rollout.previous {
        return stray(rollout, observed);
    }
    let Some(old) = rollout.previous.take() else {
        return stray(rollout, observed);
    };
    rollout.previous = rollout.live.replace(old.clone());
    let commit = Effect::Commit {
        live: old,
        previous: rollout.previous.clone(),
    };
    let (rollout, _) = end(rollout, Phase::RolledBack);
    (rollout, vec![commit])
}

fn observe(rollout: Rollout, now_ms: i64) -> Next {
    (
        switching(rollout, Phase::Observing, now_ms),
        vec![Effect::ObserveRoute],
    )
}

/// The route was not observed in time: it may or may not have been taken, or be taken later.
fn lose(mut rollout: Rollout, now_ms: i64) -> Next {
    rollout.lost_routes += 1;
    if rollout.lost_routes >= LOST_ROUTES {
        return attend(rollout, "the router does not answer".into());
    }
    observe(rollout, now_ms)
}

fn decide(rollout: Rollout, observed: Option<String>, now_ms: i64) -> Next {
    if observed == rollout.live || observed.as_ref() == Some(&rollout.target) {
        return check(rollout, Phase::Deciding, now_ms);
    }
    stray(rollout, observed)
}

/// Routes to the live version even if the address leads there: the newer number keeps a route
/// that is still under way from being taken later.
fn back(mut rollout: Rollout, why: String, now_ms: i64) -> Next {
    let Some(live) = rollout.live.clone() else {
        return attend(
            rollout,
            format!("{why}, and there is no version to go back to"),
        );
    };
    rollout.error = Some(why);
    route(rollout, Phase::Returning, live, now_ms)
}

fn returned(rollout: Rollout, observed: Option<String>) -> Next {
    if observed != rollout.live {
        return stray(rollout, observed);
    }
    let why = rollout.error.clone().unwrap_or_default();
    fail(rollout, why)
}

fn stray(rollout: Rollout, observed: Option<String>) -> Next {
    let observed = observed.unwrap_or_else(|| "no version".into());
    attend(
        rollout,
        format!("the address leads to {observed}, which nobody asked for"),
    )
}

fn drain_again(rollout: Rollout) -> Next {
    match (rollout.previous.clone(), rollout.deadline_ms) {
        (Some(version), Some(deadline_ms)) => (
            rollout,
            vec![Effect::Drain {
                version,
                deadline_ms,
            }],
        ),
        _ => end(rollout, Phase::Succeeded),
    }
}

fn fail(rollout: Rollout, why: String) -> Next {
    end(
        Rollout {
            error: Some(why),
            ..rollout
        },
        Phase::Failed,
    )
}

fn attend(rollout: Rollout, why: String) -> Next {
    end(
        Rollout {
            error: Some(why),
            ..rollout
        },
        Phase::NeedsAttention,
    )
}

fn end(rollout: Rollout, phase: Phase) -> Next {
    (
        Rollout {
            phase,
            deadline_ms: None,
            ..rollout
        },
        Vec::new(),
    )
}

fn at(rollout: Rollout, phase: Phase, deadline_ms: i64) -> Rollout {
    Rollout {
        phase,
        deadline_ms: Some(deadline_ms),
        ..rollout
    }
}
