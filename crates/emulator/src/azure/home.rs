//! What the `azure` command line finds in a home and in its environment.

use jiff::Timestamp;
use serde_json::json;

use super::{
    Az,
    identity::{Claims, claims},
};
use crate::client::Credentials;

/// The id by which the command line is known to the directory; it looks tokens up by it.
const COMMAND_LINE: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
/// What the subscription is called.
pub(crate) const SUBSCRIPTION_NAME: &str = "Emulated";

/// The environment in which azure-cli 0.10 speaks to the emulated Azure at an address, for example
/// `http://127.0.0.1:4577`.
///
/// The first three are what it needs on a Node.js of today and without questions; the addresses
/// are read in its `lib/util/profile/environment.js`, and the token makes `azure login` ask nothing.
pub(crate) fn azure_variables(
    credentials: &Credentials,
    address: &str,
) -> Vec<(&'static str, String)> {
    vec![
        ("PRECOMPILE_STREAMLINE_FILES", "1".to_owned()),
        ("NODE_NO_WARNINGS", "1".to_owned()),
        ("AZURE_NON_INTERACTIVE_MODE", "1".to_owned()),
        ("AZURE_MANAGEMENTENDPOINT_URL", address.to_owned()),
        ("AZURE_RESOURCEMANAGERENDPOINT_URL", format!("{address}/")),
        ("AZURE_CONSOLE_TOKENS", credentials.azure_token.clone()),
    ]
}

/// The environment in which `az` speaks to the emulated Azure at an address, for example
/// `https://127.0.0.1:4578`, whose certificate is to be believed by a file.
///
/// The names of the ids and of the secret are those of
/// [Azure's SDKs](https://learn.microsoft.com/en-us/python/api/azure-identity/azure.identity.environmentcredential);
/// the others are read by the toolbox's `az`, which signs in by them once.
pub(crate) fn az_variables(
    credentials: &Credentials,
    az: &Az,
    address: &str,
    authority: &str,
) -> Vec<(&'static str, String)> {
    vec![
        (
            "AZURE_SUBSCRIPTION_ID",
            credentials.azure_subscription.clone(),
        ),
        ("AZURE_TENANT_ID", az.tenant.clone()),
        ("AZURE_CLIENT_ID", az.client.clone()),
        ("AZURE_CLIENT_SECRET", az.secret.clone()),
        ("AZ_EMULATED_ENDPOINT", address.to_owned()),
        ("AZ_EMULATED_AUTHORITY", authority.to_owned()),
    ]
}

/// The files of a new home's `.azure`, by which somebody is signed in from the beginning; none if
/// the token says nothing.
pub(crate) fn azure_files(credentials: &Credentials) -> Vec<(&'static str, String)> {
    let Some(claims) = claims(&credentials.azure_token) else {
        return Vec::new();
    };
    vec![
        ("config.json", json!({"mode": "asm"}).to_string()),
        ("telemetry.json", json!({"telemetry": false}).to_string()),
        ("azureProfile.json", profile(credentials, &claims)),
        ("accessTokens.json", tokens(credentials, &claims)),
    ]
}

fn profile(credentials: &Credentials, claims: &Claims) -> String {
    let subscription = json!({
        "id": credentials.azure_subscription,
        "name": SUBSCRIPTION_NAME,
        "user": {"name": claims.unique_name, "type": "user"},
        "tenantId": claims.tid,
        "state": "Enabled",
        "isDefault": true,
        "registeredProviders": [],
        "environmentName": "AzureCloud",
    });
    json!({"environments": [], "subscriptions": [subscription]}).to_string()
}

fn tokens(credentials: &Credentials, claims: &Claims) -> String {
    let ends = i64::try_from(claims.exp).map(Timestamp::from_second);
    let ends = ends.ok().and_then(Result::ok).unwrap_or_default();
    let token = json!({
        "_clientId": COMMAND_LINE,
        // one of those that the command line knows without asking
        "_authority": format!("https://login.microsoftonline.com/{}", claims.tid),
        "resource": "https://management.core.windows.net/",
        "expiresIn": 3600,
        "expiresOn": ends.to_string(),
        "userId": claims.unique_name,
        "isMRRT": true,
        "accessToken": credentials.azure_token,
        "tokenType": "Bearer",
        "oid": claims.oid,
    });
    json!([token]).to_string()
}
