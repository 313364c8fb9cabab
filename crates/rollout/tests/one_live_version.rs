//! Whatever happens in whatever order, exactly one version is live.

use proptest::prelude::*;
use rollout::{Approval, Effect, Facts, Input, Phase, Policy, Rollout, step};

/// A router, a store and the effects that wait for somebody to carry them out.
struct World {
    rollout: Rollout,
    stored: String,
    routed: String,
    newest: u64,
    waiting: Vec<Effect>,
    now_ms: i64,
}

#[derive(Debug, Clone, Copy)]
enum Event {
    /// One of the waiting effects is carried out, not always the oldest.
    CarryOut {
        place: usize,
        healthy: bool,
        router_refuses: bool,
    },
    CrashBefore,
    CrashAfterRouting,
    Minute,
    /// The clock is set to another time, and nobody is told.
    Leap {
        ms: i64,
    },
    Approve,
    End,
    Prolong,
}

impl World {
    fn new(policy: Policy) -> Self {
        let rollout = Rollout::promote("new", Some("old".into()), Some("old".into()), 0);
        let rollout = rollout.under(policy);
        let (stored, routed) = ("old".to_owned(), "old".to_owned());
        let mut world = Self {
            rollout,
            stored,
            routed,
            newest: 0,
            waiting: vec![],
            now_ms: 0,
        };
        world.feed(Input::Started(Facts {
            target_ready: true,
            live: Some("old".into()),
        }));
        world
    }

    fn feed(&mut self, input: Input) {
        let (rollout, effects) = step(&self.rollout, input, self.now_ms);
        for effect in &effects {
            match effect {
                // a commit is stored together with the state
                Effect::Commit { live, .. } => self.stored.clone_from(live),
                Effect::Drain { version, .. } => {
                    assert_ne!(
                        *version, self.stored,
                        "it is to be drained before the commit"
                    );
                }
                _ => {}
            }
        }
        if rollout.phase != self.rollout.phase {
            // what was asked for by a phase that is over is let go of; a route may be on its way
            self.waiting
                .retain(|effect| matches!(effect, Effect::Route { .. }));
        }
        self.rollout = rollout;
        self.waiting.extend(effects);
    }

    fn route(&mut self, version: &str, epoch: u64) {
        if epoch >= self.newest {
            (self.newest, self.routed) = (epoch, version.to_owned());
        }
    }

    fn apply(&mut self, event: Event) {
        match event {
            Event::CarryOut {
                place,
                healthy,
                router_refuses,
            } => self.carry_out(place, healthy, router_refuses),
            Event::CrashBefore => self.restart(),
            Event::CrashAfterRouting => {
                if let Some(Effect::Route { version, epoch }) = self.waiting.first().cloned() {
                    self.route(&version, epoch);
                }
                self.restart();
            }
            Event::Minute => {
                self.now_ms += 60_000;
                self.feed(Input::Tick);
            }
            Event::Leap { ms } => self.now_ms += ms,
            Event::Approve => self.feed(Input::Approved { by: "me".into() }),
            Event::End => self.feed(Input::Ended {
                by: "me".into(),
                why: None,
            }),
            Event::Prolong => self.feed(Input::Prolonged { ms: 30_000 }),
        }
    }

    fn restart(&mut self) {
        self.waiting.clear();
        self.feed(Input::Restarted);
    }

    fn carry_out(&mut self, place: usize, healthy: bool, router_refuses: bool) {
        if self.waiting.is_empty() {
            return;
        }
        match self.waiting.remove(place % self.waiting.len()) {
            Effect::CheckHealth { .. } | Effect::Check { .. } if healthy => {
                self.feed(Input::Healthy)
            }
            Effect::CheckHealth { .. } | Effect::Check { .. } if router_refuses => {
                self.feed(Input::Inconclusive("nobody knows".into()));
            }
            Effect::CheckHealth { .. } | Effect::Check { .. } => {
                self.feed(Input::Unhealthy("502".into()))
            }
            Effect::Watch { .. } if healthy => {}
            Effect::Watch { version } => {
                assert_eq!(version, "new");
                self.feed(Input::Unhealthy("500".into()));
            }
            Effect::Route { epoch, .. } if router_refuses => {
                self.feed(Input::RouteRefused {
                    epoch,
                    why: "refused".into(),
                });
            }
            Effect::Route { version, epoch } => {
                self.route(&version, epoch);
                self.feed_route();
            }
            Effect::ObserveRoute => self.feed_route(),
            Effect::Drain { version, .. } => {
                assert_ne!(
                    version, self.routed,
                    "the version with the traffic was drained"
                );
                self.feed(Input::Drained);
            }
            Effect::Commit { .. } | Effect::Retain { .. } => {}
        }
    }

