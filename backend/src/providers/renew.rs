//! New keys to the emulated cloud.

use emulator::Credentials;
use shared::Provider;

use super::{check, one, own, silent};
use crate::{Error, Result, accounts::Tenant, app::App, home};

/// What puts keys into a home: from inside, where no link of its owner's leads anywhere else.
const PUT: &str = "umask 077 && mkdir -p ~/.aws && printf %s \"$KEYS\" >~/.aws/credentials.new \
     && mv ~/.aws/credentials.new ~/.aws/credentials";

/// Gives the account a new key, which its home gets; the one before it is refused from now on.
pub async fn renew(app: &App, tenant: &Tenant, provider: &str) -> Result<Provider> {
    check(provider)?;
    if own(app, tenant.account.id, provider).await?.is_some() {
        let elsewhere = format!("the keys for {provider} are your own: renew them there");
        return Err(Error::Conflict(elsewhere));
    }
    if let Some(why) = app.emulator_off() {
        return Err(Error::Unavailable(why));
    }
    let id = tenant.account.id.to_string();
    let credentials = app.emulator.renew_key(&id).await.map_err(silent)?;
    put(app, tenant, &credentials).await?;
    one(app, tenant, provider).await
}

async fn put(app: &App, tenant: &Tenant, credentials: &Credentials) -> Result<()> {
    let mut spec = home::spec(app, tenant, &["/bin/sh", "-c", PUT]).await?;
    spec.env.push(("KEYS".to_owned(), credentials.aws_keys()));
    let launcher = app.sandboxes()?;
    let ended = async { launcher.spawn(spec).await?.wait().await };
    let status = ended.await.map_err(anyhow::Error::from)?;
    if status.success() {
        return Ok(());
    }
    let left = "the key is renewed, and could not be written into the home: renew it again";
    Err(Error::Unavailable(left.into()))
}
