//! Moving an address: carries out what `crates/rollout` decides.
//!
//! What was decided is stored before it is done, together with what it commits; every effect may
//! be done twice, and a restart says so to the state machine instead of guessing.

use std::{sync::Arc, time::Duration};

use rollout::{Approval, Effect, Facts, Input, Rollout, step};
use routing::Window;
use shared::{AccountId, DeploymentState, InfrastructureState, Instant, Step, StepState};
use tokio::{
    sync::{mpsc, oneshot},
    time,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    Journal, Unfinished, effects, fault,
    hooks::Caller,
    switch::Switch,
    underway::{Order, Reach},
};
use crate::{
    Result,
    app::App,
    applications::{self, Moving},
    db, infrastructures,
};

/// The steps of moving an address, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Check,
    Ask,
    Move,
    Watch,
    Finish,
}

fn stages(rollout: &Rollout) -> Vec<(Stage, String)> {
    let target = &rollout.target;
    let mut stages = vec![(Stage::Check, format!("ask whether {target} is well"))];
    let asked = match rollout.policy.approval {
        Approval::Automatic => None,
        Approval::Needed => Some("somebody"),
        Approval::Others => Some("somebody else, by a link,"),
    };
    if let Some(asked) = asked {
        stages.push((Stage::Ask, format!("ask {asked} to let {target} go live")));
    }
    let by = match rollout.policy.switch_ms {
        0 => "",
        _ => " by the macfiles' own actions",
    };
    stages.push((Stage::Move, format!("move the address to {target}{by}")));
    // what was live when it began: later on the target is
    let old = rollout.previous.as_ref().or(rollout.live.as_ref());
    let old = old.filter(|old| *old != target);
    if let Some(old) = old {
        if rollout.policy.bake_ms > 0 {
            let seconds = rollout.policy.bake_ms / 1000;
            stages.push((Stage::Watch, format!("watch {target} for {seconds} s")));
        }
        stages.push((Stage::Finish, format!("finish the requests of {old}")));
    }
    stages
}

/// What moving an address does, in words.
pub fn steps(rollout: &Rollout) -> Vec<String> {
    stages(rollout)
        .into_iter()
        .map(|(_, words)| words)
        .collect()
}

/// What an effect is answered with, and the number of the phase that asked for it; none of what is of
/// use to a later one as well.
type Answer = (Option<u64>, Input);

/// A phase that is under way: what it asked for ends with it.
#[derive(Debug, Default)]
struct Phase {
    number: u64,
    over: CancellationToken,
    _ends: Option<DropGuard>,
}

impl Phase {
    fn next(self) -> Self {
        let over = CancellationToken::new();
        Self {
            number: self.number + 1,
            _ends: Some(over.clone().drop_guard()),
            over,
        }
    }
}

/// One address that is being moved.
struct Move {
    app: App,
    account: AccountId,
    name: String,
    moving: Moving,
    journal: Arc<Journal>,
    caller: Caller,
    switch: Arc<Switch>,
    answers: mpsc::UnboundedSender<Answer>,
    /// Cancelled when it has ended: a route that is still under way then must not be taken later.
    over: CancellationToken,
}

/// Carries a rollout to its end.
pub(super) async fn run(
    app: &App,
    unfinished: &Unfinished,
    reach: &Reach,
    orders: &mut mpsc::UnboundedReceiver<Order>,
    is_new: bool,
) -> Result<()> {
    let account = unfinished.account;
    let journal = Journal::open(app, account, unfinished.id).await?;
    let name = journal.deployment().await?.application;
    let stored = unfinished.rollout.as_deref().unwrap_or_default();
    let mut rollout: Rollout = serde_json::from_str(stored).map_err(anyhow::Error::from)?;
    let (answers, mut inputs) = mpsc::unbounded_channel();
    let caller = Caller {
        app: app.clone(),
        account,
        name: name.clone(),
        journal: Arc::new(journal),
        reach: reach.clone(),
    };
    let moving = Move {
        moving: applications::moving(app, account, &name).await?,
        app: app.clone(),
        account,
        name,
        journal: caller.journal.clone(),
        switch: Arc::new(Switch::new(
            caller.clone(),
            between(&rollout),
            longest(&rollout),
        )),
        caller,
        answers,
        over: CancellationToken::new(),
    };
    // also when it can't be stored where it stands
    let _ends = moving.over.clone().drop_guard();
    let mut told: Option<oneshot::Sender<bool>> = None;
    let mut phase = Phase::default().next();
    let mut input = match is_new {
        true => Input::Started(moving.facts(&rollout).await?),
        false => moving.was_restarted(&rollout).await?,
    };
    loop {
        let (next, effects) = step(&rollout, input, Instant::now().unix_ms());
        let is_change = next != rollout || !effects.is_empty();
        if is_change {
            moving.store(&next, &effects).await?;
            moving.show(&rollout, &next).await?;
        }
        if let Some(told) = told.take() {
            told.send(is_change).ok(); // whoever asked may have left
        }
        if next.phase != rollout.phase {
            phase = phase.next();
        }
        rollout = next;
        for effect in effects {
            moving.begin(effect, &phase);
        }
        if rollout.state().is_final() {
            moving.over.cancel();
            return moving.end(&rollout).await;
        }
        input = loop {
            tokio::select! {
                Some((number, answer)) = inputs.recv() => {
                    if number.is_none_or(|number| number == phase.number) {
                        break answer;
                    }
                }
                Some(order) = orders.recv() => {
                    told = Some(order.done);
                    break order.input;
                }
                () = until(rollout.deadline_ms) => break Input::Tick,
            }
        };
    }
}

