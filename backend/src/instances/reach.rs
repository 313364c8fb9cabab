//! Running something on an instance.

use std::path::PathBuf;

use shared::{CommandEnded, InstanceId};

use super::{by_id, store};
use crate::{Error, Result, accounts::Tenant, app::App, providers::Whose};

/// Runs a line of shell on an instance, and returns what it wrote.
pub async fn run_command(
    app: &App,
    tenant: &Tenant,
    id: InstanceId,
    line: &str,
) -> Result<CommandEnded> {
    let provider_id = reachable(app, tenant, id).await?;
    let account = tenant.account.id.to_string();
    let ran = app.emulator.command(&account, &provider_id, line).await;
    let ran = ran.map_err(|error| Error::Conflict(error.to_string()))?;
    Ok(CommandEnded {
        exit_code: ran.exit_code,
        stdout: ran.stdout,
        stderr: ran.stderr,
    })
}

/// Where a shell on a running instance is handed out, and what is asked there for it.
pub async fn shell(app: &App, tenant: &Tenant, id: InstanceId) -> Result<(PathBuf, String)> {
    let provider_id = reachable(app, tenant, id).await?;
    let account = tenant.account.id.to_string();
    let shell = app.emulator.shell(&account, &provider_id);
    shell.map_err(|error| Error::Unavailable(error.to_string()))
}

/// The cloud's own id of an instance that commands can be run on from here.
async fn reachable(app: &App, tenant: &Tenant, id: InstanceId) -> Result<String> {
    let instance = by_id(app, tenant.account.id, id).await?;
    let Some(provider_id) = instance.provider_id else {
        return Err(Error::Conflict("the instance has not been launched".into()));
    };
    if store::whose(&app.pool, id).await? == Whose::Own {
        let own = "commands run on instances of the emulated cloud; connect to this one with ssh \
                   and your own key";
        return Err(Error::Unavailable(own.into()));
    }
    Ok(provider_id)
}
