//! Whoever crashes, and whoever goes on after another took its place, nothing that has the traffic is
//! destroyed.
//!
//! Every order of what may happen is gone through, breadth first, so that a harm is found by its
//! shortest way. A controller that lost the lease, a zombie, goes on with what it has in memory.
//! Store, router and destruction check what those of the backend check, but all controllers share
//! one router, which outlives them.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{Hash, Hasher},
    mem,
    rc::Rc,
};

use rollout::{Approval, Effect, Facts, Input, Phase, Policy, Rollout, step};

const OLD: &str = "old";
const NEW: &str = "new";
/// When every phase that may take too long has; all else happens before.
const DUE: i64 = 1;

type Name = &'static str;

/// What keeps controllers out of each other's way; a test may go without some of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guard {
    /// The router refuses a route that is older than the newest that it has taken.
    Fence,
    /// The store writes only what the controller that came last decides.
    Lease,
    /// The store commits only a route that is newer than the one that it has.
    Swap,
    /// A version is not destroyed while the address is moved to or from it.
    Move,
    /// A drain reaches only what came through the controller's own process, and a zombie serves none.
    OwnTraffic,
    /// Once a rollout needs attention, nothing is done to its application.
    Attention,
    /// A version that the router leads to is not destroyed.
    Asked,
    /// A route that is under way is let go of once its rollout has ended.
    Ended,
}

/// What must never be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Harm {
    DestroyedIsRouted,
    DestroyedIsLive,
    RoutedIsDrained,
    /// The rollout is where the address is not moved, and that leads elsewhere than the store says.
    RoutedElsewhere,
    /// The rollout and the application do not say the same about which version is live.
    TwoAreLive,
    /// The controller that has the lease can't commit what the router took.
    CommitIsRefused,
    /// The rollout can't end any more, although another controller may come.
    Stuck,
}

/// A rollout as far as it matters to what comes next: its words do not, and of a deadline only
/// whether it has passed, which it may at any time.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Standing(Rc<Rollout>);

impl Standing {
    fn of(rollout: Rollout) -> Self {
        Self(Rc::new(Rollout {
            error: None,
            deadline_ms: rollout.deadline_ms.map(|_| DUE),
            ..rollout
        }))
    }

    fn is_final(&self) -> bool {
        self.0.state().is_final()
    }
}

impl Hash for Standing {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0.phase as u8, self.0.epoch, self.0.lost_routes).hash(state);
    }
}

/// What a controller asked for and is not done, or what it was answered and has not heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Deed {
    /// The rollout begins, or goes on after a take-over.
    Begin,
    Check(Name),
    Watch,
    /// Its version's endpoint is known: it was looked up when the version was still there.
    Route {
        rollout: u8,
        epoch: u64,
        version: Name,
    },
    Observe,
    Observed {
        epoch: u64,
        version: Name,
        /// Whether a later phase hears it too, as it does of a route.
        outlasts: bool,
    },
    Refused(u64),
    Drain(Name),
    Destroy(Name),
}

impl Deed {
    /// What is to be done for an effect; a commit is stored together with the rollout.
    fn of(effect: &Effect, rollout: u8) -> Option<Self> {
        match effect {
            Effect::CheckHealth { version } | Effect::Check { version } => {
                Some(Self::Check(name(version)))
            }
            Effect::Watch { .. } => Some(Self::Watch),
            Effect::Route { version, epoch } => Some(Self::Route {
                rollout,
                epoch: *epoch,
                version: name(version),
            }),
            Effect::ObserveRoute => Some(Self::Observe),
            Effect::Commit { .. } | Effect::Retain { .. } => None,
            Effect::Drain { version, .. } => Some(Self::Drain(name(version))),
        }
    }

    fn outlasts_its_phase(self) -> bool {
        match self {
            Self::Route { .. } | Self::Refused(_) | Self::Destroy(_) => true,
            Self::Observed { outlasts, .. } => outlasts,
            Self::Begin | Self::Check(_) | Self::Watch | Self::Observe | Self::Drain(_) => false,
        }
    }

    fn outlasts_its_rollout(self) -> bool {
        matches!(self, Self::Route { .. } | Self::Destroy(_))
    }

