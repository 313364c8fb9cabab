//! Instances.

use client::Client;
use shared::InstanceId;

use crate::output::{Output, word};

/// Lists instances.
pub async fn list(client: &Client, output: &Output) -> anyhow::Result<()> {
    let page = client::instances::list(client).await?;
    let rows: Vec<_> = page
        .items
        .into_iter()
        .map(|item| {
            let address = item.public_address.unwrap_or_default();
            let state = word(&item.state);
            [
                item.id.to_string(),
                item.name,
                item.infrastructure.unwrap_or_default(),
                item.version.unwrap_or_default(),
                state,
                address,
            ]
        })
        .collect();
    Ok(output.table(
        [
            "id",
            "name",
            "infrastructure",
            "version",
            "state",
            "address",
        ],
        &rows,
    )?)
}

/// Prints what an instance wrote on its console.
pub async fn log(client: &Client, id: InstanceId, output: &Output) -> anyhow::Result<()> {
    Ok(output.result(&client::instances::log(client, id, 0, 0).await?.console)?)
}
