//! Launching a macfile's instances, each with a key of its own, so that asking twice is as once.

use std::collections::BTreeMap;

use futures_util::future;
use macfile::Instances;
use shared::{ConfigureInstance, InstanceId, InstanceKind, InstanceState};

use super::run::{Failure, Run};
use crate::{
    Error, Result, configurations,
    instances::{self, LIFESPAN_MINUTES, NewInstance},
    providers,
};

/// Launches what a key asks for and does not have yet, all at the same time.
pub(super) async fn launch(run: &Run, key: &str, wanted: &Instances) -> Result<(), Failure> {
    let account = run.tenant.account.id;
    let (new, launch) = filled(run, key, wanted).await?;
    let known = instances::with_steps(&run.app, account, run.id).await?;
    let mut mine: Vec<(InstanceId, InstanceState)> = known
        .into_iter()
        .filter(|known| known.step == key)
        .map(|known| (known.instance.id, known.instance.state))
        .filter(|(_, state)| is_there(*state))
        .collect();
    while mine.len() < wanted.amount as usize {
        let id = instances::begin(&run.app, account, &new).await?;
        mine.push((id, InstanceState::Creating));
    }
    run.tell().await?;
    let launches = mine
        .into_iter()
        .map(|(id, state)| one(run, id, state, launch.clone()));
    let ended = future::join_all(launches).await;
    ended.into_iter().collect()
}

/// Whether it counts among those that are asked for.
fn is_there(state: InstanceState) -> bool {
    match state {
        InstanceState::Creating
        | InstanceState::Created
        | InstanceState::Configuring
        | InstanceState::Ready
        | InstanceState::ConfigureFailed => true,
        InstanceState::CreateFailed
        | InstanceState::Destroying
        | InstanceState::Destroyed
        | InstanceState::DestroyFailed => false,
    }
}

async fn one(
    run: &Run,
    id: InstanceId,
    state: InstanceState,
    launch: cloud::Launch,
) -> Result<(), Failure> {
    match state {
        InstanceState::Ready => return Ok(()),
        // it runs: only its script is to be run again
        InstanceState::ConfigureFailed => {
            let again = ConfigureInstance::default();
            instances::configure(&run.app, run.tenant.account.id, id, again).await?;
        }
        _ => {}
    }
    let launched = instances::launch(&run.app, &run.tenant, id, launch).await;
    let observed = match launched {
        Ok(observed) => observed,
        Err(error) => {
            fail(run, id, &error).await?;
            return Err(error.into());
        }
    };
    let address = observed.public_address.unwrap_or_default();
    run.journal
        .note(format!("{} is ready at {address}", observed.provider_id))
        .await?;
    Ok(())
}

/// One whose script failed runs on, to be looked at.
async fn fail(run: &Run, id: InstanceId, error: &Error) -> Result<()> {
    let instance = instances::by_id(&run.app, run.tenant.account.id, id).await?;
    if instance.state == InstanceState::Creating {
        instances::fail(&run.app, id, &error.to_string()).await?;
    }
    let log = instances::log(&run.app, run.tenant.account.id, id, 0, Default::default()).await;
    let written = log.map(|log| log.configuration).unwrap_or_default();
    let last = written.lines().rev().take(20).collect::<Vec<_>>();
    for line in last.into_iter().rev() {
        run.journal
            .note(format!("{}: {line}", instance.name))
            .await?;
    }
    Ok(())
}

/// What to launch, and how.
async fn filled(
    run: &Run,
    key: &str,
    wanted: &Instances,
) -> Result<(NewInstance, cloud::Launch), Failure> {
    let known = run.known().await?;
    let mut environment = BTreeMap::new();
    for (name, value) in &wanted.environment {
        environment.insert(name.clone(), value.fill(&known)?);
    }
    let provider = &wanted.provider;
    let location = wanted.location.fill(&known)?;
    let hardware = providers::hardware(provider, Some(&wanted.hardware.fill(&known)?));
    let release = wanted.release.fill(&known)?;
    let new = NewInstance {
        infrastructure: Some(run.id),
        step: key.to_owned(),
        name: wanted.name.clone(),
        role: Some(wanted.role.clone()),
        provider: provider.clone(),
        location: providers::place(&run.app, &run.tenant, provider, Some(&location)).await?,
        hardware: hardware.clone(),
        release: release.clone(),
        kind: kind(&wanted.deployment),
        lifespan_minutes: wanted.lifespan_minutes.unwrap_or(LIFESPAN_MINUTES),
        script: instances::script(&bootstrap(wanted)?, &environment)?,
        metadata: None,
        wanted: instances::Wanted::default(), // a deployment asks again by itself
    };
    let launch = cloud::Launch {
        client_token: String::new(),
        name: wanted.name.clone(),
        image: String::new(),
        hardware,
        user_data: String::new(),
        tags: tags(run, wanted),
        ports: wanted.ports.clone(),
        admin_port: instances::SSH_PORT,
        subnet: wanted
            .net
            .as_ref()
            .map(|net| net.fill(&known))
            .transpose()?,
        disks: wanted.disks.iter().cloned().map(disk).collect(),
    };
    Ok((new, launch))
}

/// The role's own script, or that of the configuration that it names.
fn bootstrap(wanted: &Instances) -> Result<String, Failure> {
    let Some(tag) = &wanted.configuration else {
        return Ok(wanted.user_data.clone());
    };
    let known =
        configurations::by_tag(tag).ok_or_else(|| format!("there is no configuration {tag}"))?;
    Ok(known.script.to_owned())
}

fn disk(disk: macfile::Disk) -> cloud::Disk {
    cloud::Disk {
        device: disk.device,
        size_gb: disk.size_gb,
        kind: disk.kind,
        iops: disk.iops,
    }
}

fn tags(run: &Run, wanted: &Instances) -> Vec<(String, String)> {
    let tag = |key: &str, value: &str| (format!("mac:{key}"), value.to_owned());
    vec![
        tag("infrastructure", &run.blueprint.name),
        tag("version", &run.blueprint.version),
        tag("role", &wanted.role),
    ]
}

fn kind(deployment: &str) -> InstanceKind {
    match deployment {
        "production" => InstanceKind::Production,
        _ => InstanceKind::Testing,
    }
}
