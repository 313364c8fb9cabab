//! Instances.

mod create;
mod keys;
mod logs;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use client::Client;
use shared::{ChangeInstance, ConfigureInstance, Instance, RunCommand};

use self::create::{macfile, make};
pub use self::keys::scan_keys;
use self::logs::{follow_log, log};
use crate::arguments::InstanceCommand;
use crate::fetch::{Reach, fetch, is_url};
use crate::output::{FAILED, Output};
use crate::parts;
use crate::terminals;

/// Carries out a command about instances.
pub async fn run(command: InstanceCommand, output: &Output) -> anyhow::Result<ExitCode> {
    if let InstanceCommand::Create(create) = &command
        && create.yaml
    {
        output.result(&macfile(create)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let client = crate::signed_in(output)?;
    match command {
        InstanceCommand::List => {
            let all = client::instances::list(&client).await?.items;
            output.either(&all, || parts::instances(&all))?;
        }
        InstanceCommand::Create(create) => return make(&client, *create, output).await,
        InstanceCommand::Update {
            id,
            configuration,
            bootstrap,
        } => {
            let bootstrap = script(configuration, bootstrap, output).await?;
            let meant = meant(&client, &id).await?;
            configure(&client, meant, bootstrap, output).await?;
        }
        InstanceCommand::Destroy { id } => {
            let mut gone = Vec::new();
            for instance in meant(&client, &id).await? {
                gone.push(client::instances::destroy(&client, instance.id).await?);
            }
            output.either(&gone, || parts::instances(&gone))?;
        }
        InstanceCommand::Ssh { id, command } => return ssh(&client, &id, &command, output).await,
        InstanceCommand::Facts { id } => {
            let facts = client::instances::facts(&client, one(&client, &id).await?.id).await?;
            let line = |(name, value): (&String, &String)| format!("{name}: {value}\n");
            output.either(&facts, || facts.iter().map(line).collect())?;
        }
        InstanceCommand::Log { id, follow } => {
            let instance = one(&client, &id).await?;
            match follow {
                true => return follow_log(&client, instance.id, output).await,
                false => log(&client, &instance, output).await?,
            }
        }
        InstanceCommand::Lifespan { id, amount } => {
            let change = ChangeInstance {
                lifespan_minutes: amount,
            };
            let id = one(&client, &id).await?.id;
            let changed = client::instances::change(&client, id, &change).await?;
            output.either(&changed, || {
                parts::instances(std::slice::from_ref(&changed))
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The instances that are meant, by id, by name, or all.
async fn meant(client: &Client, asked: &[String]) -> anyhow::Result<Vec<Instance>> {
    let all = client::instances::list(client).await?.items;
    if asked == ["all"] {
        return Ok(all);
    }
    let mut meant = Vec::new();
    for word in asked {
        let is_meant = |one: &&Instance| one.id.to_string() == *word || one.name == *word;
        let before = meant.len();
        meant.extend(all.iter().filter(is_meant).cloned());
        if meant.len() == before {
            bail!("Server {word} not found");
        }
    }
    Ok(meant)
}

async fn one(client: &Client, asked: &str) -> anyhow::Result<Instance> {
    let mut meant = meant(client, &[asked.to_owned()]).await?;
    match (meant.pop(), meant.is_empty()) {
        (Some(instance), true) => Ok(instance),
        _ => bail!("several instances are called {asked}: use an id"),
    }
}

/// The script that a configuration or an option means: commands, a file's, or a URL's.
pub async fn script(
    configuration: Option<String>,
    bootstrap: Option<String>,
    output: &Output,
) -> anyhow::Result<Option<String>> {
    if let Some(tag) = configuration {
        let client = crate::signed_in(output)?;
        let all = client::configurations::list(&client).await?.items;
        let found = all.into_iter().find(|known| known.tag == tag);
        let known = found.with_context(|| format!("there is no configuration {tag}"))?;
        return Ok(Some(known.script));
    }
    match bootstrap {
        Some(url) if is_url(&url) => Ok(Some(fetch(&url, Reach::Public).await?)),
        Some(file) if Path::new(&file).is_file() => Ok(Some(std::fs::read_to_string(&file)?)),
        other => Ok(other),
    }
}

/// Configures instances once more, and says how to follow that.
pub async fn configure(
    client: &Client,
    instances: Vec<Instance>,
    bootstrap: Option<String>,
    output: &Output,
) -> anyhow::Result<()> {
    let mut changed = Vec::new();
    for instance in instances {
        let configure = ConfigureInstance {
            bootstrap: bootstrap.clone(),
            ..ConfigureInstance::default()
        };
        changed.push(client::instances::configure(client, instance.id, &configure).await?);
    }
    output.either(&changed, || {
        let follow = |one: &Instance| format!("    mac instance log -f {}\n", one.id);
        let lines: String = changed.iter().map(follow).collect();
        let table = parts::instances(&changed);
        format!("{table}\nTo track configuration changes\n\n{lines}")
    })
}

async fn ssh(
    client: &Client,
    asked: &[String],
    command: &[String],
    output: &Output,
) -> anyhow::Result<ExitCode> {
    if command.is_empty() {
        let instance = match asked {
            [asked] => one(client, asked).await?,
            _ => bail!("a shell is opened on one instance; give a command for several with -c"),
        };
        return terminals::shell(client, instance.id, output).await;
    }
    let run = RunCommand {
        command: command.join(" "),
    };
    let mut codes = Vec::new();
    for instance in meant(client, asked).await? {
        let ended = client::instances::run(client, instance.id, &run).await?;
        codes.push(ended.exit_code);
        output.either(&ended, || format!("[{}] \n{}", instance.name, ended.stdout))?;
        if !output.is_json() {
            eprint!("{}", ended.stderr);
        }
    }
    Ok(match codes[..] {
        // as ssh does
        [Some(code)] => ExitCode::from(u8::try_from(code).unwrap_or(FAILED)),
        _ if codes.iter().all(|code| *code == Some(0)) => ExitCode::SUCCESS,
        _ => ExitCode::from(FAILED),
    })
}
