//! Making an instance on its own.

use std::process::ExitCode;

use anyhow::{Context, bail};
use client::Client;
use shared::{CreateInstance, Disk, InstanceKind};

use super::script;
use crate::arguments::{Create, Kind};
use crate::output::Output;
use crate::parts;
use crate::table::{Align, boxed};

pub(super) async fn make(
    client: &Client,
    create: Create,
    output: &Output,
) -> anyhow::Result<ExitCode> {
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
pub(super) fn macfile(create: &Create) -> anyhow::Result<String> {
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
