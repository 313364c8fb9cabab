//! Providers: who runs instances. `amazon` is the account's own, or else the emulated cloud;
//! `local` is always the emulated cloud.

mod distributions;
mod furnish;
mod offers;
mod renew;
pub mod routes;
mod seal;
mod store;

use std::time::Duration;

use emulator::Credentials;
pub use furnish::{furnish, lead_to};
pub use offers::{hardware, image, locations, place, sizes};
pub use renew::renew;
pub use seal::Seal;
use serde::{Deserialize, Serialize};
use shared::{AccountId, CredentialState, Disk, Provider, SaveCredential};
use tokio::time::{Instant, sleep};

use crate::{Error, Result, accounts::Tenant, app::App};

/// How long the emulated cloud may take to start.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is asked meanwhile.
const GLANCE: Duration = Duration::from_millis(50);
/// The names that the original client had for the emulated cloud's place.
const LOCAL: [&str; 3] = ["local", "default", "manageacloud"];
/// The names that the original client had for what this server can't use.
const ELSEWHERE: [&str; 4] = ["rackspaceus", "rackspaceuk", "digitalocean", "gce"];

/// Whether there is such a provider here.
pub fn check(name: &str) -> Result<()> {
    if is_known(name) {
        return Ok(());
    }
    let detail = ELSEWHERE.contains(&name).then(|| {
        format!("{name} was one of the original service's; run it by commands of a resource")
    });
    let problem = format!("there is no provider {name} here, only amazon and local");
    Err(Error::Invalid(problem, detail))
}

/// Whether there is such a provider here.
pub fn is_known(name: &str) -> bool {
    name == "amazon" || LOCAL.contains(&name)
}

/// The account's part of the emulated cloud; none when there is no emulated cloud.
pub async fn emulated(app: &App, tenant: &Tenant) -> Result<Option<Credentials>> {
    if app.emulator_off().is_some() {
        return Ok(None);
    }
    let id = tenant.account.id.to_string();
    let deadline = Instant::now() + PATIENCE;
    let credentials = loop {
        match app.emulator.account(&id, tenant.number).await {
            Ok(credentials) => break credentials,
            // it is being started
            Err(emulator::client::Error::Unreachable(_)) if Instant::now() < deadline => {
                sleep(GLANCE).await;
            }
            Err(error) => return Err(silent(error)),
        }
    };
    Ok(Some(credentials))
}

/// The account's part of the emulated cloud, if a name is served there: an account with credentials
/// of its own may have it at Amazon.
pub async fn serving(app: &App, tenant: &Tenant, name: &str) -> Result<Option<Credentials>> {
    let Some(credentials) = emulated(app, tenant).await? else {
        return Ok(None);
    };
    let id = tenant.account.id;
    if own(app, id, "amazon").await?.is_none() {
        return Ok(Some(credentials));
    }
    let knows = app.emulator.knows(&id.to_string(), name).await;
    Ok(knows.map_err(silent)?.then_some(credentials))
}

fn silent(error: emulator::client::Error) -> Error {
    tracing::warn!("the emulated cloud: {error}");
    Error::Unavailable("the emulated cloud does not answer; try again".into())
}

/// Whose cloud an instance runs in, for as long as it lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// The emulated one.
    Emulated,
    /// The provider's, with the account's own credentials.
    Own,
}

/// Whose cloud a provider's next instance runs in.
pub async fn whose(app: &App, account: AccountId, provider: &str) -> Result<Whose> {
    Ok(match own(app, account, provider).await? {
        Some(_) => Whose::Own,
        None => Whose::Emulated,
    })
}

/// The account's own credentials for a provider, if it has saved some.
async fn own(app: &App, account: AccountId, provider: &str) -> Result<Option<SaveCredential>> {
    if provider != "amazon" {
        return Ok(None);
    }
    let sealed = store::read(&app.pool, account, provider).await?;
    sealed
        .map(|sealed| app.seal.open(account, &sealed))
        .transpose()
}

/// Whether the account has credentials of its own for Amazon.
pub async fn has_own(app: &App, account: AccountId) -> Result<bool> {
    Ok(own(app, account, "amazon").await?.is_some())
}

/// The account's connection to a provider's cloud at a location.
pub async fn cloud(
    app: &App,
    tenant: &Tenant,
    whose: Whose,
    provider: &str,
    location: &str,
) -> Result<cloud::Ec2> {
    check(provider)?;
    let access = match whose {
        Whose::Own => {
            let own = own(app, tenant.account.id, provider).await?;
            let own = own.ok_or_else(|| forgotten(provider))?;
            amazon(app, own, location)
        }
        Whose::Emulated => emulated_access(app, tenant, provider, location).await?,
    };
    Ok(cloud::Ec2::connect(access).await)
}

