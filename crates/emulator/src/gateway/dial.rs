//! Connecting to ports inside instances.

use anyhow::Context as _;
use tokio::net::TcpStream;

use crate::realm::Realm;

/// Connects to a port of an instance that runs.
pub(crate) async fn dial(realm: &Realm, instance: &str, port: u16) -> anyhow::Result<TcpStream> {
    let machine = realm.machine(instance);
    let machine = machine.with_context(|| format!("{instance} does not run"))?;
    let stream = machine.dial(port).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