    fn feed_route(&mut self) {
        let (version, epoch) = (Some(self.routed.clone()), self.newest);
        self.feed(Input::RouteObserved { version, epoch });
    }

    fn check(&self) {
        assert_eq!(self.rollout.live.as_deref(), Some(self.stored.as_str()));
        match self.rollout.phase {
            Phase::Queued
            | Phase::Checking
            | Phase::Awaiting
            | Phase::Failed
            | Phase::Cancelled
            | Phase::RolledBack => {
                assert_eq!((self.routed.as_str(), self.stored.as_str()), ("old", "old"));
            }
            Phase::Baking | Phase::Weighing | Phase::Draining | Phase::Succeeded => {
                assert_eq!((self.routed.as_str(), self.stored.as_str()), ("new", "new"));
            }
            Phase::Reverting => assert_eq!(self.stored, "new"),
            Phase::Routing | Phase::Observing | Phase::Deciding | Phase::Returning => {
                assert_eq!(self.stored, "old");
            }
            // whatever is not known is not written
            Phase::NeedsAttention => {}
        }
        if self.rollout.policy.approval == Approval::Needed && self.rollout.approved_by.is_none() {
            assert_eq!(self.routed, "old", "nobody let it move the address");
        }
    }
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (0usize..8, any::<bool>(), prop::bool::weighted(0.2))
            .prop_map(|(place, healthy, router_refuses)| {
                Event::CarryOut { place, healthy, router_refuses }
            }),
        1 => Just(Event::CrashBefore),
        1 => Just(Event::CrashAfterRouting),
        1 => Just(Event::Minute),
        1 => Just(Event::Approve),
        1 => Just(Event::End),
        1 => Just(Event::Prolong),
    ]
}

/// What may happen while the clock is set an hour forward or back at any moment.
fn event_or_leap() -> impl Strategy<Value = Event> {
    const HOUR_MS: i64 = 3_600_000;
    let leap = (-HOUR_MS..=HOUR_MS).prop_map(|ms| Event::Leap { ms });
    prop_oneof![3 => event(), 1 => leap]
}

fn policy() -> impl Strategy<Value = Policy> {
    let ms = || prop_oneof![Just(0), Just(90_000)];
    let all = (any::<bool>(), ms(), ms(), ms(), ms());
    all.prop_map(|(asks, bake_ms, check_ms, switch_ms, retain_ms)| Policy {
        approval: if asks {
            Approval::Needed
        } else {
            Approval::Automatic
        },
        bake_ms,
        drain_ms: 30_000,
        check_ms,
        switch_ms,
        retain_ms,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn exactly_one_version_is_live_whatever_happens(
        policy in policy(),
        events in prop::collection::vec(event(), 0..60),
    ) {
        let mut world = World::new(policy);
        for event in events {
            world.apply(event);
            world.check();
        }
    }

    #[test]
    fn exactly_one_version_is_live_whatever_the_clock_says(
        policy in policy(),
        events in prop::collection::vec(event_or_leap(), 0..80),
    ) {
        let mut world = World::new(policy);
        for event in events {
            world.apply(event);
            world.check();
        }
    }

    #[test]
    fn a_rollout_ends_by_itself_once_crashes_stop_or_waits_for_a_person(
        policy in policy(),
        events in prop::collection::vec(event(), 0..20),
    ) {
        let mut world = World::new(policy);
        for event in events {
            world.apply(event);
        }
        for _ in 0..40 {
            world.apply(Event::CarryOut { place: 0, healthy: true, router_refuses: false });
            world.apply(Event::Minute);
            world.check();
        }
        let waits = world.rollout.phase == Phase::Awaiting;
        prop_assert!(waits || world.rollout.state().is_final(), "{:?}", world.rollout);
        if waits {
            world.apply(Event::End);
            prop_assert_eq!(world.rollout.phase, Phase::Cancelled);
            world.check();
        }
    }
}
