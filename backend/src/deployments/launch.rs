//! Launching a macfile's instances, each with a key of its own, so that asking twice is as once.

use std::collections::BTreeMap;

use macfile::Instances;
use shared::{InstanceId, InstanceKind, InstanceState};

use super::run::{Failure, Run};
use crate::{
    Result,
    instances::{self, NewInstance},
};

/// Launches what a key asks for and does not have yet.
pub(super) async fn launch(run: &Run, key: &str, wanted: &Instances) -> Result<(), Failure> {
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
                let id = begin(run, key, wanted, &location, &launch).await?;
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
    launch: &cloud::Launch,
) -> Result<InstanceId, Failure> {
    let new = NewInstance {
        infrastructure: run.id,
        step: key.to_owned(),
        name: wanted.name.clone(),
        role: wanted.role.clone(),
        provider: wanted.provider.clone(),
        location: location.to_owned(),
        hardware: launch.hardware.clone(),
        release: launch.image.clone(),
        kind: kind(&wanted.deployment),
    };
    Ok(instances::begin(&run.app, run.tenant.account.id, &new).await?)
}

fn kind(deployment: &str) -> InstanceKind {
    match deployment {
        "production" => InstanceKind::Production,
        _ => InstanceKind::Testing,
    }
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
    use super::with_environment;

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
