//! Running something on an instance: by SSH, from the account's own sandbox, in whatever cloud it is.

use std::time::Duration;

use sandbox::{Outcome, Spec};
use shared::{CommandEnded, InstanceId};
use tokio::time::timeout;

use super::{
    by_id, configurations, refused,
    ssh::{Key, To},
    store,
};
use crate::{Error, Result, accounts::Tenant, app::App, home, providers};

/// How much of each stream is kept.
const KEPT_BYTES: usize = 1 << 20;
/// How long a command may take.
const LONGEST: Duration = Duration::from_secs(600);
/// The fact by which an instance tells the key that it is known by, as Facter calls it.
const HOST_KEY: &str = "sshed25519key";

/// Runs a line of shell on an instance, and returns what it wrote.
///
/// A connection that fails ends with 255 and `ssh`'s own words, as that does.
pub async fn run_command(
    app: &App,
    tenant: &Tenant,
    id: InstanceId,
    line: &str,
) -> Result<CommandEnded> {
    let spec = spec(app, tenant, id, Some(line)).await?;
    let running = app.sandboxes()?.spawn(spec).await;
    let output = running.map_err(anyhow::Error::from)?.output(KEPT_BYTES);
    let Ok(output) = timeout(LONGEST, output).await else {
        let waited = LONGEST.as_secs();
        return Err(Error::Conflict(format!("no end after {waited} s")));
    };
    let output = output.map_err(anyhow::Error::from)?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(CommandEnded {
        exit_code: match output.outcome {
            Outcome::Exited(code) => Some(code),
            Outcome::Signalled(_) => None,
            Outcome::NotStarted(why) => {
                return Err(Error::Unavailable(format!(
                    "ssh could not be started: {why}"
                )));
            }
        },
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    })
}

/// What opens a shell on a running instance.
pub async fn shell(app: &App, tenant: &Tenant, id: InstanceId) -> Result<Spec> {
    spec(app, tenant, id, None).await
}

async fn spec(app: &App, tenant: &Tenant, id: InstanceId, line: Option<&str>) -> Result<Spec> {
    let instance = by_id(app, tenant.account.id, id).await?;
    let Some(provider_id) = instance.provider_id.as_deref() else {
        return Err(Error::Conflict("the instance has not been launched".into()));
    };
    // asked anew: with a start an instance gets another address
    let cloud = super::cloud_of(app, tenant, &instance).await?;
    let seen = cloud.describe(provider_id).await.map_err(refused)?;
    if seen.state != cloud::State::Running {
        return Err(Error::Conflict(format!("{provider_id} does not run")));
    }
    let Some(address) = seen.public_address.as_deref() else {
        let none = format!("{provider_id} has no public address to be reached at");
        return Err(Error::Conflict(none));
    };
    let whose = store::whose(&app.pool, id).await?;
    let known = configurations::read(&app.pool, id).await?;
    let facts = known.and_then(|known| known.facts).unwrap_or_default();
    let mut spec = home::spec(app, tenant, &[]).await?;
    let (host, port) = providers::lead_to(app, whose, address, &mut spec)?;
    let to = To {
        provider_id,
        host,
        port,
        host_key: facts.get(HOST_KEY).map(String::as_str),
        key: &Key::seen(app, tenant.account.id),
    };
    spec.argv = to.argv(line);
    Ok(spec)
}
