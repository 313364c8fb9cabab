//! Resources.

use std::process::ExitCode;

use client::Client;
use shared::{Resource, ResourceState};

use crate::arguments::ResourceCommand;
use crate::output::Output;
use crate::{parts, pick};

/// Carries out a command about resources.
pub async fn run(command: ResourceCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let client = crate::signed_in(output)?;
    match command {
        ResourceCommand::List => {
            let all = all(&client).await?;
            output.either(&all, || parts::resources_of(&all))?;
        }
        ResourceCommand::GetStdout {
            name,
            version,
            resource,
            key,
        } => {
            let made =
                client::infrastructures::resource(&client, &name, &version, &resource).await?;
            let text = match key {
                Some(key) => pick::printed(&made.stdout, &key)?,
                None if output.is_json() => {
                    output.either(&made, String::new)?;
                    return Ok(ExitCode::SUCCESS);
                }
                None => made.stdout,
            };
            match output.is_json() {
                true => output.either(&text, String::new)?,
                // as the command wrote it, for scripts
                false => output.exactly(&text)?,
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The resources of every infrastructure that are there.
async fn all(client: &Client) -> anyhow::Result<Vec<Resource>> {
    let mut all = Vec::new();
    for one in client::infrastructures::list(client).await?.items {
        let detail = client::infrastructures::read(client, &one.name, &one.version).await?;
        let there = |resource: &Resource| resource.state != ResourceState::Destroyed;
        all.extend(detail.resources.into_iter().filter(there));
    }
    Ok(all)
}
