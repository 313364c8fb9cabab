//! Making a version: the macfile's steps, each written down before it is done.

pub mod endpoint;
mod failed;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use macfile::{Hook, Plan, Work};
use shared::{DeploymentState, InfrastructureState, ResourceState, StepState};

use super::{
    fill::fill,
    launch::launch,
    order::Follow,
    progress::Progress,
    run::{Failure, Run},
};
use crate::{
    Result, applications, infrastructures,
    resources::{self, NewResource},
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
    let mut steps: Vec<String> = plan.steps.iter().map(step).collect();
    if plan.hook(Hook::Data).is_some() {
        steps.push("data: ask what it does to the data".to_owned());
    }
    steps
}

/// Carries the steps out that are not done, and says how it ended.
pub(super) async fn run(run: &Arc<Run>) -> Result<()> {
    let mut progress = Progress {
        steps: run.journal.steps().await?,
        needs: needs(run),
        follow: Follow::Success,
        state: DeploymentState::Provisioning,
    };
    if failed::was_interrupted(run, &mut progress).await? {
        return Ok(());
    }
    let failures = progress.carry_out(run, carry_out).await?;
    let is_whole = progress
        .steps
        .iter()
        .all(|step| step.state == StepState::Done);
    if is_whole {
        return succeed(run).await;
    }
    failed::give_up(run, &mut progress, &failures).await
}

fn needs(run: &Run) -> Vec<Vec<usize>> {
    let mut needs = match run.options.parallel {
        true => run.plan.needs_parallel(),
        false => run.plan.needs(),
    };
    // the data is asked about once everything is there
    needs.push((0..needs.len()).collect());
    needs
}

/// The first version that is whole goes live before the end is written, as does one that was made again
/// to be gone back to: were it the other way round, a server that ends in between would leave an address
/// that leads nowhere, or to another version.
async fn succeed(run: &Run) -> Result<()> {
    let account = run.tenant.account.id;
    let (name, version) = (&run.blueprint.name, &run.blueprint.version);
    infrastructures::set_state(&run.app, account, run.id, InfrastructureState::Ready).await?;
    if let Some(then) = &run.then {
        let asker = &run.tenant.account;
        if let Some(why) = applications::go_on(&run.app, asker, name, then).await? {
            let note = format!("the address is not moved to it: {why}");
            run.journal.note(&note).await?;
        }
    }
    applications::promote_first(&run.app, account, name, version).await?;
    run.journal
        .set(DeploymentState::Succeeded, None, None)
        .await
}

fn carry_out(run: Arc<Run>, place: usize) -> BoxFuture<'static, Result<(), Failure>> {
    Box::pin(async move {
        let Some(step) = run.plan.steps.get(place) else {
            return data(&run).await; // the one step behind those of the file
        };
        match &step.work {
            Work::Instances(instances) => tokio::select! {
                launched = launch(&run, &step.key, instances) => launched,
                () = run.reach.cancel.cancelled() => Err(Failure::cancelled()),
            },
            Work::Resource(resource) => create(&run, &step.key, resource).await,
            Work::Action(action) => {
                let script = fill(&run, &step.key, &action.bash).await?;
                run.command(&step.key, &script).await.1
            }
        }
    })
}

/// Asks the macfile what the version does to the data, if it knows.
async fn data(run: &Run) -> Result<(), Failure> {
    let Some(command) = run.plan.hook(Hook::Data) else {
        return Ok(());
    };
    let script = fill(run, "data", command).await?;
    let (output, ended) = run.command("data", &script).await;
    ended?;
    let change = macfile::data_change(&output.stdout)?;
    if !change.keeps_the_way_back() {
        let note = "this version changes the data one way: once it is live, there is no instant \
                    way back";
        run.journal.note(note).await?;
    }
    Ok(infrastructures::set_data(&run.app, run.id, change).await?)
}

async fn create(run: &Run, key: &str, resource: &macfile::Resource) -> Result<(), Failure> {
    let script = fill(run, key, &resource.create).await?;
    let new = NewResource {
        infrastructure: run.id,
        name: key.to_owned(),
        kind: resource.resource.clone(),
        create_command: resource.create.to_string(),
        destroy_command: resource.destroy.as_ref().map(ToString::to_string),
    };
    let id = match run.before.contains(key) {
        true => resources::begin(&run.app, run.tenant.account.id, &new).await?,
        false => run.journal.resource_begins(new).await?,
    };
    run.tell().await?;
    let (output, ended) = run.command(key, &script).await;
    let state = match ended {
        Ok(()) => ResourceState::Ready,
        Err(_) => ResourceState::CreateFailed,
    };
    if ended.is_ok()
        && let Some(endpoint) = endpoint::of(&output.stdout)
    {
        infrastructures::set_endpoint(&run.app, run.id, endpoint).await?;
    }
    run.journal.resource_made(id, state, output).await?;
    ended
}