/// Without credentials nobody can say whether an instance is gone.
fn forgotten(provider: &str) -> Error {
    let problem = format!("the credentials for {provider} were forgotten: save them again");
    Error::Unavailable(problem)
}

fn amazon(app: &App, own: SaveCredential, location: &str) -> cloud::Access {
    cloud::Access {
        access_key_id: own.client,
        secret_access_key: own.key,
        region: location.to_owned(),
        endpoint: app.config.aws_endpoint.clone(),
    }
}

async fn emulated_access(
    app: &App,
    tenant: &Tenant,
    provider: &str,
    location: &str,
) -> Result<cloud::Access> {
    let off = || app.emulator_off().unwrap_or_default();
    let credentials = emulated(app, tenant)
        .await?
        .ok_or_else(|| Error::Unavailable(off()))?;
    let region = match LOCAL.contains(&provider) {
        true => credentials.region,
        false => location.to_owned(),
    };
    Ok(cloud::Access {
        access_key_id: credentials.access_key_id,
        secret_access_key: credentials.secret_access_key,
        region,
        endpoint: Some(credentials.endpoint),
    })
}

/// All providers, and whose credentials each is used with.
pub async fn list(app: &App, tenant: &Tenant) -> Result<Vec<Provider>> {
    Ok(vec![
        one(app, tenant, "amazon").await?,
        one(app, tenant, "local").await?,
    ])
}

async fn one(app: &App, tenant: &Tenant, name: &str) -> Result<Provider> {
    let credential = match own(app, tenant.account.id, name).await? {
        Some(_) => CredentialState::Own,
        None if app.emulator_off().is_none() => CredentialState::Emulated,
        None => CredentialState::Missing,
    };
    let description = match (name, credential) {
        ("amazon", CredentialState::Own) => "Amazon EC2, with your own credentials",
        ("amazon", _) => "Amazon EC2; the emulated cloud until you save credentials of your own",
        _ => "Instances of the emulated cloud, without anything of Amazon's",
    };
    Ok(Provider {
        name: name.to_owned(),
        description: description.to_owned(),
        credential,
    })
}

/// A disk as the cloud is asked for it.
pub fn disk(disk: Disk) -> cloud::Disk {
    cloud::Disk {
        device: disk.device,
        size_gb: disk.size_gb,
        kind: disk.kind,
        iops: disk.iops,
    }
}

/// Saves the account's credentials, once the provider has accepted them.
pub async fn save(
    app: &App,
    tenant: &Tenant,
    provider: &str,
    save: SaveCredential,
) -> Result<Provider> {
    if provider != "amazon" {
        check(provider)?;
        let none = format!("{provider} needs no credentials");
        return Err(Error::Invalid(none, None));
    }
    if save.client.trim().is_empty() || save.key.trim().is_empty() {
        let empty = "credentials have two halves, and neither is empty".to_owned();
        return Err(Error::Invalid(empty, None));
    }
    let access = amazon(app, save.clone(), "us-east-1");
    match cloud::Ec2::connect(access).await.regions().await {
        Ok(_) => {}
        Err(cloud::Error::Unreachable(source)) => {
            tracing::warn!("Amazon cannot be reached: {source}");
            return Err(Error::Unavailable(
                "Amazon cannot be reached; try again".into(),
            ));
        }
        Err(refused) => {
            let said = format!("{provider} did not accept the credentials: {refused}");
            return Err(Error::Conflict(said));
        }
    }
    let account = tenant.account.id;
    let sealed = app.seal.close(account, &save)?;
    store::write(&app.pool, account, provider, &sealed).await?;
    one(app, tenant, provider).await
}

/// Forgets the account's credentials.
pub async fn forget(app: &App, tenant: &Tenant, provider: &str) -> Result<Provider> {
    check(provider)?;
    store::delete(&app.pool, tenant.account.id, provider).await?;
    one(app, tenant, provider).await
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn the_originals_names_are_understood_or_refused_by_name() {
        for known in ["amazon", "local", "default", "manageacloud"] {
            assert!(check(known).is_ok(), "{known}");
        }
        let problem = check("rackspaceus").unwrap_err().to_string();
        assert!(problem.contains("only amazon and local"), "{problem}");
    }
}
