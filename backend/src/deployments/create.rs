//! Making a version: the macfile's steps in order, each written down before it is done.

use macfile::{Plan, Template, Work};
use shared::{DeploymentState, InfrastructureState, ResourceState, Step, StepState};

use super::{
    fill::fill,
    launch::launch,
    run::{Failure, Run, well},
};
use crate::{
    Result, applications, infrastructures,
    resources::{self, Output},
};

/// What making a version does, in words.
pub fn steps(plan: &Plan) -> Vec<String> {
    let words = |work: &Work| match work {
        Work::Instances(instances) if instances.amount == 1 => "launch 1 instance".to_owned(),
        Work::Instances(instances) => format!("launch {} instances", instances.amount),
        Work::Resource(_) => "create".to_owned(),
        Work::Action(action) => format!("run {}", action.action),
    };
    let step = |step: &macfile::Step| format!("{}: {}", step.key, words(&step.work));
    plan.steps.iter().map(step).collect()
}

/// Carries the steps out that are not done, and says how it ended.
pub(super) async fn run(run: &Run) -> Result<()> {
    let mut steps = run.journal.steps().await?;
    for (place, work) in run.plan.steps.iter().enumerate() {
        let Some(step) = steps.get_mut(place) else {
            break; // the plan is read from the same text that the steps were written from
        };
        if step.state == StepState::Done {
            continue;
        }
        let doing = Some(step.name.clone());
        run.journal
            .set(DeploymentState::Provisioning, doing.as_deref(), None)
            .await?;
        let ended = carry_out(run, step, work).await;
        run.step_ends(step, &ended).await?;
        run.tell().await?;
        if let Err(failure) = ended {
            let why = format!("{}: {}", work.key, failure.why);
            return give_up(run, &mut steps[place + 1..], DeploymentState::Failed, &why).await;
        }
    }
    succeed(run).await
}

/// The first version that is whole goes live before the end is written: were it the other way
/// round, a server that ends in between would leave an address that leads nowhere.
async fn succeed(run: &Run) -> Result<()> {
    let account = run.tenant.account.id;
    let (name, version) = (&run.blueprint.name, &run.blueprint.version);
    infrastructures::set_state(&run.app, account, run.id, InfrastructureState::Ready).await?;
    applications::promote_first(&run.app, account, name, version).await?;
    run.journal
        .set(DeploymentState::Succeeded, None, None)
        .await
}

/// What was made stays, for somebody to look at; what was not begun never is.
pub(super) async fn give_up(
    run: &Run,
    rest: &mut [Step],
    state: DeploymentState,
    why: &str,
) -> Result<()> {
    for step in rest {
        run.journal
            .step_ends(step, StepState::Skipped, None)
            .await?;
    }
    run.journal.note(why).await?;
    let account = run.tenant.account.id;
    let failed = InfrastructureState::CreateFailed;
    infrastructures::set_state(&run.app, account, run.id, failed).await?;
    run.journal.set(state, None, Some(why)).await
}

/// The server ended in the middle of a command: what it did is not known.
pub(super) async fn was_interrupted(run: &Run) -> Result<bool> {
    let mut steps = run.journal.steps().await?;
    let Some(place) = steps
        .iter()
        .position(|step| step.state == StepState::Running)
    else {
        return Ok(false);
    };
    let Some(planned) = run.plan.steps.get(place) else {
        return Ok(false);
    };
    // a launch carries its own key, so it is simply asked for again
    if matches!(planned.work, Work::Instances(_)) {
        return Ok(false);
    }
    run.journal
        .step_ends(&mut steps[place], StepState::Interrupted, None)
        .await?;
    for resource in resources::of(&run.app, run.id).await? {
        if resource.state == ResourceState::Creating {
            let failed = ResourceState::CreateFailed;
            resources::set_state(&run.app, resource.id, failed, None).await?;
        }
    }
    let why = format!(
        "{}: the server ended while its command ran, so what it did is not known; \
         destroy this version and make it again",
        planned.key
    );
    give_up(
        run,
        &mut steps[place + 1..],
        DeploymentState::NeedsAttention,
        &why,
    )
    .await?;
    Ok(true)
}

async fn carry_out(run: &Run, step: &mut Step, work: &macfile::Step) -> Result<(), Failure> {
    run.journal.step_begins(step).await?;
    match &work.work {
        Work::Instances(instances) => launch(run, &work.key, instances).await,
        Work::Resource(resource) => create(run, &work.key, &resource.create).await,
        Work::Action(action) => {
            let script = fill(run, &action.bash).await?;
            well(&run.command(&script).await)
        }
    }
}

async fn create(run: &Run, key: &str, command: &Template) -> Result<(), Failure> {
    let script = fill(run, command).await?;
    let account = run.tenant.account.id;
    let id = resources::begin(&run.app, account, run.id, key).await?;
    let output = run.command(&script).await;
    let ended = well(&output);
    let state = match ended {
        Ok(()) => ResourceState::Ready,
        Err(_) => ResourceState::CreateFailed,
    };
    resources::set_state(&run.app, id, state, Some(&output)).await?;
    if ended.is_ok()
        && let Some(endpoint) = endpoint(&output)
    {
        infrastructures::set_endpoint(&run.app, run.id, endpoint).await?;
    }
    ended
}

/// A command that prints one host name, and nothing else, says where the version serves.
fn endpoint(output: &Output) -> Option<&str> {
    let text = output.stdout.as_deref()?.trim();
    let is_label = |label: &str| {
        let inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty() && label.len() <= 63 && label.bytes().all(inside)
    };
    let labels: Vec<&str> = text.split('.').collect();
    let last_is_a_word = labels
        .last()
        .is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let is_name = labels.len() > 2 && last_is_a_word && labels.into_iter().all(is_label);
    (is_name && text.len() <= 253).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::{Output, endpoint};

    fn printed(stdout: &str) -> Output {
        Output {
            exit_code: Some(0),
            stdout: Some(stdout.into()),
            stderr: String::new(),
        }
    }

    #[test]
    fn a_host_name_alone_is_an_endpoint() {
        let name = "docker-tomcat-7-jre8.ap-southeast-2.elb.amazonaws.com";
        assert_eq!(endpoint(&printed(&format!("{name}\n"))), Some(name));
        for other in [
            "",
            "i-0abc",
            "10.0.0.1",
            "{\"a\": 1}",
            "two.host.names and.more.words",
        ] {
            assert_eq!(endpoint(&printed(other)), None, "{other}");
        }
    }
}