    fn lucks(self) -> &'static [Luck] {
        match self {
            Self::Check(_) => &[Luck::Good, Luck::Bad, Luck::Unknown],
            Self::Route { .. } => &[Luck::Good, Luck::Bad],
            Self::Watch => &[Luck::Bad],
            Self::Begin
            | Self::Observe
            | Self::Observed { .. }
            | Self::Refused(_)
            | Self::Drain(_)
            | Self::Destroy(_) => &[Luck::Good],
        }
    }
}

fn name(version: &str) -> Name {
    if version == OLD { OLD } else { NEW }
}

/// How something goes that may go several ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Luck {
    Good,
    Bad,
    Unknown,
}

/// A process that carries rollouts out, by what it has in memory.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Controller {
    lease: u8,
    /// Its rollout's number, and where that stands.
    rollout: Option<(u8, Standing)>,
    waiting: Vec<Deed>,
}

impl Controller {
    /// It has no rollout any more; what that began goes on, and nobody hears the answers.
    fn stop(&mut self) {
        self.rollout = None;
        self.waiting.retain(|deed| deed.outlasts_its_rollout());
    }

    /// Lets go of what can't change anything any more once no rollout hears it: answers, and routes
    /// that are refused. Worlds that differ by nothing else are one then.
    fn forget(&mut self, fenced_below: u64, ends: bool) {
        let rollout = self.rollout.as_ref();
        let hears = rollout.is_some_and(|(_, standing)| !standing.is_final());
        self.waiting.retain(|deed| match *deed {
            Deed::Route { epoch, .. } => hears || (!ends && epoch >= fenced_below),
            Deed::Observed { .. } | Deed::Refused(_) => hears,
            Deed::Begin
            | Deed::Check(_)
            | Deed::Watch
            | Deed::Observe
            | Deed::Drain(_)
            | Deed::Destroy(_) => true,
        });
        self.waiting.sort_unstable();
        self.waiting.dedup();
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Version {
    Ready,
    /// It is written that it is to be destroyed.
    Destroying,
    Destroyed,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Store {
    lease: u8,
    live: Name,
    epoch: u64,
    /// How many rollouts there were, of which the last one follows.
    rollouts: u8,
    rollout: Standing,
    /// Whether it is written that the rollout has ended.
    has_ended: bool,
    /// The old one and the new one.
    versions: [Version; 2],
}

impl Store {
    fn version(&self, version: &str) -> Version {
        self.versions[usize::from(version == NEW)]
    }

    fn set_version(&mut self, version: Name, state: Version) {
        self.versions[usize::from(version == NEW)] = state;
    }

    fn needs_attention(&self) -> bool {
        self.rollout.0.phase == Phase::NeedsAttention
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct World {
    store: Store,
    routed: Name,
    newest: u64,
    controllers: Vec<Controller>,
    surprises: u8,
    /// What was done wrong, if the world does not show it.
    harm: Option<Harm>,
}

/// What happens next, to the controller at a place.
#[derive(Debug, Clone, Copy)]
enum Act {
    TakeOver,
    Crash(usize),
    CarryOut(usize, Deed, Luck),
    /// The present phase has taken as long as it may.
    Late(usize),
    Approve(usize),
    End(usize),
    /// It is written that the rollout has ended.
    Close(usize),
    Promote(usize),
    Destroy(usize, Name),
}

impl World {
    fn new(setup: &Setup) -> Self {
        let store = Store {
            lease: 0,
            live: OLD,
            epoch: 0,
            rollouts: 1,
            rollout: setup.promotion(NEW, OLD, 0),
            has_ended: false,
            versions: [Version::Ready; 2],
        };
        let mut world = Self {
            store,
            routed: OLD,
            newest: 0,
            controllers: vec![],
            surprises: 0,
            harm: None,
        };
        world.take_over();
        world
    }

    /// A new controller takes the lease, reads what is stored, and goes on with it.
    fn take_over(&mut self) {
        let store = &mut self.store;
        store.lease += 1;
        let is_open = !store.has_ended;
        let mut waiting = Vec::from_iter(is_open.then_some(Deed::Begin));
        for version in [OLD, NEW] {
            if store.version(version) == Version::Destroying {
                waiting.push(Deed::Destroy(version));
            }
        }
        self.controllers.push(Controller {
            lease: store.lease,
            rollout: is_open.then(|| (store.rollouts, store.rollout.clone())),
            waiting,
        });
    }

    fn is_holder(&self, place: usize) -> bool {
        self.controllers[place].lease == self.store.lease
    }

    /// What happens rarely, and only a few times on the way to a world.
    fn is_surprise(&self, act: Act) -> bool {
        match act {
            Act::Late(place) => {
                let rollout = self.controllers[place].rollout.as_ref();
                // watching always takes as long as it may
                rollout.is_some_and(|(_, standing)| standing.0.phase != Phase::Baking)
            }
            Act::End(_) | Act::CarryOut(_, Deed::Route { .. }, Luck::Bad) => true,
            Act::TakeOver
            | Act::Crash(_)
            | Act::CarryOut(..)
            | Act::Approve(_)
            | Act::Close(_)
            | Act::Promote(_)
            | Act::Destroy(..) => false,
        }
    }

    fn first_input(&self, place: usize) -> Input {
        match &self.controllers[place].rollout {
            Some((_, Standing(rollout))) if rollout.phase == Phase::Queued => {
                Input::Started(Facts {
                    target_ready: self.store.version(&rollout.target) == Version::Ready,
                    live: Some(self.store.live.to_owned()),
                })
            }
            _ => Input::Restarted,
        }
    }

    fn health(&self, version: Name, luck: Luck) -> Input {
        match luck {
            Luck::Good if self.store.version(version) != Version::Destroyed => Input::Healthy,
            Luck::Good | Luck::Bad => Input::Unhealthy("502".into()),
            Luck::Unknown => Input::Inconclusive("nobody knows".into()),
        }
    }

    fn observe(&mut self, place: usize, outlasts: bool) {
        self.controllers[place].waiting.push(Deed::Observed {
            epoch: self.newest,
            version: self.routed,
            outlasts,
        });
    }

    fn harms(&self) -> impl Iterator<Item = Harm> {
        let (store, rollout) = (&self.store, &self.store.rollout.0);
        let is_destroyed = |version| store.version(version) == Version::Destroyed;
        let is_elsewhere = is_settled(rollout.phase) && self.routed != store.live;
        let are_two = rollout.live.as_deref() != Some(store.live);
        let seen = [
            is_destroyed(self.routed).then_some(Harm::DestroyedIsRouted),
            is_destroyed(store.live).then_some(Harm::DestroyedIsLive),
            is_elsewhere.then_some(Harm::RoutedElsewhere),
            are_two.then_some(Harm::TwoAreLive),
        ];
        seen.into_iter().chain([self.harm]).flatten()
    }
}

/// Whether the address leads to the live version in that phase, whatever zombies do.
fn is_settled(phase: Phase) -> bool {
    match phase {
        Phase::Queued
        | Phase::Checking
        | Phase::Awaiting
        | Phase::Baking
        | Phase::Weighing
        | Phase::Draining
        | Phase::Succeeded
        | Phase::Failed
        | Phase::Cancelled
        | Phase::RolledBack => true,
        Phase::Routing
        | Phase::Observing
        | Phase::Deciding
        | Phase::Returning
        | Phase::Reverting
        // whatever is not known is not written
        | Phase::NeedsAttention => false,
    }
}

/// What is gone through, and how far.
struct Setup {
    approval: Approval,
    takeovers: u8,
    rollouts: u8,
    surprises: u8,
    /// Whether who takes over ends who was there, and what that has begun: no zombie is left.
    kills: bool,
    without: &'static [Guard],
}

impl Setup {
    fn has(&self, guard: Guard) -> bool {
        !self.without.contains(&guard)
    }

    fn promotion(&self, target: Name, live: Name, epoch: u64) -> Standing {
        let live = Some(live.to_owned());
        Standing::of(
            Rollout::promote(target, live.clone(), live, epoch).under(Policy {
                approval: self.approval,
                bake_ms: 1,
                drain_ms: 1,
                ..Policy::default()
            }),
        )
    }

    fn may_write(&self, world: &World, place: usize) -> bool {
        world.is_holder(place) || !self.has(Guard::Lease)
    }

    /// Whether an application is as its last rollout left it, which needs attention.
    fn is_let_alone(&self, store: &Store) -> bool {
        store.needs_attention() && self.has(Guard::Attention)
    }

    /// Everything that may happen next. An application that is let alone is not followed: both
    /// versions are whole, and stay so.
    fn acts(&self, world: &World) -> Vec<Act> {
        let mut acts = Vec::new();
        if self.is_let_alone(&world.store) {
            return acts;
        }
        if world.store.lease <= self.takeovers {
            acts.push(Act::TakeOver);
        }
        for (place, controller) in world.controllers.iter().enumerate() {
            acts.push(Act::Crash(place));
            for deed in &controller.waiting {
                let lucks = deed.lucks().iter();
                acts.extend(lucks.map(|luck| Act::CarryOut(place, *deed, *luck)));
            }
            acts.extend(heard(&world.store, place, controller));
            acts.extend(self.asked(world, place));
        }
        acts.retain(|act| world.surprises < self.surprises || !world.is_surprise(*act));
        acts
    }

    /// What people ask a controller to begin. Every rollout is between both versions. That the last
    /// version may be destroyed although it is live is left out: its address leads nowhere first.
    fn asked(&self, world: &World, place: usize) -> Vec<Act> {
        let store = &world.store;
        if !self.may_write(world, place) {
            return Vec::new();
        }
        let is_free = store.has_ended || !self.has(Guard::Move);
        let may_go = |version| store.version(version) == Version::Ready && store.live != version;
        let gone = [OLD, NEW]
            .into_iter()
            .filter(|version| is_free && may_go(version))
            .filter(|version| !self.has(Guard::Asked) || world.routed != *version);
        let mut acts = Vec::from_iter(gone.map(|version| Act::Destroy(place, version)));
        if store.has_ended && store.rollouts < self.rollouts {
            acts.push(Act::Promote(place));
        }
        acts
    }

    fn after(&self, world: &World, act: Act) -> World {
        let mut next = world.clone();
        next.surprises += u8::from(world.is_surprise(act));
        self.apply(&mut next, act);
        let fenced_below = if self.has(Guard::Fence) {
            next.newest
        } else {
            0
        };
        for controller in &mut next.controllers {
            controller.forget(fenced_below, self.has(Guard::Ended));
        }
        // a zombie that has nothing left to do is as good as gone
        let lease = next.store.lease;
        next.controllers
            .retain(|one| one.lease == lease || one.rollout.is_some() || !one.waiting.is_empty());
        next
    }

    fn apply(&self, world: &mut World, act: Act) {
        let by = || "me".to_owned();
        match act {
            Act::TakeOver => {
                if self.kills {
                    world.controllers.clear();
                }
                world.take_over();
            }
            Act::Crash(place) => drop(world.controllers.remove(place)),
            Act::CarryOut(place, deed, luck) => {
                let waiting = &mut world.controllers[place].waiting;
                waiting.retain(|other| *other != deed);
                self.carry_out(world, place, deed, luck);
            }
            Act::Late(place) => self.feed(world, place, Input::Tick),
            Act::Approve(place) => self.feed(world, place, Input::Approved { by: by() }),
            Act::End(place) => {
                let why = None;
                self.feed(world, place, Input::Ended { by: by(), why });
            }
            Act::Close(place) => {
                world.store.has_ended = true;
                world.controllers[place].stop();
            }
            Act::Promote(place) => self.promote(world, place),
            Act::Destroy(place, version) => {
                world.store.set_version(version, Version::Destroying);
                let waiting = &mut world.controllers[place].waiting;
                waiting.push(Deed::Destroy(version));
            }
        }
    }

    /// Whether the target is whole is looked at by the rollout's first step.
    fn promote(&self, world: &mut World, place: usize) {
        let store = &mut world.store;
        let target = if store.live == OLD { NEW } else { OLD };
        let epoch = store.epoch.max(world.newest);
        store.rollouts += 1;
        store.rollout = self.promotion(target, store.live, epoch);
        store.has_ended = false;
        let controller = &mut world.controllers[place];
        controller.rollout = Some((store.rollouts, store.rollout.clone()));
        controller.waiting.push(Deed::Begin);
    }

    fn carry_out(&self, world: &mut World, place: usize, deed: Deed, luck: Luck) {
        let input = match deed {
            Deed::Begin => world.first_input(place),
            Deed::Check(version) => world.health(version, luck),
            Deed::Watch => Input::Unhealthy("500".into()),
            Deed::Route {
                rollout,
                epoch,
                version,
            } => {
                let is_taken = luck == Luck::Good && self.takes(world, version, epoch);
                return answer(world, place, rollout, (epoch, is_taken));
            }
            Deed::Observe => return world.observe(place, false),
            Deed::Observed { epoch, version, .. } => Input::RouteObserved {
                version: Some(version.to_owned()),
                epoch,
            },
            Deed::Refused(epoch) => Input::RouteRefused {
                epoch,
                why: "refused".into(),
            },
            Deed::Drain(version) => {
                let reaches = world.is_holder(place) || !self.has(Guard::OwnTraffic);
                if reaches && world.routed == version {
                    world.harm = Some(Harm::RoutedIsDrained);
                }
                Input::Drained
            }
            Deed::Destroy(version) => return world.store.set_version(version, Version::Destroyed),
        };
        self.feed(world, place, input);
    }

    /// The router takes a route, or says that it does not.
    fn takes(&self, world: &mut World, version: Name, epoch: u64) -> bool {
        if epoch < world.newest && self.has(Guard::Fence) {
            return false;
        }
        world.newest = world.newest.max(epoch);
        world.routed = version;
        true
    }

    /// A rollout hears something: what comes of it is stored first, and then begun.
    fn feed(&self, world: &mut World, place: usize, input: Input) {
        let Some((number, before)) = world.controllers[place].rollout.clone() else {
            return;
        };
        let now_ms = if input == Input::Tick { DUE } else { 0 };
        let (next, effects) = step(&before.0, input, now_ms);
        let next = Standing::of(next);
        if next == before && effects.is_empty() {
            return;
        }
        let is_stored = self.stores(world, place, (number, &next), &effects);
        let controller = &mut world.controllers[place];
        if !is_stored {
            return controller.stop();
        }
        if next.0.phase != before.0.phase {
            controller.waiting.retain(|deed| deed.outlasts_its_phase());
        }
        let begun = effects.iter().filter_map(|effect| Deed::of(effect, number));
        controller.waiting.extend(begun);
        controller.rollout = Some((number, next));
    }

    /// One transaction: writes a rollout with what it commits, or says that it writes neither.
    fn stores(
        &self,
        world: &mut World,
        place: usize,
        (number, rollout): (u8, &Standing),
        effects: &[Effect],
    ) -> bool {
        if !self.may_write(world, place) {
            return false;
        }
        let epoch = rollout.0.epoch;
        for effect in effects {
            let Effect::Commit { live, .. } = effect else {
                continue;
            };
            if epoch <= world.store.epoch && self.has(Guard::Swap) {
                let refused = world.is_holder(place).then_some(Harm::CommitIsRefused);
                world.harm = world.harm.or(refused);
                return false;
            }
            (world.store.live, world.store.epoch) = (name(live), epoch);
        }
        if number == world.store.rollouts {
            world.store.rollout = rollout.clone();
        }
        true
    }
}

/// A rollout that is still there is told what became of its route.
fn answer(world: &mut World, place: usize, rollout: u8, (epoch, is_taken): (u64, bool)) {
    let present = world.controllers[place].rollout.as_ref();
    if present.is_none_or(|(number, _)| *number != rollout) {
        return;
    }
    if is_taken {
        return world.observe(place, true);
    }
    world.controllers[place].waiting.push(Deed::Refused(epoch));
}

/// What a rollout may hear unasked. That a person prolongs a phase is left out: that is as if its
/// deadline did not pass.
fn heard(store: &Store, place: usize, controller: &Controller) -> Vec<Act> {
    let Some((number, standing)) = &controller.rollout else {
        return Vec::new();
    };
    if standing.is_final() {
        // this is written without a look at the lease: what is final is already stored
        let is_open = *number == store.rollouts && !store.has_ended;
        return Vec::from_iter(is_open.then_some(Act::Close(place)));
    }
    let mut acts = vec![Act::End(place)];
    if standing.0.deadline_ms.is_some() {
        acts.push(Act::Late(place));
    }
    if standing.0.phase == Phase::Awaiting {
        acts.push(Act::Approve(place));
    }
    acts
}

/// A harm, and the shortest way to it.
#[derive(Debug)]
#[expect(dead_code, reason = "a test that fails shows it")]
struct Found {
    harm: Harm,
    acts: Vec<Act>,
    world: World,
}

/// The worlds that were seen, the nearest first.
#[derive(Default)]
struct Seen {
    places: HashMap<Rc<World>, usize>,
    worlds: Vec<Rc<World>>,
    /// From where, and by what, each was reached first.
    from: Vec<Option<(usize, Act)>>,
    /// From where else it can be reached.
    before: Vec<Vec<usize>>,
}

impl Seen {
    fn add(&mut self, world: World, from: Option<(usize, Act)>) {
        let next = self.worlds.len();
        let world = Rc::new(world);
        let place = match self.places.entry(world.clone()) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(free) => *free.insert(next),
        };
        if place == next {
            self.worlds.push(world);
            self.from.push(from);
            self.before.push(Vec::new());
        }
        if let Some((from, _)) = from {
            self.before[place].push(from);
        }
    }

    fn found(&self, harm: Harm, place: usize) -> Box<Found> {
        let mut acts = Vec::new();
        let mut from = self.from[place];
        while let Some((before, act)) = from {
            acts.push(act);
            from = self.from[before];
        }
        acts.reverse();
        let world = World::clone(&self.worlds[place]);
        Box::new(Found { harm, acts, world })
    }

    /// The first world from which the rollout can't come to an end although another controller may
    /// come; where none may, there may be nobody left.
    fn stuck(&self, setup: &Setup) -> Option<usize> {
        let is_end = |place: &usize| {
            let store = &self.worlds[*place].store;
            store.has_ended || store.needs_attention()
        };
        let places = 0..self.worlds.len();
        let mut waiting = Vec::from_iter(places.clone().filter(is_end));
        let mut can_end = vec![false; places.len()];
        while let Some(place) = waiting.pop() {
            if !mem::replace(&mut can_end[place], true) {
                waiting.extend(&self.before[place]);
            }
        }
        let more_may_come = |place: usize| self.worlds[place].store.lease <= setup.takeovers;
        places
            .into_iter()
            .find(|place| !can_end[*place] && more_may_come(*place))
    }
}

/// Goes every way, and says how many worlds there are, or what the nearest harm is; of all harms, or
/// only of one.
fn explore(setup: &Setup, only: Option<Harm>) -> Result<usize, Box<Found>> {
    let is_sought = |harm: &Harm| only.is_none_or(|only| only == *harm);
    let mut seen = Seen::default();
    seen.add(World::new(setup), None);
    let mut place = 0;
    while let Some(world) = seen.worlds.get(place).cloned() {
        if let Some(harm) = world.harms().find(is_sought) {
            return Err(seen.found(harm, place));
        }
        for act in setup.acts(&world) {
            seen.add(setup.after(&world, act), Some((place, act)));
        }
        place += 1;
    }
    match seen.stuck(setup) {
        Some(place) if is_sought(&Harm::Stuck) => Err(seen.found(Harm::Stuck, place)),
        _ => Ok(place),
    }
}

/// Two controllers, one of them a zombie from any moment on, and a single rollout.
const TWO: Setup = Setup {
    approval: Approval::Automatic,
    takeovers: 1,
    rollouts: 1,
    surprises: 0,
    kills: false,
    without: &[],
};

/// How many worlds there are, none of which is harmed.
fn unharmed(setup: &Setup) -> usize {
    explore(setup, None).unwrap_or_else(|found| panic!("{found:#?}"))
}

fn does(setup: &Setup, harm: Harm) -> bool {
    explore(setup, Some(harm)).is_err()
}

#[test]
fn nothing_with_the_traffic_is_destroyed_whoever_crashes_or_goes_on_as_a_zombie() {
    // where a person must say yes there are half as many worlds
    for (approval, surprises) in [(Approval::Automatic, 1), (Approval::Needed, 2)] {
        unharmed(&Setup {
            approval,
            surprises,
            ..TWO
        });
    }
}

#[test]
fn two_zombies_at_once_do_no_harm() {
    unharmed(&Setup {
        takeovers: 2,
        ..TWO
    });
}

#[test]
fn a_zombie_of_a_rollout_does_no_harm_to_the_next_one() {
    unharmed(&Setup {
        approval: Approval::Needed,
        rollouts: 2,
        surprises: 1,
        ..TWO
    });
}

#[test]
fn a_router_that_takes_old_routes_lets_a_zombie_lead_the_address_to_a_destroyed_version() {
    let without = &[Guard::Fence];
    assert!(does(&Setup { without, ..TWO }, Harm::RoutedElsewhere));
    assert!(does(&Setup { without, ..TWO }, Harm::DestroyedIsRouted));
    // with nothing late and nobody who ends it, that takes a zombie
    unharmed(&Setup {
        takeovers: 0,
        without,
        ..TWO
    });
}

/// Load balancers and names of the DNS know no numbers of routes.
#[test]
fn what_takes_old_routes_is_safe_when_who_takes_over_ends_who_was_there() {
    unharmed(&Setup {
        takeovers: 2,
        kills: true,
        without: &[Guard::Fence],
        ..TWO
    });
}

#[test]
fn a_store_that_everybody_writes_to_lets_a_zombie_destroy_what_is_live() {
    let without = &[Guard::Lease, Guard::Swap];
    for harm in [
        Harm::RoutedElsewhere,
        Harm::TwoAreLive,
        Harm::DestroyedIsLive,
        Harm::DestroyedIsRouted,
        Harm::RoutedIsDrained,
    ] {
        assert!(does(&Setup { without, ..TWO }, harm), "{harm:?}");
    }
}

/// A rollout that goes back commits nothing, so the number that is stored does not become newer by
/// it; and where the rollout stands is written without a comparison.
#[test]
fn comparing_the_number_of_the_route_is_not_enough_without_the_lease() {
    let without = &[Guard::Lease];
    assert!(does(&Setup { without, ..TWO }, Harm::TwoAreLive));
    assert!(does(&Setup { without, ..TWO }, Harm::DestroyedIsLive));
    assert!(does(&Setup { without, ..TWO }, Harm::DestroyedIsRouted));
}

/// Who has the lease read the newest number when it took it, and nobody else writes since then; so
/// the comparison is a second belt, for a server that writes without looking at the lease.
#[test]
fn who_has_the_lease_is_never_refused_for_the_number_of_its_route() {
    for (rollouts, surprises) in [(1, 1), (2, 0)] {
        let with = Setup {
            rollouts,
            surprises,
            ..TWO
        };
        let without = Setup {
            without: &[Guard::Swap],
            ..with
        };
        assert_eq!(unharmed(&with), unharmed(&without));
    }
}

#[test]
fn a_version_that_could_be_destroyed_while_the_address_is_moved_to_it_would_be() {
    let without = &[Guard::Move];
    assert!(does(&Setup { without, ..TWO }, Harm::DestroyedIsRouted));
    assert!(does(&Setup { without, ..TWO }, Harm::DestroyedIsLive));
}

/// A drain has no number by which it could be refused: after the address went back to the old
/// version, a zombie still drains that. It does no harm because the requests that are waited for,
/// and the sockets that are asked to go, are those of the zombie's own process.
#[test]
fn a_router_that_controllers_share_would_need_a_number_for_drains_too() {
    let shared = Setup {
        surprises: 1,
        without: &[Guard::OwnTraffic],
        ..TWO
    };
    assert!(does(&shared, Harm::RoutedIsDrained));
}

/// The address may lead to the version that is not live then, and a route to it may have been under
/// way whose number the next rollout does not know.
#[test]
fn what_is_done_after_a_rollout_that_needs_attention_does_no_harm() {
    let alone = |rollouts, surprises, without| Setup {
        takeovers: 0,
        rollouts,
        surprises,
        without,
        ..TWO
    };
    let once = |without| does(&alone(1, 2, without), Harm::DestroyedIsRouted);
    assert!(!once(&[Guard::Attention]));
    assert!(once(&[Guard::Attention, Guard::Asked]));
    let twice = |without| does(&alone(2, 3, without), Harm::RoutedIsDrained);
    assert!(!twice(&[Guard::Attention]));
    assert!(twice(&[Guard::Attention, Guard::Ended]));
}
