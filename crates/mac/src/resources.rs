//! Resources.

use client::Client;
use shared::InfrastructureState;

use crate::output::{Output, word};

/// Lists the resources of every infrastructure that is not gone.
pub async fn list(client: &Client, output: &Output) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for item in client::infrastructures::list(client).await?.items {
        if item.state == InfrastructureState::Destroyed {
            continue;
        }
        let detail = client::infrastructures::read(client, &item.name, &item.version).await?;
        rows.extend(detail.resources.into_iter().map(|resource| {
            let state = word(&resource.state);
            [
                resource.name,
                resource.infrastructure,
                resource.version,
                state,
            ]
        }));
    }
    Ok(output.table(["name", "infrastructure", "version", "state"], &rows)?)
}

/// Prints what a resource's create command wrote to standard output.
pub async fn stdout(
    client: &Client,
    name: &str,
    version: &str,
    resource: &str,
    output: &Output,
) -> anyhow::Result<()> {
    let resource = client::infrastructures::resource(client, name, version, resource).await?;
    Ok(output.result(&resource.stdout)?)
}
