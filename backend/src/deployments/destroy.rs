//! Destroying a version: its parts in reverse order, each tried even when another one failed.

use macfile::{Plan, Work};
use shared::{DeploymentState, InfrastructureState, InstanceState, ResourceState, Step, StepState};

use super::run::{Failure, Run, well};
use crate::{
    Result, infrastructures, instances,
    resources::{self, Output},
};

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
pub(super) async fn run(run: &Run) -> Result<()> {
    let mut steps = run.journal.steps().await?;
    let mut failed: Option<String> = None;
    for (step, work) in steps.iter_mut().zip(run.plan.steps.iter().rev()) {
        if step.state == StepState::Done {
            continue;
        }
        let doing = Some(step.name.clone());
        run.journal
            .set(DeploymentState::Destroying, doing.as_deref(), None)
            .await?;
        let ended = carry_out(run, step, work).await;
        run.step_ends(step, &ended).await?;
        run.tell().await?;
        if let Err(failure) = ended {
            let why = format!("{}: {}", work.key, failure.why);
            run.journal.note(&why).await?;
            failed.get_or_insert(why);
        }
    }
    end(run, failed).await
}

async fn end(run: &Run, failed: Option<String>) -> Result<()> {
    let (state, ended) = match failed {
        None => (InfrastructureState::Destroyed, DeploymentState::Succeeded),
        Some(_) => (InfrastructureState::DestroyFailed, DeploymentState::Failed),
    };
    let account = run.tenant.account.id;
    infrastructures::set_state(&run.app, account, run.id, state).await?;
    run.journal.set(ended, None, failed.as_deref()).await
}

async fn carry_out(run: &Run, step: &mut Step, work: &macfile::Step) -> Result<(), Failure> {
    run.journal.step_begins(step).await?;
    match &work.work {
        Work::Instances(_) => terminate(run, &work.key).await,
        Work::Resource(resource) => {
            let script = match &resource.destroy {
                Some(command) => Some(command.fill(&run.known().await?)?),
                None => None,
            };
            destroy(run, &work.key, script).await
        }
        Work::Action(_) => Ok(()),
    }
}

async fn terminate(run: &Run, key: &str) -> Result<(), Failure> {
    let account = run.tenant.account.id;
    for known in instances::with_steps(&run.app, account, run.id).await? {
        if known.step == key && known.instance.state != InstanceState::Destroyed {
            instances::terminate(&run.app, &run.tenant, &known.instance).await?;
        }
    }
    Ok(())
}

/// Runs the destroy command once for what the key made, if it made anything.
async fn destroy(run: &Run, key: &str, script: Option<String>) -> Result<(), Failure> {
    for resource in resources::of(&run.app, run.id).await? {
        if resource.name != key || resource.state == ResourceState::Destroyed {
            continue;
        }
        let going = ResourceState::Destroying;
        resources::set_state(&run.app, resource.id, going, None).await?;
        let output = match &script {
            Some(script) => Some(run.command(script).await),
            None => None,
        };
        let ended = output.as_ref().map_or(Ok(()), well);
        let state = match ended {
            Ok(()) => ResourceState::Destroyed,
            Err(_) => ResourceState::DestroyFailed,
        };
        // what the create command printed stays to be read
        let said = output.map(|output| Output {
            stdout: None,
            ..output
        });
        resources::set_state(&run.app, resource.id, state, said.as_ref()).await?;
        ended?;
    }
    Ok(())
}