/// The versions that an address is moved between, the new one first.
fn between(rollout: &Rollout) -> Vec<String> {
    let all = [
        Some(&rollout.target),
        rollout.live.as_ref(),
        rollout.previous.as_ref(),
    ];
    let mut versions = Vec::new();
    for version in all.into_iter().flatten() {
        if !versions.contains(version) {
            versions.push(version.clone());
        }
    }
    versions
}

/// How long commands that move the address may take.
fn longest(rollout: &Rollout) -> Duration {
    Duration::from_millis(rollout.policy.switch_ms.max(0).unsigned_abs())
}

async fn until(deadline_ms: Option<i64>) {
    let Some(deadline_ms) = deadline_ms else {
        return std::future::pending().await;
    };
    let left = deadline_ms - Instant::now().unix_ms();
    time::sleep(Duration::from_millis(left.max(1).unsigned_abs())).await;
}

impl Move {
    async fn facts(&self, rollout: &Rollout) -> Result<Facts> {
        let version = &rollout.target;
        let found = infrastructures::by_version(&self.app, self.account, &self.name, version).await;
        Ok(Facts {
            target_ready: found.is_ok_and(|found| found.state == InfrastructureState::Ready),
            live: self.moving.live.clone(),
        })
    }

    /// A rollout that had not begun begins; any other one asks where it stands.
    async fn was_restarted(&self, rollout: &Rollout) -> Result<Input> {
        self.journal.note("the server was started again").await?;
        if rollout.state() == DeploymentState::Queued {
            return Ok(Input::Started(self.facts(rollout).await?));
        }
        Ok(Input::Restarted)
    }

    /// Stores what was decided with what it commits, before anything of it is done.
    async fn store(&self, rollout: &Rollout, effects: &[Effect]) -> Result<()> {
        let json = serde_json::to_string(rollout).map_err(anyhow::Error::from)?;
        let mut transaction = db::begin(&self.app.pool).await?;
        let held = self.app.lease.hold(&mut transaction).await?;
        self.journal.set_rollout(&mut transaction, &json).await?;
        let (account, name) = (self.account, &self.name);
        for effect in effects {
            match effect {
                Effect::Commit { live, previous } => {
                    let (id, epoch) = (self.moving.id, rollout.epoch);
                    let (live, previous) = (live.as_str(), previous.as_deref());
                    applications::commit(&mut transaction, &held, id, (live, previous), epoch)
                        .await?;
                    infrastructures::retain(&mut transaction, account, (name, live), None).await?;
                }
                Effect::Retain { version, until_ms } => {
                    let until = Some(Instant::from_unix_ms(*until_ms));
                    let kept = (name.as_str(), version.as_str());
                    infrastructures::retain(&mut transaction, account, kept, until).await?;
                }
                _ => {}
            }
        }
        fault::point();
        transaction.commit().await?;
        fault::point();
        Ok(())
    }

    /// Shows where it stands: the deployment, and its steps.
    async fn show(&self, before: &Rollout, now: &Rollout) -> Result<()> {
        let mut steps = self.journal.steps().await?;
        let current = place(now);
        for (place, step) in steps.iter_mut().enumerate() {
            self.show_step(step, place.cmp(&current)).await?;
        }
        if now.live != before.live {
            let live = now.live.as_deref().unwrap_or("no version");
            self.journal.note(format!("{live} is live")).await?;
        }
        if now.state() == DeploymentState::AwaitingApproval {
            let name = &self.name;
            let note = format!("it waits until somebody says yes: mac app approve {name}");
            self.journal.note(note).await?;
        }
        if now.approved_by != before.approved_by {
            let by = now.approved_by.as_deref().unwrap_or("nobody");
            let note = format!("{by} lets {} go live", now.target);
            self.journal.note(note).await?;
        }
        if now.deadline_ms != before.deadline_ms && now.phase == before.phase {
            self.journal.note("somebody gave it more time").await?;
        }
        if now.state().is_final() {
            return Ok(()); // said by the end
        }
        let name = steps.get(current).map(|step| step.name.clone());
        // why it waits for a person, or goes back
        let why = match now.state() {
            DeploymentState::AwaitingApproval | DeploymentState::RollingBack => {
                now.error.as_deref()
            }
            _ => None,
        };
        self.journal.set(now.state(), name.as_deref(), why).await
    }

