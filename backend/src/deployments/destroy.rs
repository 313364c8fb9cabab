//! Destroying a version: what others need after those, each part tried even when another failed.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use macfile::{Plan, Work};
use shared::{
    DeploymentState, InfrastructureState, InstanceState, OnFailure, Resource, ResourceState,
    StepState,
};

use super::{
    fill::fill,
    order::{Follow, reversed},
    progress::Progress,
    run::{Failure, Run},
};
use crate::{Result, infrastructures, instances, resources};

/// What destroying a version does, in words.
pub fn steps(plan: &Plan) -> Vec<String> {
    let words = |step: &macfile::Step| match &step.work {
        Work::Instances(_) => format!("{}: end instances", step.key),
        Work::Resource(_) | Work::Action(_) => format!("{}: destroy", step.key),
    };
    plan.steps.iter().rev().map(words).collect()
}

/// Carries the steps out that are not done, and says how it ended.
///
/// A step that was under way when the server ended is carried out again.
pub(super) async fn run(run: &Arc<Run>) -> Result<()> {
    let mut progress = Progress {
        steps: run.journal.steps().await?,
        needs: reversed(&run.plan.needs()),
        follow: Follow::End,
        state: DeploymentState::Destroying,
    };
    for step in &mut progress.steps {
        if step.state == StepState::Running {
            step.state = StepState::Waiting;
        }
    }
    let failures = progress.carry_out(run, carry_out).await?;
    progress.skip_the_rest(run).await?;
    let told = failures.iter().map(|(place, failure)| {
        let key = step_at(run, *place).map_or("", |step| step.key.as_str());
        format!("{key}: {}", failure.why)
    });
    end(run, told.collect()).await
}

/// The plan's step that the destruction at a place is about.
fn step_at(run: &Run, place: usize) -> Option<&macfile::Step> {
    run.plan.steps.iter().rev().nth(place)
}

async fn end(run: &Run, failed: Vec<String>) -> Result<()> {
    for why in &failed {
        run.journal.note(why).await?;
    }
    let spares = run.options.on_failure == OnFailure::DestroyOthers;
    let (state, ended) = match (failed.is_empty(), run.reach.cancel.is_cancelled()) {
        (_, true) => (
            InfrastructureState::DestroyFailed,
            DeploymentState::Cancelled,
        ),
        (false, false) => (InfrastructureState::DestroyFailed, DeploymentState::Failed),
        (true, false) if spares => (
            InfrastructureState::CreateFailed,
            DeploymentState::Succeeded,
        ),
        (true, false) => (InfrastructureState::Destroyed, DeploymentState::Succeeded),
    };
    let account = run.tenant.account.id;
    infrastructures::set_state(&run.app, account, run.id, state).await?;
    let why = (!failed.is_empty()).then(|| failed.join("; "));
    run.journal.set(ended, None, why.as_deref()).await
}

fn carry_out(run: Arc<Run>, place: usize) -> BoxFuture<'static, Result<(), Failure>> {
    Box::pin(async move {
        let Some(step) = step_at(&run, place) else {
            return Ok(()); // the plan is read from the same text that the steps were written from
        };
        match &step.work {
            Work::Instances(_) => terminate(&run, &step.key).await,
            Work::Resource(resource) => destroy(&run, &step.key, resource).await,
            Work::Action(_) => Ok(()),
        }
    })
}

/// Ends the instances of a key, except those that failed and are to be looked at.
async fn terminate(run: &Run, key: &str) -> Result<(), Failure> {
    run.journal.written().await?;
    let account = run.tenant.account.id;
    let spares = run.options.on_failure == OnFailure::DestroyOthers;
    for known in instances::with_steps(&run.app, account, run.id).await? {
        let is_spared = spares && has_failed(known.instance.state);
        let is_gone = known.instance.state == InstanceState::Destroyed;
        if known.step == key && !is_gone && !is_spared {
            instances::terminate(&run.app, &run.tenant, &known.instance).await?;
        }
    }
    Ok(())
}

fn has_failed(state: InstanceState) -> bool {
    matches!(
        state,
        InstanceState::CreateFailed | InstanceState::ConfigureFailed
    )
}

/// Runs the destroy command for what the key made, if it made anything.
async fn destroy(run: &Run, key: &str, resource: &macfile::Resource) -> Result<(), Failure> {
    let spares = run.options.on_failure == OnFailure::DestroyOthers;
    for known in resources::of(&run.app, run.id).await? {
        let is_spared = spares && known.state == ResourceState::CreateFailed;
        if known.name == key && known.state != ResourceState::Destroyed && !is_spared {
            destroy_one(run, &known, resource).await?;
        }
    }
    Ok(())
}

/// A failed one stays listed with what its command wrote: it may still exist, and cost.
async fn destroy_one(
    run: &Run,
    known: &Resource,
    resource: &macfile::Resource,
) -> Result<(), Failure> {
    resources::set_state(&run.app, known.id, ResourceState::Destroying).await?;
    let Some(command) = &resource.destroy else {
        return Ok(resources::set_state(&run.app, known.id, ResourceState::Destroyed).await?);
    };
    let (output, ended) = match fill(run, &known.name, command).await {
        Ok(script) => run.command(&known.name, &script).await,
        // there is nothing by which it could be found
        Err(failure) if known.state == ResourceState::CreateFailed => {
            let (name, why) = (&known.name, failure.why);
            let note = format!(
                "{name} could not be made, and its destroy command asks for what \
                 that would have printed, so there is nothing to destroy: {why}"
            );
            run.journal.note(note).await?;
            return Ok(resources::set_state(&run.app, known.id, ResourceState::Destroyed).await?);
        }
        Err(failure) => {
            let output = resources::Output {
                stderr: failure.why.clone(),
                ..resources::Output::default()
            };
            (output, Err(failure))
        }
    };
    let state = match ended {
        Ok(()) => ResourceState::Destroyed,
        Err(_) => ResourceState::DestroyFailed,
    };
    resources::destroyed(&run.app, known.id, state, &output).await?;
    ended
}
