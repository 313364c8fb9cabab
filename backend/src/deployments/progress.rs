//! Carries steps out, each as soon as what it waits for has ended.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use shared::{DeploymentState, Step, StepState};
use tokio::task::{JoinError, JoinSet};

use super::{
    order::{Follow, ready},
    run::{Failure, Run},
};
use crate::Result;

/// How many steps are under way at once: their commands share one sandbox's limits.
const AT_ONCE: usize = 16;

/// Steps that are to be carried out.
pub(super) struct Progress {
    /// The steps as they stand.
    pub steps: Vec<Step>,
    /// For each step the places of those that it waits for.
    pub needs: Vec<Vec<usize>>,
    /// When it may follow them.
    pub follow: Follow,
    /// Where the deployment stands meanwhile.
    pub state: DeploymentState,
}

/// Does what the step at a place is there for.
pub(super) type Work = fn(Arc<Run>, usize) -> BoxFuture<'static, Result<(), Failure>>;

type Ended = (usize, Result<(), Failure>);

impl Progress {
    /// Carries out the steps that wait; returns what failed, in the order of the failures.
    pub async fn carry_out(&mut self, run: &Arc<Run>, work: Work) -> Result<Vec<(usize, Failure)>> {
        let mut failures = Vec::new();
        let mut at_work: JoinSet<Ended> = JoinSet::new();
        loop {
            if !run.reach.cancel.is_cancelled() {
                self.begin(run, work, &mut at_work).await?;
            }
            let Some(ended) = at_work.join_next().await else {
                run.journal.written().await?;
                return Ok(failures);
            };
            let (place, ended) = told(ended)?;
            self.end(run, place, &ended).await?;
            if let Err(failure) = ended {
                failures.push((place, failure));
            }
        }
    }

    /// Begins what may begin.
    async fn begin(
        &mut self,
        run: &Arc<Run>,
        work: Work,
        at_work: &mut JoinSet<Ended>,
    ) -> Result<()> {
        let states: Vec<StepState> = self.steps.iter().map(|step| step.state).collect();
        let room = AT_ONCE.saturating_sub(at_work.len());
        for place in ready(&states, &self.needs, self.follow)
            .into_iter()
            .take(room)
        {
            let step = &mut self.steps[place];
            run.journal.at(self.state, &step.name).await?;
            run.journal.step_begins(step).await?;
            let run = run.clone();
            at_work.spawn(async move { (place, work(run, place).await) });
        }
        Ok(())
    }

    async fn end(&mut self, run: &Run, place: usize, ended: &Result<(), Failure>) -> Result<()> {
        let (state, exit_code) = match ended {
            Ok(()) => (StepState::Done, None),
            Err(failure) => (failure.state, failure.exit_code),
        };
        let step = &mut self.steps[place];
        run.journal.step_ends(step, state, exit_code).await?;
        run.tell().await
    }

    /// Writes that what has not begun never will.
    pub async fn skip_the_rest(&mut self, run: &Run) -> Result<()> {
        let waiting = |step: &&mut Step| step.state == StepState::Waiting;
        for step in self.steps.iter_mut().filter(waiting) {
            run.journal
                .step_ends(step, StepState::Skipped, None)
                .await?;
        }
        run.journal.written().await
    }
}

/// A step that panicked has failed as a server does.
fn told(ended: Result<Ended, JoinError>) -> Result<Ended> {
    Ok(ended.map_err(anyhow::Error::from)?)
}