    async fn show_step(&self, step: &mut Step, place: std::cmp::Ordering) -> Result<()> {
        match (place, step.state) {
            (std::cmp::Ordering::Less, StepState::Waiting | StepState::Running) => {
                self.journal.step_ends(step, StepState::Done, None).await
            }
            (std::cmp::Ordering::Equal, StepState::Waiting) => self.journal.step_begins(step).await,
            _ => Ok(()),
        }
    }

    async fn end(&self, rollout: &Rollout) -> Result<()> {
        let has_succeeded = rollout.state() == DeploymentState::Succeeded;
        for mut step in self.journal.steps().await? {
            let state = match (has_succeeded, step.state) {
                (true, StepState::Waiting | StepState::Running) => StepState::Done,
                (false, StepState::Running) => StepState::Failed,
                (false, StepState::Waiting) => StepState::Skipped,
                _ => continue,
            };
            self.journal.step_ends(&mut step, state, None).await?;
        }
        let error = rollout.error.as_deref();
        if let Some(why) = error {
            self.journal.note(why).await?;
        }
        self.journal.set(rollout.state(), None, error).await?;
        applications::tell(&self.app, self.account, &self.name).await
    }

    /// Begins an effect; its answer comes back as an input.
    fn begin(&self, effect: Effect, phase: &Phase) {
        let (app, account) = (self.app.clone(), self.account);
        let (name, host) = (self.name.clone(), self.moving.host.clone());
        let (caller, switch) = (self.caller.clone(), self.switch.clone());
        let answers = self.answers.clone();
        let newest = matches!(effect, Effect::Route { .. }).then(|| switch.enter());
        // a route may be taken by any later phase, and its number says whether that still means
        // something; open pages are told in any case
        let (number, over) = match effect {
            Effect::Commit { .. } | Effect::Retain { .. } => (None, CancellationToken::new()),
            Effect::Route { .. } => (None, self.over.clone()),
            Effect::CheckHealth { .. }
            | Effect::Check { .. }
            | Effect::Watch { .. }
            | Effect::ObserveRoute
            | Effect::Drain { .. } => (Some(phase.number), phase.over.clone()),
        };
        tokio::spawn(over.run_until_cancelled_owned(async move {
            let answer = match effect {
                Effect::CheckHealth { version } => {
                    Some(effects::check(&app, account, &name, &version).await)
                }
                Effect::Check { version } => Some(effects::examine(&caller, &version).await),
                Effect::Watch { version } => {
                    Some(effects::watch(&app, account, &name, &version).await)
                }
                Effect::Route { version, epoch } => {
                    let way = (&*switch, newest.unwrap_or_default());
                    Some(effects::route(&caller, way, host, version, epoch).await)
                }
                Effect::ObserveRoute => Some(effects::observe(&app, &switch, &host).await),
                Effect::Drain {
                    version,
                    deadline_ms,
                } => {
                    let left = deadline_ms - Instant::now().unix_ms();
                    let window = Window::of(Duration::from_millis(left.max(0).unsigned_abs()));
                    let own = app.router.table.drain(&host, &version, window);
                    tokio::join!(own, switch.drain(&version));
                    Some(Input::Drained)
                }
                Effect::Commit { .. } | Effect::Retain { .. } => {
                    told(applications::tell(&app, account, &name).await);
                    None
                }
            };
            if let Some(answer) = answer {
                answers.send((number, answer)).ok(); // the rollout may have ended meanwhile
            }
        }));
    }
}

fn told(told: Result<()>) {
    if let Err(error) = told {
        tracing::warn!("open pages were not told: {error}");
    }
}

/// Which of the steps a rollout is at.
fn place(rollout: &Rollout) -> usize {
    use rollout::Phase;
    let stage = match rollout.phase {
        Phase::Queued | Phase::Checking if rollout.approved_by.is_some() => Stage::Ask,
        Phase::Queued | Phase::Checking => Stage::Check,
        Phase::Awaiting => Stage::Ask,
        Phase::Routing | Phase::Observing | Phase::Deciding | Phase::Returning => Stage::Move,
        Phase::Baking => Stage::Watch,
        // what is done is done, and what follows is not
        Phase::Weighing | Phase::Reverting => Stage::Watch,
        Phase::Draining => Stage::Finish,
        Phase::Succeeded => return usize::MAX,
        // which one failed is the one that runs
        Phase::Failed | Phase::Cancelled | Phase::RolledBack | Phase::NeedsAttention => {
            Stage::Check
        }
    };
    let mut stages = stages(rollout).into_iter();
    stages.position(|(own, _)| own == stage).unwrap_or_default()
}
