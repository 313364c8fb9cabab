//! Instances.

use shared::{Instance, InstanceId, InstanceLog, Page, Problem, paths};

use crate::Client;

/// All instances, newest first.
pub async fn list(client: &Client) -> Result<Page<Instance>, Problem> {
    client.get(paths::INSTANCES).await
}

/// What an instance wrote on its console.
pub async fn log(client: &Client, id: InstanceId) -> Result<InstanceLog, Problem> {
    client.get(&paths::instance_log(id)).await
}
