//! Instances.

use shared::{
    ChangeInstance, CommandEnded, ConfigureInstance, CreateInstance, Facts, Instance, InstanceId,
    InstanceLog, Page, Problem, RunCommand, paths,
};

use crate::Client;

/// All instances, newest first.
pub async fn list(client: &Client) -> Result<Page<Instance>, Problem> {
    client.get(paths::INSTANCES).await
}

/// Starts to make an instance on its own.
pub async fn create(client: &Client, create: &CreateInstance) -> Result<Instance, Problem> {
    client.post(paths::INSTANCES, create).await
}

/// One instance.
pub async fn read(client: &Client, id: InstanceId) -> Result<Instance, Problem> {
    client.get(&paths::instance(id)).await
}

/// Changes how long a testing instance lives.
pub async fn change(
    client: &Client,
    id: InstanceId,
    change: &ChangeInstance,
) -> Result<Instance, Problem> {
    client.patch(&paths::instance(id), change).await
}

/// Starts to destroy an instance.
pub async fn destroy(client: &Client, id: InstanceId) -> Result<Instance, Problem> {
    client.delete(&paths::instance(id)).await
}

/// Configures an instance once more.
pub async fn configure(
    client: &Client,
    id: InstanceId,
    configure: &ConfigureInstance,
) -> Result<Instance, Problem> {
    client
        .post(&paths::instance_configuration(id), configure)
        .await
}

/// What is known of an instance from within; [`shared::ProblemKind::Unavailable`] until it has
/// told.
pub async fn facts(client: &Client, id: InstanceId) -> Result<Facts, Problem> {
    client.get(&paths::instance_facts(id)).await
}

/// What an instance wrote; what its scripts wrote from byte `after` on, waiting up to `wait_ms`
/// for more.
pub async fn log(
    client: &Client,
    id: InstanceId,
    after: u64,
    wait_ms: u64,
) -> Result<InstanceLog, Problem> {
    client.get(&paths::instance_log(id, after, wait_ms)).await
}

/// Runs a command on an instance, and waits for its end.
pub async fn run(
    client: &Client,
    id: InstanceId,
    run: &RunCommand,
) -> Result<CommandEnded, Problem> {
    client.post(&paths::instance_command(id), run).await
}
