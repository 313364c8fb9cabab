//! What destroying a version would do, said before it is done.

use macfile::{Plan, Work};
use shared::{AccountId, InstanceState, MovePlan, Resource, ResourceState, RollBackReadiness};

use super::{by_name, store, ways::ways_back};
use crate::{
    Error, Result,
    app::App,
    deployments, infrastructures,
    instances::{self, Known},
    resources,
};

/// What destroying a version would do now.
pub(super) async fn destruction(
    app: &App,
    account: AccountId,
    name: &str,
    version: &str,
) -> Result<MovePlan> {
    let application = by_name(app, account, name).await?;
    let infrastructure = infrastructures::by_version(app, account, name, version).await?;
    let id = infrastructure.id;
    let plan = deployments::plan(&infrastructures::blueprint(app, id).await?)?;
    let instances = instances::with_steps(app, account, id).await?;
    let resources = resources::of(app, id).await?;
    let mut others = infrastructures::versions(app, account, name).await?;
    others.retain(|other| other.id != id);
    if infrastructure.live && !others.is_empty() {
        return Err(Error::Conflict(infrastructures::busy(&infrastructure)));
    }
    let mut steps = ends(&plan, &instances, &resources);
    let went_live = store::went_live(&app.pool, account, name).await?;
    if infrastructure.live {
        steps.push(format!("{} leads nowhere", application.address));
    }
    let ways = ways_back(&application, &others, &went_live).into_iter();
    let mut ways = ways.filter(|way| way.version == version);
    steps.extend(ways.next().map(|way| afterwards(version, way.readiness)));
    Ok(MovePlan {
        version: version.to_owned(),
        live: application.live,
        steps,
        parameters: Vec::new(),
        outputs: Vec::new(),
        macfile: String::new(),
        command: shell_words::join(["mac", "infrastructure", "destroy", name, version]),
    })
}

/// What is ended, in order, of what is still there.
fn ends(plan: &Plan, instances: &[Known], resources: &[Resource]) -> Vec<String> {
    let of_step = |step: &macfile::Step| match &step.work {
        Work::Instances(_) => end_instances(&step.key, instances),
        Work::Resource(resource) => {
            let is_there =
                |one: &&Resource| one.name == step.key && one.state != ResourceState::Destroyed;
            resources.iter().find(is_there)?;
            Some(match &resource.destroy {
                Some(_) => format!("run the destroy command of {}", step.key),
                None => format!(
                    "forget {}, which has no destroy command: what it made stays",
                    step.key
                ),
            })
        }
        Work::Action(_) => None,
    };
    plan.steps.iter().rev().filter_map(of_step).collect()
}

fn end_instances(key: &str, instances: &[Known]) -> Option<String> {
    let is_there = |one: &&Known| one.step == key && one.instance.state != InstanceState::Destroyed;
    let names: Vec<&str> = instances
        .iter()
        .filter(is_there)
        .map(|one| one.instance.name.as_str())
        .collect();
    match names.as_slice() {
        [] => None,
        [one] => Some(format!("end the instance {one} of {key}")),
        all => Some(format!(
            "end {} instances of {key}: {}",
            all.len(),
            all.join(", ")
        )),
    }
}

/// What a way back takes afterwards.
fn afterwards(version: &str, readiness: RollBackReadiness) -> String {
    let again = format!("going back to {version} takes as long as making it again");
    match readiness {
        RollBackReadiness::Recreate {
            seconds: Some(seconds),
            ..
        } => format!("{again}, which took {seconds} s"),
        RollBackReadiness::Recreate { seconds: None, .. } => again,
        RollBackReadiness::Impossible { reason } => {
            format!("there is no way back to {version} then: {reason}")
        }
        // it is not there then
        RollBackReadiness::Instant { .. } => again,
    }
}
