//! Providers: who runs instances.

use shared::{Hardware, Location, Page, Problem, Provider, SaveCredential, paths};

use crate::Client;

/// All providers.
pub async fn list(client: &Client) -> Result<Page<Provider>, Problem> {
    client.get(paths::PROVIDERS).await
}

/// Where a provider runs instances.
pub async fn locations(client: &Client, provider: &str) -> Result<Page<Location>, Problem> {
    client.get(&paths::provider_locations(provider)).await
}

/// The sizes of a provider's instances at a location, smallest first.
pub async fn hardware(
    client: &Client,
    provider: &str,
    location: &str,
) -> Result<Page<Hardware>, Problem> {
    client
        .get(&paths::provider_hardware(provider, location))
        .await
}

/// Saves the account's credentials, after the provider has accepted them; a conflict when it
/// does not.
pub async fn save_credential(
    client: &Client,
    provider: &str,
    save: &SaveCredential,
) -> Result<Provider, Problem> {
    client
        .put(&paths::provider_credential(provider), save)
        .await
}

/// Gives the account a new key to the emulated cloud, which its home gets.
pub async fn renew(client: &Client, provider: &str) -> Result<Provider, Problem> {
    client.post(&paths::provider_renew(provider), &()).await
}

/// Forgets the account's credentials.
pub async fn forget_credential(client: &Client, provider: &str) -> Result<Provider, Problem> {
    client.delete(&paths::provider_credential(provider)).await
}
