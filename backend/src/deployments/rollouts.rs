//! Moving an address: carries out what `crates/rollout` decides.
//!
//! What was decided is stored before it is done, together with what it commits; every effect may
//! be done twice, and a restart says so to the state machine instead of guessing.

use std::time::Duration;

use rollout::{Effect, Facts, Input, Rollout, step};
use shared::{AccountId, InfrastructureState, Instant, Step, StepState};
use tokio::{sync::mpsc, time};

use super::{Journal, Unfinished, effects};
use crate::{
    Result,
    app::App,
    applications::{self, Moving},
    db, infrastructures,
};

/// What moving an address does, in words.
pub fn steps(rollout: &Rollout) -> Vec<String> {
    let target = &rollout.target;
    let mut steps = vec![
        format!("ask whether {target} is well"),
        format!("move the address to {target}"),
    ];
    if let Some(live) = &rollout.live {
        steps.push(format!("finish the requests of {live}"));
    }
    steps
}

/// One address that is being moved.
struct Move {
    app: App,
    account: AccountId,
    name: String,
    moving: Moving,
    journal: Journal,
    answers: mpsc::UnboundedSender<Input>,
}

/// Carries a rollout to its end.
pub(super) async fn run(app: &App, unfinished: &Unfinished, is_new: bool) -> Result<()> {
    let account = unfinished.account;
    let journal = Journal::open(app, account, unfinished.id).await?;
    let name = journal.deployment().await?.application;
    let stored = unfinished.rollout.as_deref().unwrap_or_default();
    let mut rollout: Rollout = serde_json::from_str(stored).map_err(anyhow::Error::from)?;
    let (answers, mut inputs) = mpsc::unbounded_channel();
    let moving = Move {
        moving: applications::moving(app, account, &name).await?,
        app: app.clone(),
        account,
        name,
        journal,
        answers,
    };
    let mut input = match is_new {
        true => Input::Started(moving.facts(&rollout).await?),
        false => moving.was_restarted(&rollout).await?,
    };
    loop {
        let (next, effects) = step(&rollout, input, Instant::now().unix_ms());
        if next != rollout || !effects.is_empty() {
            moving.store(&next, &effects).await?;
            moving.show(&rollout, &next).await?;
        }
        rollout = next;
        for effect in effects {
            moving.begin(effect);
        }
        if rollout.state().is_final() {
            return moving.end(&rollout).await;
        }
        input = tokio::select! {
            Some(answer) = inputs.recv() => answer,
            () = until(rollout.deadline_ms) => Input::Tick,
        };
    }
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
        if rollout.state() == shared::DeploymentState::Queued {
            return Ok(Input::Started(self.facts(rollout).await?));
        }
        Ok(Input::Restarted)
    }

    /// Stores what was decided with what it commits, before anything of it is done.
    async fn store(&self, rollout: &Rollout, effects: &[Effect]) -> Result<()> {
        let json = serde_json::to_string(rollout).map_err(anyhow::Error::from)?;
        let mut transaction = db::begin(&self.app.pool).await?;
        self.journal.set_rollout(&mut transaction, &json).await?;
        for effect in effects {
            if let Effect::Commit { live, previous } = effect {
                let (id, epoch) = (self.moving.id, rollout.epoch);
                applications::commit(&mut transaction, id, live, previous.as_deref(), epoch)
                    .await?;
            }
        }
        Ok(transaction.commit().await?)
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
        if now.state().is_final() {
            return Ok(()); // said by the end
        }
        let name = steps.get(current).map(|step| step.name.clone());
        self.journal.set(now.state(), name.as_deref(), None).await
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
        let has_succeeded = rollout.state() == shared::DeploymentState::Succeeded;
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
    fn begin(&self, effect: Effect) {
        let (app, account) = (self.app.clone(), self.account);
        let (name, host) = (self.name.clone(), self.moving.host.clone());
        let answers = self.answers.clone();
        tokio::spawn(async move {
            let answer = match effect {
                Effect::CheckHealth { version } => {
                    Some(effects::check(&app, account, &name, &version).await)
                }
                Effect::Route { version, epoch } => {
                    Some(effects::route(&app, account, &name, host, version, epoch).await)
                }
                Effect::ObserveRoute => Some(effects::observe(&app, &host)),
                Effect::Drain { version, .. } => {
                    app.router.table.drained(&host, &version).await;
                    Some(Input::Drained)
                }
                Effect::Commit { .. } => {
                    told(applications::tell(&app, account, &name).await);
                    None
                }
            };
            if let Some(answer) = answer {
                answers.send(answer).ok(); // the rollout may have ended meanwhile
            }
        });
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
    match rollout.phase {
        Phase::Queued | Phase::Checking => 0,
        Phase::Routing | Phase::Observing | Phase::Deciding | Phase::Returning => 1,
        Phase::Draining => 2,
        Phase::Succeeded => usize::MAX,
        // which one failed is the one that runs
        Phase::Failed | Phase::NeedsAttention => 0,
    }
}
