//! Making a version: the macfile's steps in order, each written down before it is done.

use std::collections::BTreeMap;

use macfile::{Action, FillError, Instances, Known, Plan, Reference, Template, Work};
use shared::{
    DeploymentState, InfrastructureState, InstanceId, InstanceState, ResourceState, Step, StepState,
};

use super::run::{Failure, Run, well};
use crate::{
    Result, applications,
    infrastructures::{self, Output},
    instances::{self, NewInstance},
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

async fn succeed(run: &Run) -> Result<()> {
    let account = run.tenant.account.id;
    infrastructures::set_state(&run.app, account, run.id, InfrastructureState::Ready).await?;
    run.journal
        .set(DeploymentState::Succeeded, None, None)
        .await?;
    let (name, version) = (&run.blueprint.name, &run.blueprint.version);
    applications::promote_first(&run.app, account, name, version).await
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
    for resource in infrastructures::resources(&run.app, run.id).await? {
        if resource.state == ResourceState::Creating {
            let failed = ResourceState::CreateFailed;
            infrastructures::set_resource(&run.app, resource.id, failed, None).await?;
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
            well(&run.command(&script).await?)
        }
    }
}

async fn create(run: &Run, key: &str, command: &Template) -> Result<(), Failure> {
    let script = fill(run, command).await?;
    let account = run.tenant.account.id;
    let id = infrastructures::begin_resource(&run.app, account, run.id, key).await?;
    let output = run.command(&script).await?;
    let ended = well(&output);
    let state = match ended {
        Ok(()) => ResourceState::Ready,
        Err(_) => ResourceState::CreateFailed,
    };
    infrastructures::set_resource(&run.app, id, state, Some(&output)).await?;
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

/// The text of a template; an action that it asks for is run first.
async fn fill(run: &Run, template: &Template) -> Result<String, Failure> {
    let mut known = run.known().await?;
    loop {
        let wanted = match template.fill(&known) {
            Ok(text) => return Ok(text),
            Err(FillError::NotYet(
                Reference::Action { action, .. } | Reference::ActionOutput { action, .. },
            )) if !known.actions.contains_key(&action) => action,
            Err(error) => return Err(error.into()),
        };
        let printed = act(run, &wanted, &known).await?;
        known.actions.insert(wanted, printed);
    }
}

/// What an action's command prints.
async fn act(run: &Run, name: &str, known: &Known) -> Result<String, Failure> {
    let script = match run.plan.actions.get(name) {
        Some(Action::Bash(script)) => script.fill(known)?,
        Some(Action::Ssh(_)) => {
            return Err(format!("{name} runs over ssh, which is not supported yet").into());
        }
        None => return Err(format!("there is no action {name}").into()),
    };
    let output = run.command(&script).await?;
    well(&output)?;
    Ok(output.stdout.unwrap_or_default())
}

async fn launch(run: &Run, key: &str, wanted: &Instances) -> Result<(), Failure> {
    let account = run.tenant.account.id;
    let (location, launch) = filled(run, wanted).await?;
    let known = instances::with_steps(&run.app, account, run.id).await?;
    let mut mine: Vec<(InstanceId, InstanceState)> = known
        .into_iter()
        .filter(|known| known.step == key)
        .map(|known| (known.instance.id, known.instance.state))
        .collect();
    for place in 0..wanted.amount as usize {
        let (id, state) = match mine.get(place) {
            Some(known) => *known,
            None => {
                let id = begin(run, key, wanted, &location).await?;
                mine.push((id, InstanceState::Creating));
                (id, InstanceState::Creating)
            }
        };
        if state != InstanceState::Ready {
            launch_one(run, id, &location, launch.clone()).await?;
        }
    }
    Ok(())
}

async fn launch_one(
    run: &Run,
    id: InstanceId,
    location: &str,
    launch: cloud::Launch,
) -> Result<(), Failure> {
    let launch = cloud::Launch {
        client_token: id.to_string(),
        ..launch
    };
    run.tell().await?;
    let launched = instances::launch(&run.app, &run.tenant, id, location, launch).await;
    let observed = match launched {
        Ok(observed) => observed,
        Err(error) => {
            instances::fail(&run.app, id).await?;
            return Err(error.into());
        }
    };
    let address = observed.public_address.unwrap_or_default();
    run.journal
        .note(format!("{} runs at {address}", observed.provider_id))
        .await?;
    Ok(())
}

async fn begin(
    run: &Run,
    key: &str,
    wanted: &Instances,
    location: &str,
) -> Result<InstanceId, Failure> {
    let new = NewInstance {
        infrastructure: run.id,
        step: key.to_owned(),
        name: wanted.name.clone(),
        role: wanted.role.clone(),
        provider: wanted.provider.clone(),
        location: location.to_owned(),
    };
    Ok(instances::begin(&run.app, run.tenant.account.id, &new).await?)
}

/// Where to launch, and what.
async fn filled(run: &Run, wanted: &Instances) -> Result<(String, cloud::Launch), Failure> {
    let known = run.known().await?;
    let mut environment = BTreeMap::new();
    for (name, value) in &wanted.environment {
        environment.insert(name.clone(), value.fill(&known)?);
    }
    let tag = |key: &str, value: &str| (format!("mac:{key}"), value.to_owned());
    let launch = cloud::Launch {
        client_token: String::new(),
        name: wanted.name.clone(),
        image: wanted.release.fill(&known)?,
        hardware: wanted.hardware.fill(&known)?,
        user_data: with_environment(&wanted.user_data, &environment),
        tags: vec![
            tag("infrastructure", &run.blueprint.name),
            tag("version", &run.blueprint.version),
            tag("role", &wanted.role),
        ],
        security_groups: Vec::new(),
    };
    Ok((wanted.location.fill(&known)?, launch))
}

/// A script that sets the variables before anything else.
fn with_environment(script: &str, environment: &BTreeMap<String, String>) -> String {
    let (first, rest) = match script.split_once('\n') {
        Some((first, rest)) if first.starts_with("#!") => (first, rest),
        _ => ("#!/bin/bash", script),
    };
    let quoted = |value: &str| value.replace('\'', r"'\''");
    let exports = environment
        .iter()
        .map(|(name, value)| format!("export {name}='{}'\n", quoted(value)));
    format!("{first}\n{}{rest}", exports.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::{Output, endpoint, with_environment};

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

    #[test]
    fn variables_come_after_the_interpreter_and_keep_their_quotes() {
        let environment = [("NAME".to_owned(), "it's".to_owned())].into();
        assert_eq!(
            with_environment("#!/bin/sh\nserve\n", &environment),
            "#!/bin/sh\nexport NAME='it'\\''s'\nserve\n"
        );
        assert!(with_environment("serve", &environment).starts_with("#!/bin/bash\n"));
    }
}
