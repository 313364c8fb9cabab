//! What a deployment does, written before it is done and told to open pages.

use std::time::Duration;

use shared::{
    AccountId, Deployment, DeploymentId, DeploymentState, Event, Instant, LogStream, Message,
    ResourceId, ResourceState, Step, StepState,
};
use sqlx::{Any, Transaction};
use tokio::{sync::Mutex, time};

use super::{
    Begin, fault,
    scribe::{Entry, Scribe},
    steps, store,
};
use crate::{
    Error, Result,
    app::App,
    applications, db,
    lease::Held,
    resources::{NewResource, Output},
    webhooks,
};

/// Writes one deployment's journal; only one writes at a time. Steps, resources and the log are
/// written in their order, and soon: [`Journal::written`] waits for them.
#[derive(Debug)]
pub struct Journal {
    app: App,
    account: AccountId,
    id: DeploymentId,
    scribe: Scribe,
    told: Mutex<Option<time::Instant>>,
}

/// Pages are told at which step a deployment is no more often than they can be read.
const BREATH: Duration = Duration::from_millis(100);

impl Journal {
    /// Writes a new deployment as a part of a larger change, by the server that is to carry it out;
    /// [`Journal::open`] it afterwards.
    pub async fn begin(
        transaction: &mut Transaction<'static, Any>,
        _held: &Held,
        account: AccountId,
        begin: &Begin,
    ) -> sqlx::Result<DeploymentId> {
        let id = DeploymentId::new();
        store::insert(transaction, account, id, begin).await?;
        Ok(id)
    }

    /// Goes on with a deployment's journal, and tells open pages of the deployment.
    pub async fn open(app: &App, account: AccountId, id: DeploymentId) -> Result<Self> {
        let journal = Self {
            app: app.clone(),
            account,
            id,
            scribe: Scribe::new(app.clone(), account, id),
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
        // who follows the log leaves when the deployment has ended
        if state.is_final() && self.written().await.is_err() {
            tracing::error!(deployment.id = %self.id, "it ends without its last words");
        }
        fault::point();
        let mut transaction = db::begin(&self.app.pool).await?;
        let is_news = store::set_state(&mut transaction, self.id, state, step, error).await?;
        if is_news && Message::word(state).is_some() {
            self.keep_news(&mut transaction).await?;
        }
        transaction.commit().await?;
        fault::point();
        self.app.webhooks_due.notify_one();
        self.tell().await
    }

    /// Writes that a deployment that waits for its turn has ended; says whether it still waited.
    pub(super) async fn leave_queue(&self, why: &str) -> Result<bool> {
        let mut transaction = db::begin(&self.app.pool).await?;
        if !store::leave_queue(&mut transaction, self.id, why).await? {
            return Ok(false);
        }
        steps::skip(&mut transaction, self.id).await?;
        self.keep_news(&mut transaction).await?;
        transaction.commit().await?;
        self.app.webhooks_due.notify_one();
        self.tell().await?;
        for step in self.steps().await? {
            let deployment_id = self.id;
            let event = Event::Step {
                deployment_id,
                step,
            };
            self.app.events.tell(self.account, event);
        }
        Ok(true)
    }

    /// Stores what is told of the state, and the receipt if that is an end.
    async fn keep_news(&self, transaction: &mut Transaction<'static, Any>) -> Result<()> {
        let deployment = store::by_id(&mut **transaction, self.account, self.id).await?;
        let deployment = deployment.ok_or(Error::NotFound("deployment"))?;
        if deployment.state.is_final() {
            let by = store::approved_by(transaction, self.id).await?;
            let (account, ended) = (self.account, deployment.clone());
            applications::write_receipt(transaction, account, ended, by).await?;
        }
        Ok(webhooks::enqueue(&self.app, transaction, self.account, deployment).await?)
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

    /// Writes that a step begins; wait until it is [written](Journal::written) before it does.
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
        self.scribe.take(Entry::Step(step.clone())).await
    }

    /// Writes that a resource is being made that was never tried before.
    pub async fn resource_begins(&self, new: NewResource) -> Result<ResourceId> {
        let id = ResourceId::new();
        self.scribe.take(Entry::Begun(id, Box::new(new))).await?;
        Ok(id)
    }

    /// Writes how a resource's create command ended.
    pub async fn resource_made(
        &self,
        id: ResourceId,
        state: ResourceState,
        output: Output,
    ) -> Result<()> {
        let made = Entry::Made(id, state, Box::new(output));
        self.scribe.take(made).await
    }

    /// Says what the server does.
    pub async fn note(&self, text: impl Into<String>) -> Result<()> {
        self.log(LogStream::Note, vec![text.into()]).await
    }

    /// Adds lines to the log.
    pub async fn log(&self, stream: LogStream, texts: Vec<String>) -> Result<()> {
        match texts.is_empty() {
            true => Ok(()),
            false => self.scribe.lines(stream, texts).await,
        }
    }

    /// Waits until all that the other functions wrote is on the disk: they don't wait themselves.
    pub async fn written(&self) -> Result<()> {
        self.scribe.written().await
    }

    async fn tell(&self) -> Result<()> {
        let deployment = self.deployment().await?;
        self.app
            .events
            .tell(self.account, Event::Deployment { deployment });
        Ok(())
    }
}
