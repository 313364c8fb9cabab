//! Providers: who runs instances.

use serde::{Deserialize, Serialize};

/// Who runs instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Provider {
    /// Its name, for example `amazon`.
    pub name: String,
    /// What it is, for the reader.
    pub description: String,
    /// Whose credentials it is used with.
    pub credential: CredentialState,
}

/// Whose credentials a provider is used with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CredentialState {
    /// The account's own, saved and accepted by the provider.
    Own,
    /// The emulated cloud's, which every account has.
    Emulated,
    /// None: it can't be used yet.
    Missing,
}

/// A place where a provider runs instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Location {
    /// Its name, for example `ap-southeast-2`.
    pub id: String,
    /// What it is, for the reader.
    pub description: String,
}

/// A size of instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hardware {
    /// Its name, for example `t2.micro`.
    pub id: String,
    /// Its memory in mebibytes.
    pub memory_mb: u32,
    /// Its processors.
    pub cores: u32,
    /// Its disk in gigabytes.
    pub disk_gb: u32,
}

/// Credentials for a provider; they are tried before they are kept, and kept sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaveCredential {
    /// The public half: a client id, an access key id, a user name.
    #[cfg_attr(feature = "openapi", schema(min_length = 1))]
    pub client: String,
    /// The secret half.
    #[cfg_attr(feature = "openapi", schema(min_length = 1))]
    pub key: String,
}

impl std::fmt::Debug for SaveCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SaveCredential")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
