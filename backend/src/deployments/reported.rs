//! The history of versions that are made and destroyed elsewhere: one deployment for each, which
//! grows by a step with each part that is told of. It is never carried out here.

use shared::{
    AccountId, DeploymentId, DeploymentKind, DeploymentState, InfrastructureId, LogStream,
    StepState,
};

use super::{Begin, Journal, steps, store};
use crate::{Result, app::App, db, infrastructures, resources::Output};

/// A step that was done elsewhere.
#[derive(Debug)]
pub struct Told<'t> {
    /// What the deployment attempts.
    pub kind: DeploymentKind,
    /// What the step does, in words.
    pub step: String,
    /// How it ended.
    pub state: StepState,
    /// Its command.
    pub command: &'t str,
    /// How the command ended.
    pub output: &'t Output,
}

/// Adds a step to a version's deployment of that kind, and what its command wrote to the log.
pub async fn step(
    app: &App,
    account: AccountId,
    infrastructure: InfrastructureId,
    told: &Told<'_>,
) -> Result<()> {
    let id = written(app, account, infrastructure, told).await?;
    let journal = Journal::open(app, account, id).await?;
    journal.note(format!("$ {}", told.command.trim())).await?;
    for (stream, text) in [
        (LogStream::Stdout, &told.output.stdout),
        (LogStream::Stderr, &told.output.stderr),
    ] {
        let lines = text.lines().map(str::to_owned).collect();
        journal.log(stream, lines).await?;
    }
    journal.written().await
}

/// Writes the step, and the deployment when there is none yet, in one go: a deployment that has
/// not ended would be carried out here after a restart.
async fn written(
    app: &App,
    account: AccountId,
    infrastructure: InfrastructureId,
    told: &Told<'_>,
) -> Result<DeploymentId> {
    let known = store::latest_of(&app.pool, infrastructure, told.kind).await?;
    let blueprint = infrastructures::blueprint(app, infrastructure).await?;
    let state = match told.state {
        StepState::Done => DeploymentState::Succeeded,
        _ => DeploymentState::Failed,
    };
    let mut transaction = db::begin(&app.pool).await?;
    let held = app.lease.hold(&mut transaction).await?;
    let id = match known {
        Some(id) => id,
        None => {
            let begin = Begin {
                kind: told.kind,
                application: blueprint.name,
                version: blueprint.version,
                from_version: None,
                reason: Some("told by mac 1.0.8".into()),
                state,
                steps: Vec::new(),
                done: Default::default(),
                begins: None,
                infrastructure: Some(infrastructure),
                rollout: None,
                options: None,
                then: None,
            };
            Journal::begin(&mut transaction, &held, account, &begin).await?
        }
    };
    let (step, code) = (&told.step, told.output.exit_code);
    steps::append(&mut transaction, id, step, told.state, code).await?;
    let error = (told.state == StepState::Failed).then(|| format!("{step} failed"));
    store::amend(&mut transaction, id, state, error).await?;
    transaction.commit().await?;
    Ok(id)
}
