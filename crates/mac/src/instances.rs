//! Instances.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use client::Client;
use shared::{
    ChangeInstance, ConfigureInstance, CreateInstance, Disk, Instance, InstanceId, InstanceKind,
    InstanceState, RunCommand,
};

use crate::arguments::{Create, InstanceCommand, Kind};
use crate::fetch::{Reach, fetch, is_url};
use crate::output::{FAILED, Output};
use crate::parts;
use crate::table::{Align, boxed};
use crate::terminals;

/// How long the server may hold a request for more of a log.
const WAIT_MS: u64 = 20_000;

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

async fn make(client: &Client, create: Create, output: &Output) -> anyhow::Result<ExitCode> {
    if create.configuration.is_none() && create.bootstrap.is_none() {
        output.result(
            "--configuration or --bootstrap is required.\n\nList the configurations with:\n\n    \
             mac configuration list\n",
        )?;
        return Ok(ExitCode::from(2));
    }
    if create.location.is_none() {
        output.result(&locations(client, &create).await?)?;
        return Ok(ExitCode::from(2));
    }
    let is_local = matches!(
        create.provider.as_str(),
        "default" | "local" | "manageacloud"
    );
    if create.hardware.is_none() && !is_local {
        output.result(&sizes(client, &create).await?)?;
        return Ok(ExitCode::from(2));
    }
    let asked = wanted(create, output).await?;
    let made = client::instances::create(client, &asked).await?;
    output.either(&made, || {
        let table = parts::instances(std::slice::from_ref(&made));
        format!(
            "{table}\nMonitor the progress of all servers:\n\n    watch mac instance list\n\n\
             Tail server logs:\n\n    mac instance log -f {}\n",
            made.id
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn wanted(create: Create, output: &Output) -> anyhow::Result<CreateInstance> {
    let disks: Option<Vec<Disk>> = create.hd.iter().map(|text| disk(text)).collect();
    let release = match create.release_version {
        Some(version) => format!("{}:{version}", create.release),
        None => create.release,
    };
    Ok(CreateInstance {
        name: create.name,
        provider: create.provider,
        location: create.location,
        hardware: create.hardware,
        release: Some(release),
        kind: match create.deployment {
            Kind::Testing => InstanceKind::Testing,
            Kind::Production => InstanceKind::Production,
        },
        lifespan_minutes: create.lifespan,
        bootstrap: script(create.configuration, create.bootstrap, output)
            .await?
            .unwrap_or_default(),
        environment: create.environment.into_iter().collect(),
        disks: disks.context("--hd must be NAME:SIZE[:TYPE[:IOPS]], SIZE in gigabytes")?,
        ports: create.port,
        net: create.net,
    })
}

/// `/dev/sdb:20:io1:100`
fn disk(text: &str) -> Option<Disk> {
    let mut parts = text.split(':');
    Some(Disk {
        device: parts.next()?.to_owned(),
        size_gb: parts.next()?.parse().ok()?,
        kind: parts.next().map(str::to_owned),
        iops: match parts.next() {
            Some(iops) => Some(iops.parse().ok()?),
            None => None,
        },
    })
}

async fn locations(client: &Client, create: &Create) -> anyhow::Result<String> {
    let all = client::providers::locations(client, &create.provider)
        .await?
        .items;
    let rows: Vec<_> = all
        .iter()
        .map(|one| [one.id.clone(), one.description.clone()])
        .collect();
    let table = boxed(Align::Left, ["Location", "Description"], &rows);
    let example = all
        .first()
        .map(|one| format!("\nExample:\n\n    {} -l {}\n", line(create), one.id));
    Ok(format!(
        "\n--location parameter not set. You must choose the location.\n\nAvailable locations:\n\n\
         {table}{}",
        example.unwrap_or_default()
    ))
}

async fn sizes(client: &Client, create: &Create) -> anyhow::Result<String> {
    let location = create.location.clone().unwrap_or_default();
    let all = client::providers::hardware(client, &create.provider, &location)
        .await?
        .items;
    let rows: Vec<_> = all
        .iter()
        .map(|one| {
            [
                one.id.clone(),
                one.memory_mb.to_string(),
                one.cores.to_string(),
                format!("{}Gb", one.disk_gb),
            ]
        })
        .collect();
    let table = boxed(Align::Left, ["Id", "RAM", "Cores", "HD"], &rows);
    let example = all.first().map(|one| {
        format!(
            "\nExample:\n\n    {} -l {location} -hw {}\n",
            line(create),
            one.id
        )
    });
    Ok(format!(
        "\n--hardware not found. You must choose the hardware.\n\nAvailable hardware:\n\n{table}{}",
        example.unwrap_or_default()
    ))
}

/// The command line so far.
fn line(create: &Create) -> String {
    let mut words = vec!["mac instance create".to_owned()];
    let mut add = |option: &str, value: Option<&str>| {
        words.extend(value.map(|value| format!("{option} {value}")));
    };
    add("-c", create.configuration.as_deref());
    add("-b", create.bootstrap.as_deref());
    add(
        "-d",
        (create.deployment == Kind::Production).then_some("production"),
    );
    add("-n", create.name.as_deref());
    add(
        "-p",
        (create.provider != "default").then_some(create.provider.as_str()),
    );
    add(
        "-r",
        (create.release != "any").then_some(create.release.as_str()),
    );
    words.join(" ")
}

/// The macfile that would make the same instance.
fn macfile(create: &Create) -> anyhow::Result<String> {
    let quoted = |text: &str| serde_json::to_string(text);
    let kind = match create.deployment {
        Kind::Testing => "testing",
        Kind::Production => "production",
    };
    let setup = match (&create.configuration, &create.bootstrap) {
        (Some(tag), _) => format!("configuration: {}", quoted(tag)?),
        (None, Some(script)) => format!("bootstrap bash: {}", quoted(script)?),
        (None, None) => bail!("--configuration or --bootstrap is required"),
    };
    let mut role = format!("      {setup}\n");
    if !create.environment.is_empty() {
        role.push_str("      environment:\n");
        for (name, value) in &create.environment {
            role.push_str(&format!("        - {name}: {}\n", quoted(value)?));
        }
    }
    let mut step = String::new();
    for (key, value) in [
        ("location", create.location.as_deref()),
        ("hardware", create.hardware.as_deref()),
        ("net", create.net.as_deref()),
    ] {
        if let Some(value) = value {
            step.push_str(&format!("    {key}: {}\n", quoted(value)?));
        }
    }
    if let Some(minutes) = create.lifespan {
        step.push_str(&format!("    lifespan: {minutes}\n"));
    }
    Ok(format!(
        "mac: {}\nname: manageacloud.com\nversion: '1.0'\ndescription: Manageacloud CLI\n\nroles:\n  \
         default:\n    instance create:\n{role}\ninfrastructures:\n  default:\n    role: default\n    \
         name: {}\n    amount: 1\n    provider: {}\n    deployment: {kind}\n    release: {}\n{step}",
        env!("CARGO_PKG_VERSION"),
        quoted(create.name.as_deref().unwrap_or_default())?,
        quoted(&create.provider)?,
        quoted(&create.release)?,
    ))
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

async fn log(client: &Client, instance: &Instance, output: &Output) -> anyhow::Result<()> {
    let log = client::instances::log(client, instance.id, 0, 0).await?;
    let when = instance.created_at;
    let block = |title: &str, text: &str| match text.is_empty() {
        true => format!("There is not {} logs\n", title.to_lowercase()),
        false => {
            let head = format!("{title} logs for {when}");
            format!("{head}\n{}\n\n{text}\n", "-".repeat(head.chars().count()))
        }
    };
    output.either(&log, || {
        let creation = block("Creation", &log.console);
        format!(
            "\n\n{creation}\n\n{}",
            block("Configuration", &log.configuration)
        )
    })
}

/// Prints what its script writes until that has ended.
async fn follow_log(client: &Client, id: InstanceId, output: &Output) -> anyhow::Result<ExitCode> {
    let mut after = 0;
    loop {
        let log = client::instances::log(client, id, after, WAIT_MS).await?;
        output.exactly(&log.configuration)?;
        after = log.next;
        match log.state {
            InstanceState::Creating | InstanceState::Created | InstanceState::Configuring => {}
            _ if !log.configuration.is_empty() => {}
            InstanceState::ConfigureFailed | InstanceState::CreateFailed => {
                return Ok(ExitCode::from(FAILED));
            }
            InstanceState::Ready
            | InstanceState::Destroying
            | InstanceState::Destroyed
            | InstanceState::DestroyFailed => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// Prints the public keys of instances, or adds them to those that ssh knows.
pub async fn scan_keys(instances: &[Instance], known_host: bool) -> anyhow::Result<ExitCode> {
    for instance in instances {
        let Some(address) = &instance.public_address else {
            continue;
        };
        let scan = tokio::process::Command::new("ssh-keyscan")
            .arg(address)
            .output();
        let scan = scan.await.context("run ssh-keyscan")?;
        let keys = String::from_utf8_lossy(&scan.stdout).into_owned();
        if known_host {
            know(&keys)?;
            println!("{address} processed");
        } else {
            print!("{keys}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn know(keys: &str) -> anyhow::Result<()> {
    let folder = crate::session::home()?.join(".ssh");
    std::fs::create_dir_all(&folder).context("make ~/.ssh")?;
    let path = folder.join("known_hosts");
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    let new: String = keys
        .lines()
        .filter(|line| !line.starts_with('#') && !known.lines().any(|known| known == *line))
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(&path, format!("{known}{new}")).context("write ~/.ssh/known_hosts")
}

#[cfg(test)]
mod tests {
    use crate::arguments::{Arguments, Command, InstanceCommand};

    use super::{disk, macfile};

    #[test]
    fn the_macfile_of_an_instance_is_one() {
        let line = "mac instance create -b true -l local -n box -e A=x -t 20 -y";
        let read = Arguments::from(line.split(' ').map(Into::into)).unwrap();
        let Command::Instance {
            command: InstanceCommand::Create(create),
        } = read.command
        else {
            panic!()
        };
        let text = macfile(&create).unwrap();
        let plan = ::macfile::parse(&text, &Default::default());
        assert!(plan.is_ok(), "{plan:?}\n{text}");
        assert_eq!(::macfile::format(&text).unwrap(), text);
    }

    #[test]
    fn a_disk_is_read_as_the_original_did() {
        let read = disk("/dev/sdb:20:io1:100").unwrap();
        assert_eq!((read.size_gb, read.iops), (20, Some(100)));
        assert!(disk("/dev/sdb").is_none() && disk("/dev/sdb:big").is_none());
    }
}
