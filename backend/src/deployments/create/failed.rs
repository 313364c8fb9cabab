//! What becomes of a version that could not be made.

use macfile::Work;
use shared::{DeploymentState, InfrastructureState, OnFailure, ResourceState, StepState};

use super::super::{
    progress::Progress,
    run::{Failure, Run},
};
use crate::{Result, infrastructures, resources};

/// The server ended in the middle of a command: what it did is not known.
///
/// A launch carries its own key, so it is simply asked for again.
pub(super) async fn was_interrupted(run: &Run, progress: &mut Progress) -> Result<bool> {
    let mut keys = Vec::new();
    for (place, step) in progress.steps.iter_mut().enumerate() {
        if step.state != StepState::Running {
            continue;
        }
        // asking about the data changes nothing, so it is asked again as well
        let planned = run.plan.steps.get(place);
        let planned = planned.filter(|planned| !matches!(planned.work, Work::Instances(_)));
        let Some(planned) = planned else {
            step.state = StepState::Waiting;
            continue;
        };
        keys.push(planned.key.as_str());
        run.journal
            .step_ends(step, StepState::Interrupted, None)
            .await?;
    }
    if keys.is_empty() {
        return Ok(false);
    }
    fail_begun_resources(run).await?;
    let why = format!(
        "{}: the server ended while its command ran, so what it did is not known; look, then \
         go on with --resume, or destroy this version",
        keys.join(", ")
    );
    end(run, progress, DeploymentState::NeedsAttention, &why).await?;
    Ok(true)
}

async fn fail_begun_resources(run: &Run) -> Result<()> {
    for resource in resources::of(&run.app, run.id).await? {
        if resource.state == ResourceState::Creating {
            let failed = ResourceState::CreateFailed;
            resources::set_state(&run.app, resource.id, failed).await?;
        }
    }
    Ok(())
}

/// Says why not all was made; what was made stays, or goes, as was asked.
pub(super) async fn give_up(
    run: &Run,
    progress: &mut Progress,
    failures: &[(usize, Failure)],
) -> Result<()> {
    if run.reach.cancel.is_cancelled() {
        let why = "it was cancelled; go on with --resume, or destroy this version";
        return end(run, progress, DeploymentState::Cancelled, why).await;
    }
    let told = failures.iter().map(|(place, failure)| {
        let key = run.plan.steps.get(*place).map(|step| step.key.as_str());
        format!("{}: {}", key.unwrap_or_default(), failure.why)
    });
    let why = told.collect::<Vec<_>>().join("; ");
    end(run, progress, DeploymentState::Failed, &why).await
}

/// Writes the end; before it, the beginning of the destruction that was asked for, so that a
/// server that ends in between does not forget it.
async fn end(run: &Run, progress: &mut Progress, state: DeploymentState, why: &str) -> Result<()> {
    progress.skip_the_rest(run).await?;
    run.journal.note(why).await?;
    let account = run.tenant.account.id;
    let failed = InfrastructureState::CreateFailed;
    infrastructures::set_state(&run.app, account, run.id, failed).await?;
    let clears = state == DeploymentState::Failed && run.options.on_failure != OnFailure::Keep;
    if clears {
        infrastructures::clear_after_failure(&run.app, account, run.id, run.options).await?;
    }
    run.journal.set(state, None, Some(why)).await
}
