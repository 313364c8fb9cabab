//! What a deployment does, written before it is done and told to open pages.

use std::time::Duration;

use shared::{
    AccountId, Deployment, DeploymentId, DeploymentState, Event, Instant, LogLine, LogStream, Step,
    StepState,
};
use sqlx::{Any, Transaction};
use tokio::{sync::Mutex, time};

use super::{Begin, fault, lines, steps, store};
use crate::{Result, app::App};

/// Writes one deployment's journal; only one writes at a time.
#[derive(Debug)]
pub struct Journal {
    app: App,
    account: AccountId,
    id: DeploymentId,
    last_line: Mutex<u64>,
    told: Mutex<Option<time::Instant>>,
}

/// Pages are told at which step a deployment is no more often than they can be read.
const BREATH: Duration = Duration::from_millis(100);

/// The longest line that is kept whole, in bytes.
const LONGEST_LINE_BYTES: usize = 4096;

impl Journal {
    /// Writes a new deployment as a part of a larger change; [`Journal::open`] it afterwards.
    pub async fn begin(
        transaction: &mut Transaction<'static, Any>,
        account: AccountId,
        begin: &Begin,
    ) -> sqlx::Result<DeploymentId> {
        let id = DeploymentId::new();
        store::insert(transaction, account, id, begin).await?;
        Ok(id)
    }

    /// Goes on with a deployment's journal, and tells open pages of the deployment.
    pub async fn open(app: &App, account: AccountId, id: DeploymentId) -> Result<Self> {
        let last_line = lines::last(&app.pool, id).await?;
        let journal = Self {
            app: app.clone(),
            account,
            id,
            last_line: Mutex::new(last_line),
            told: Mutex::default(),
        };
        journal.tell().await?;
        Ok(journal)
    }

    /// Which deployment this is.
    pub fn id(&self) -> DeploymentId {
        self.id
    }

    /// The deployment as it stands.
    pub async fn deployment(&self) -> Result<Deployment> {
        super::by_id(&self.app, self.account, self.id).await
    }

    /// Its steps as they stand.
    pub async fn steps(&self) -> Result<Vec<Step>> {
        Ok(steps::of(&self.app.pool, self.id).await?)
    }

    /// Writes where the deployment stands, and at which step; final states end it.
    pub async fn set(
        &self,
        state: DeploymentState,
        step: Option<&str>,
        error: Option<&str>,
    ) -> Result<()> {
        fault::point();
        store::set_state(&self.app.pool, self.id, state, step, error).await?;
        fault::point();
        self.tell().await
    }

    /// Writes at which step the deployment is, for people who look at it, and tells open pages, if
    /// that was not just done. What is begun is in the step's own row.
    pub async fn at(&self, state: DeploymentState, step: &str) -> Result<()> {
        let mut told = self.told.lock().await;
        if told.is_some_and(|at| at.elapsed() < BREATH) {
            return Ok(());
        }
        *told = Some(time::Instant::now());
        self.set(state, Some(step), None).await
    }

    /// Writes where the rollout stands, as a part of a larger change.
    pub async fn set_rollout(
        &self,
        transaction: &mut Transaction<'static, Any>,
        rollout: &str,
    ) -> sqlx::Result<()> {
        store::set_rollout(transaction, self.id, rollout).await
    }

    /// Writes that a step begins, before it does.
    pub async fn step_begins(&self, step: &mut Step) -> Result<()> {
        step.state = StepState::Running;
        step.started_at = Some(Instant::now());
        step.finished_at = None;
        self.write(step).await
    }

    /// Writes how a step ended.
    pub async fn step_ends(
        &self,
        step: &mut Step,
        state: StepState,
        exit_code: Option<i32>,
    ) -> Result<()> {
        step.state = state;
        step.exit_code = exit_code;
        step.finished_at = Some(Instant::now());
        self.write(step).await
    }

    async fn write(&self, step: &Step) -> Result<()> {
        fault::point();
        steps::set(&self.app.pool, self.id, step).await?;
        fault::point();
        self.app.events.tell(
            self.account,
            Event::Step {
                deployment_id: self.id,
                step: step.clone(),
            },
        );
        Ok(())
    }

    /// Says what the server does.
    pub async fn note(&self, text: impl Into<String>) -> Result<()> {
        self.log(LogStream::Note, vec![text.into()]).await
    }

    /// Adds lines to the log.
    pub async fn log(&self, stream: LogStream, texts: Vec<String>) -> Result<()> {
        if texts.is_empty() {
            return Ok(());
        }
        let mut last = self.last_line.lock().await;
        let at = Instant::now();
        let new: Vec<LogLine> = (*last + 1..)
            .zip(texts)
            .map(|(seq, text)| LogLine {
                seq,
                at,
                stream,
                text: storable(text),
            })
            .collect();
        lines::insert(&self.app.pool, self.id, &new).await?;
        *last += new.len() as u64;
        self.app.events.tell(
            self.account,
            Event::Log {
                deployment_id: self.id,
                lines: new,
            },
        );
        Ok(())
    }

    async fn tell(&self) -> Result<()> {
        let deployment = self.deployment().await?;
        self.app
            .events
            .tell(self.account, Event::Deployment { deployment });
        Ok(())
    }
}

/// PostgreSQL stores no NUL in a text, and nobody reads a line of a megabyte.
fn storable(text: String) -> String {
    let mut text = text.replace('\0', "\u{fffd}");
    if text.len() > LONGEST_LINE_BYTES {
        text.truncate(text.floor_char_boundary(LONGEST_LINE_BYTES));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_LINE_BYTES, storable};

    #[test]
    fn a_line_that_the_database_would_refuse_is_made_storable() {
        assert_eq!(storable("a\0b".into()), "a\u{fffd}b");
        let long = storable("é".repeat(LONGEST_LINE_BYTES));
        assert!(long.ends_with('…') && long.len() <= LONGEST_LINE_BYTES + 3);
    }
}
