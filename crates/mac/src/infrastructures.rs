//! Infrastructures: made from macfiles, shown, changed, destroyed.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use client::Client;
use shared::{
    ChangeInstance, CreateInfrastructure, Deployment, DeploymentKind, Instance, InstanceKind,
    ProblemKind, Resource, ResourceState, RunOptions, RunsAt,
};

use crate::applications::show_plan;
use crate::arguments::{InfrastructureCommand, Macfile, OnFailure, Where};
use crate::instances::script;
use crate::macfiles::{self, Macfile as Read};
use crate::output::{Coded, EXISTS, FAILED, NOT_MADE, Output};
use crate::{deployments, here, parts, session};

/// Carries out a command about infrastructures.
pub async fn run(command: InfrastructureCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let command = match command {
        InfrastructureCommand::Macfile(macfile) => return make(macfile, output).await,
        other => other,
    };
    let client = crate::signed_in(output)?;
    match command {
        InfrastructureCommand::List => {
            let all = client::infrastructures::list(&client).await?.items;
            output.either(&all, || parts::infrastructures(&all))?;
        }
        InfrastructureCommand::Items(which) => {
            let which = which.options();
            let (instances, resources) = items(&client, which.name, which.version).await?;
            output.either(
                &serde_json::json!({"instances": instances, "resources": resources}),
                || {
                    let instances = parts::instances_of(&instances);
                    format!("{instances}\n{}", parts::resources_of(&resources))
                },
            )?;
        }
        InfrastructureCommand::Destroy {
            name,
            version,
            plan: true,
            ..
        } => {
            let kind = DeploymentKind::Destroy;
            return show_plan(&client, (&name, &version), kind, output).await;
        }
        InfrastructureCommand::Destroy {
            name, version, run, ..
        } => {
            return destroy(&client, &name, &version, runs_at(run), output).await;
        }
        InfrastructureCommand::Resume { name, version, run } => {
            return resume(&client, &name, &version, runs_at(run), output).await;
        }
        InfrastructureCommand::Update {
            name,
            version,
            configuration,
        } => {
            let detail = client::infrastructures::read(&client, &name, &version).await?;
            let bootstrap = script(configuration, None, output).await?;
            crate::instances::configure(&client, detail.instances, bootstrap, output).await?;
        }
        InfrastructureCommand::Lifespan { amount, which } => {
            let (instances, _) = items(&client, which.name, which.version).await?;
            let changed = prolong(&client, instances, amount).await?;
            output.either(&changed, || parts::instances_of(&changed))?;
        }
        InfrastructureCommand::Sshkey { which, known_host } => {
            let (instances, _) = items(&client, which.name, which.version).await?;
            return crate::instances::scan_keys(&instances, known_host).await;
        }
        InfrastructureCommand::Macfile(_) => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// The instances and resources of the infrastructures that are meant.
async fn items(
    client: &Client,
    name: Option<String>,
    version: Option<String>,
) -> anyhow::Result<(Vec<Instance>, Vec<Resource>)> {
    let is_meant = |asked: &Option<String>, is: &str| asked.as_deref().is_none_or(|a| a == is);
    let (mut instances, mut resources) = (Vec::new(), Vec::new());
    for one in client::infrastructures::list(client).await?.items {
        if is_meant(&name, &one.name) && is_meant(&version, &one.version) {
            let detail = client::infrastructures::read(client, &one.name, &one.version).await?;
            instances.extend(detail.instances);
            resources.extend(detail.resources);
        }
    }
    instances.retain(|instance| instance.state != shared::InstanceState::Destroyed);
    resources.retain(|resource| resource.state != ResourceState::Destroyed);
    Ok((instances, resources))
}

async fn prolong(
    client: &Client,
    instances: Vec<Instance>,
    lifespan_minutes: u32,
) -> anyhow::Result<Vec<Instance>> {
    let mut changed = Vec::new();
    for instance in instances
        .iter()
        .filter(|one| one.kind == InstanceKind::Testing)
    {
        let change = ChangeInstance { lifespan_minutes };
        changed.push(client::instances::change(client, instance.id, &change).await?);
    }
    Ok(changed)
}

/// Makes an infrastructure from a macfile, and follows its log.
async fn make(asked: Macfile, output: &Output) -> anyhow::Result<ExitCode> {
    let macfile = macfiles::read(asked.text).await?;
    let plan = macfile.plan()?;
    if asked.plan {
        return macfiles::show(&plan, output);
    }
    let options = RunOptions {
        on_failure: match asked.on_failure {
            None => shared::OnFailure::Keep,
            Some(OnFailure::DestroyAll) => shared::OnFailure::DestroyAll,
            Some(OnFailure::DestroyOthers) => shared::OnFailure::DestroyOthers,
        },
        step_timeout_seconds: asked.timeout,
        parallel: asked.parallel,
        runs_at: runs_at(match (asked.here, asked.on_server) {
            (true, _) => Some(Where::Here),
            (_, true) => Some(Where::Server),
            (false, false) => asked.run,
        }),
    };
    let client = crate::signed_in(output)?;
    output.progress(&format!(
        "Infrastructure {} version {}\n",
        plan.name, plan.version
    ))?;
    let begun = match asked.resume {
        true => {
            client::infrastructures::resume(&client, &plan.name, &plan.version, &options).await?
        }
        false => begin(&client, &macfile, options).await?,
    };
    let folder = match macfile.folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => &macfile.folder,
    };
    let ended = carry_out(&client, begun, folder, options.runs_at, output).await?;
    finish(&client, &ended, folder, options, output).await
}

/// In a terminal of the server's, commands run on the server; elsewhere here.
fn runs_at(asked: Option<Where>) -> RunsAt {
    let is_hosted = std::env::var_os("MAC_TERMINAL").is_some();
    match asked {
        Some(Where::Server) => RunsAt::Server,
        Some(Where::Here) => RunsAt::Client,
        None if is_hosted => RunsAt::Server,
        None => RunsAt::Client,
    }
}

async fn begin(client: &Client, macfile: &Read, options: RunOptions) -> anyhow::Result<Deployment> {
    let folder = match options.runs_at {
        RunsAt::Server => folder(&macfile.folder, &session::home()?)?,
        RunsAt::Client => String::new(),
    };
    let create = CreateInfrastructure {
        macfile: macfile.text.clone(),
        parameters: macfile.parameters.clone(),
        parents: macfile.parents.clone(),
        folder,
        options,
    };
    let begun = client::infrastructures::create(client, &create).await;
    begun.map_err(|problem| match problem.kind {
        ProblemKind::Conflict => anyhow::Error::from(Coded {
            code: EXISTS,
            words: problem.title,
        }),
        _ => problem.into(),
    })
}

async fn carry_out(
    client: &Client,
    begun: Deployment,
    folder: &Path,
    runs_at: RunsAt,
    output: &Output,
) -> anyhow::Result<Deployment> {
    if runs_at == RunsAt::Server {
        return deployments::follow(client, begun, output).await;
    }
    let here = here::carry_out(client, &begun, folder, output);
    let followed = deployments::follow(client, begun.clone(), output);
    let (ended, ()) = tokio::try_join!(followed, here)?;
    Ok(ended)
}

/// Says how it ended, and follows the clearing up that was asked for.
async fn finish(
    client: &Client,
    ended: &Deployment,
    folder: &Path,
    options: RunOptions,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let (name, version) = (&ended.application, &ended.version);
    if deployments::has_succeeded(ended) {
        let detail = client::infrastructures::read(client, name, version).await?;
        output.either(&detail, || {
            let instances = match detail.instances.is_empty() {
                true => String::new(),
                false => parts::instances(&detail.instances),
            };
            let resources = match detail.resources.is_empty() {
                true => String::new(),
                false => parts::resources_of(&detail.resources),
            };
            format!("{instances}{resources}Infrastructure created successfully.\n")
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    if options.on_failure != shared::OnFailure::Keep {
        let history = client::deployments::list(client).await?.items;
        let is_clearing = |one: &Deployment| {
            one.kind == DeploymentKind::Destroy
                && (&one.application, &one.version) == (name, version)
                && one.created_at >= ended.created_at
        };
        if let Some(clearing) = history.into_iter().find(is_clearing) {
            carry_out(client, clearing, folder, options.runs_at, output).await?;
        }
    }
    Ok(ExitCode::from(NOT_MADE))
}

/// The macfile's folder, as seen from the home folder.
fn folder(folder: &Path, home: &Path) -> anyhow::Result<String> {
    let here = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    let folder = here
        .canonicalize()
        .with_context(|| format!("find {}", here.display()))?;
    let home = home.canonicalize().context("find the home folder")?;
    let Ok(relative) = folder.strip_prefix(&home) else {
        bail!(
            "{} must lie below {}, where its commands can run",
            folder.display(),
            home.display()
        );
    };
    relative
        .to_str()
        .map(str::to_owned)
        .context("the folder's name is not UTF-8")
}

/// Goes on with an infrastructure as the server has it, and follows its log.
async fn resume(
    client: &Client,
    name: &str,
    version: &str,
    runs_at: RunsAt,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let options = RunOptions {
        runs_at,
        ..RunOptions::default()
    };
    let begun = client::infrastructures::resume(client, name, version, &options).await?;
    let folder = Path::new(".");
    let ended = carry_out(client, begun, folder, runs_at, output).await?;
    finish(client, &ended, folder, options, output).await
}

/// Destroys an infrastructure, and follows the log. What could not be destroyed stays listed.
async fn destroy(
    client: &Client,
    name: &str,
    version: &str,
    runs_at: RunsAt,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let begun = match runs_at {
        RunsAt::Server => client::infrastructures::destroy(client, name, version).await?,
        RunsAt::Client => client::infrastructures::destroy_here(client, name, version).await?,
    };
    let ended = carry_out(client, begun, Path::new("."), runs_at, output).await?;
    if deployments::has_succeeded(&ended) {
        output.either(&ended, || format!("{name} {version} is destroyed"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let detail = client::infrastructures::read(client, name, version).await?;
    let is_leaked = |one: &&Resource| one.state == ResourceState::DestroyFailed;
    for leaked in detail.resources.iter().filter(is_leaked) {
        eprintln!("mac: leaked: {} may still exist, and cost", leaked.name);
    }
    eprintln!("mac: try again with: mac infrastructure destroy {name} {version}");
    Ok(ExitCode::from(FAILED))
}

#[cfg(test)]
mod tests {
    use super::folder;

    #[test]
    fn a_folder_is_told_as_seen_from_the_home() {
        let home = tempfile::tempdir().unwrap();
        let inner = home.path().join("demo");
        std::fs::create_dir(&inner).unwrap();
        assert_eq!(folder(&inner, home.path()).unwrap(), "demo");
        assert_eq!(folder(home.path(), home.path()).unwrap(), "");
        let outside = folder(std::path::Path::new("/"), home.path()).unwrap_err();
        assert!(outside.to_string().contains("must lie below"), "{outside}");
    }
}
